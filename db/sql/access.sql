-- name: list_revocations
-- What ended within the last so many seconds. The server's own clock measures, so that no replica's
-- has to agree with it.
SELECT subject, generation FROM revocations
WHERE revoked_at > now() - make_interval(secs => $1)

-- name: list_changed_keys
-- Service keys made, changed or revoked within the last so many seconds.
SELECT * FROM service_keys WHERE changed_at > now() - make_interval(secs => $1)

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
SET revoked_at = coalesce(revoked_at, now()), changed_at = clock_timestamp()
WHERE id = $1
RETURNING *
