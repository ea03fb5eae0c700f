-- name: create_account
-- Nothing comes back where the name is taken.
INSERT INTO users (
    username, password_hash, role, collections, scopes, disabled, must_change_password
)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING *

-- name: create_first_admin
-- Only into an empty table: an administrator who was deleted does not come back. The conflict is
-- for two starts at the same moment.
INSERT INTO users (username, password_hash, role, collections, must_change_password)
SELECT $1, $2, 'admin', '{*}', $3 WHERE NOT EXISTS (SELECT FROM users)
ON CONFLICT DO NOTHING
RETURNING username

-- name: find_account
-- One account, its password's hash included.
SELECT * FROM users WHERE username = $1

-- name: lock_account
-- The same, held until the change to it is through: a log-in under way waits for it, and then
-- finds the account as it is by now.
SELECT * FROM users WHERE username = $1 FOR UPDATE

-- name: find_credentials
-- One row for any name, and in it for how many seconds the name is locked; a stranger's has no
-- more than that.
SELECT users.*, seconds_until(locked_until) AS locked_seconds
FROM (VALUES ($1::text, $2::bytea)) AS typed (name, digest)
LEFT JOIN users ON username = name
LEFT JOIN failed_log_ins ON name_digest = digest

-- name: list_accounts
-- A page in the order of names.
SELECT * FROM users WHERE ($1::text IS NULL OR username > $1) ORDER BY username LIMIT $2

-- name: lock_admins
-- Those who can still administer: whoever changes accounts holds them all, in one order, so that
-- two changes at once cannot each remove what the other counted on.
SELECT username FROM users WHERE role = 'admin' AND NOT disabled ORDER BY username FOR UPDATE

-- name: change_account
-- Everything but the name.
UPDATE users
SET password_hash = $2, role = $3, collections = $4, scopes = $5, disabled = $6,
    must_change_password = $7, updated_at = now()
WHERE username = $1
RETURNING *

-- name: renew_hash
-- The same password by another work factor; not over a password set meanwhile.
UPDATE users SET password_hash = $3 WHERE username = $1 AND password_hash = $2

-- name: delete_account
-- Refresh tokens follow by constraint.
DELETE FROM users WHERE username = $1
