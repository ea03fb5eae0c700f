-- name: find_block
-- Seconds for which an identity is not to be verified.
SELECT seconds_until(blocked_until) FROM verification_attempts
WHERE collection = $1 AND identity_id = $2

-- name: settle_match
-- Tells for how many seconds the identity is blocked by now, and forgets its failures where it is
-- not, if the match is to clear them ($3). With a clean record it reads one index and writes nothing.
WITH known AS MATERIALIZED (
    SELECT seconds_until(blocked_until) AS seconds FROM verification_attempts
    WHERE collection = $1 AND identity_id = $2
    FOR UPDATE
),
forgotten AS (
    DELETE FROM verification_attempts USING known
    WHERE collection = $1 AND identity_id = $2 AND seconds = 0 AND $3
)
SELECT seconds FROM known

-- name: count_failure
-- One more in a row; nothing comes back, and nothing is counted, where it is blocked by now.
INSERT INTO verification_attempts AS known (collection, identity_id, failures, blocked_until)
VALUES ($1, $2, 1, refused_until(1, $3, $4, $5, $6))
ON CONFLICT (collection, identity_id) DO UPDATE
SET failures = known.failures + 1,
    blocked_until = refused_until(known.failures + 1, $3, $4, $5, $6)
WHERE seconds_until(known.blocked_until) = 0
RETURNING failures

-- name: forget_attempts
-- Whatever was counted against an identity; nothing comes back where there is no such identity.
WITH forgotten AS (
    DELETE FROM verification_attempts WHERE collection = $1 AND identity_id = $2
)
SELECT id FROM identities WHERE collection = $1 AND id = $2
