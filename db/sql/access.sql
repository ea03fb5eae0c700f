-- name: find_watermark
-- The oldest transaction that is still under way: what later ones write, this reading may not see.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint

-- name: list_revocations
-- What ended in that transaction or in later ones.
SELECT subject, generation FROM revocations WHERE changed_in >= $1::text::xid8

-- name: list_changed_keys
-- Service keys made, changed or revoked in that transaction or in later ones.
SELECT * FROM service_keys WHERE changed_in >= $1::text::xid8

-- name: create_key
-- A key by its id and the hash of its secret.
INSERT INTO service_keys (id, secret_hash, name, role, collections, scopes, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING *

-- name: list_keys
-- All keys, also those that are over, in the order they were made.
SELECT * FROM service_keys ORDER BY created_at, id

-- name: revoke_key
-- It ends now; one that had ended before keeps its time.
UPDATE service_keys
SET revoked_at = coalesce(revoked_at, now()), changed_in = pg_current_xact_id()
WHERE id = $1
RETURNING *
