-- name: lock_credentials
-- A log-in that was right is one only while the password is still that one, and the account not
-- disabled; no change of either comes between this and the commit.
SELECT FROM users WHERE username = $1 AND password_hash = $2 AND NOT disabled FOR SHARE

-- name: store_family
-- The log-in a token goes back to; a revoked one stays so.
INSERT INTO refresh_families (family, username, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (family) DO UPDATE SET expires_at = greatest(refresh_families.expires_at, $3)

-- name: store_token
-- Only its hash: the token itself is the caller's secret.
INSERT INTO refresh_tokens (token_hash, family, expires_at) VALUES ($1, $2, $3)

-- name: forget_expired
-- The families of this user in which nothing is good any more.
DELETE FROM refresh_families WHERE username = $1 AND expires_at <= now()

-- name: spend_token
-- Good once, and only while the log-in is not revoked and the account not disabled.
UPDATE refresh_tokens AS token SET spent_at = now()
FROM refresh_families AS family JOIN users ON users.username = family.username
WHERE token_hash = $1 AND spent_at IS NULL AND token.expires_at > now()
    AND family.family = token.family AND NOT revoked AND NOT disabled
RETURNING family.family, users.*

-- name: revoke_reused
-- A token presented twice has been stolen from somebody: the whole log-in ends.
UPDATE refresh_families SET revoked = true
WHERE family = (SELECT family FROM refresh_tokens WHERE token_hash = $1 AND spent_at IS NOT NULL)

-- name: revoke_family
-- The log-in that a token belongs to, spent or not.
UPDATE refresh_families SET revoked = true
WHERE family = (SELECT family FROM refresh_tokens WHERE token_hash = $1)

-- name: revoke_all
-- Every log-in of a user.
UPDATE refresh_families SET revoked = true WHERE username = $1
