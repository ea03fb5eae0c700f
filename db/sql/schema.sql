-- name: lock_schema
-- One migration at a time, however many replicas start together; ends with the transaction.
SELECT pg_advisory_xact_lock(4872391056)

-- name: describe_server
-- What decides whether this database will do.
SELECT
    current_setting('server_version_num')::integer AS server,
    (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS vector,
    (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available

-- name: create_extension
-- Only where it is not there yet: creating one takes rights that the service need not have.
CREATE EXTENSION vector

-- name: create_schema
-- Everything of ours, alembic's table of versions included, lies in one schema.
CREATE SCHEMA IF NOT EXISTS facegraph

-- name: ensure_default_collection
-- The collection that exists from the first start, and again after somebody deleted it.
INSERT INTO facegraph.collections (id, name) VALUES ('default', 'Default') ON CONFLICT DO NOTHING
