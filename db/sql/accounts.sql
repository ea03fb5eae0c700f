-- name: create_account
-- Nothing comes back where the name is taken.
INSERT INTO users (username, password_hash, role, collections, scopes, disabled)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING *

-- name: create_first_admin
-- Only into an empty table: an administrator who was deleted does not come back. The conflict is
-- for two starts at the same moment.
INSERT INTO users (username, password_hash, role, collections)
SELECT $1, $2, 'admin', '{*}' WHERE NOT EXISTS (SELECT FROM users)
ON CONFLICT DO NOTHING
RETURNING username

-- name: find_account
-- One account, its password's hash included.
SELECT * FROM users WHERE username = $1

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
SET password_hash = $2, role = $3, collections = $4, scopes = $5, disabled = $6, updated_at = now()
WHERE username = $1
RETURNING *

-- name: delete_account
-- Refresh tokens follow by constraint.
DELETE FROM users WHERE username = $1
