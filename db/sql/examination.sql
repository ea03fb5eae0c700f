-- name: describe_database
-- What somebody who looks after it asks of a server and of this database; changes nothing.
SELECT
    current_setting('server_version_num')::integer AS server,
    current_setting('server_version') AS version,
    current_database() AS database,
    current_user AS account,
    (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS vector,
    (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
        OR (has_database_privilege(current_database(), 'CREATE') AND EXISTS (
            SELECT FROM pg_available_extension_versions AS other
            WHERE other.name = 'vector' AND (other.trusted OR NOT other.superuser)
        )) AS creates,
    -- What is kept for roles with pg_use_reserved_connections came with PostgreSQL 16.
    current_setting('max_connections')::integer
        - current_setting('superuser_reserved_connections')::integer
        - coalesce(current_setting('reserved_connections', true)::integer, 0) AS connections,
    pg_is_in_recovery() AS read_only,
    to_regclass('facegraph.alembic_version') IS NOT NULL AS migrated

-- name: find_revision
-- The migration that was applied last.
SELECT version_num FROM facegraph.alembic_version
