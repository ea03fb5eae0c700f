-- name: find_lock
-- Seconds for which a name stays locked.
SELECT seconds_until(locked_until) FROM failed_log_ins WHERE name_digest = $1

-- name: forget_failures
-- After a success, and only while the name is not locked; tells for how many seconds it is. The
-- row is held first, so that failures on their way are counted before or after, never in between.
WITH known AS MATERIALIZED (
    SELECT seconds_until(locked_until) AS seconds FROM failed_log_ins
    WHERE name_digest = $1
    FOR UPDATE
),
forgotten AS (
    DELETE FROM failed_log_ins USING known WHERE name_digest = $1 AND seconds = 0
)
SELECT seconds FROM known

-- name: count_failure
-- One more in a row; nothing comes back, and nothing is counted, where the name is locked by now.
INSERT INTO failed_log_ins AS known (name_digest, failures, locked_until)
VALUES ($1, 1, refused_until(1, $2, $3, $4, $5))
ON CONFLICT (name_digest) DO UPDATE
SET failures = known.failures + 1, failed_at = now(),
    locked_until = refused_until(known.failures + 1, $2, $3, $4, $5)
WHERE seconds_until(known.locked_until) = 0
RETURNING failures

-- name: forget_old
-- What a day has passed over; a few at a time, past those that somebody else is at.
DELETE FROM failed_log_ins WHERE name_digest IN (
    SELECT name_digest FROM failed_log_ins WHERE failed_at < now() - interval '1 day'
    ORDER BY failed_at
    LIMIT 100
    FOR UPDATE SKIP LOCKED
)

-- name: unlock
-- Whatever was counted against a name.
DELETE FROM failed_log_ins WHERE name_digest = $1
