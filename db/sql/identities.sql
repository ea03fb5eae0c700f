-- name: create_identity
-- Nothing comes back where the external id is taken in this collection.
INSERT INTO identities (
    collection, id, external_id, display_name, metadata,
    consent_reference, consent_purpose, consent_given_at, consent_expires_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING *

-- name: find_identity
-- One identity of a collection.
SELECT * FROM identities WHERE collection = $1 AND id = $2

-- name: lock_identity
-- The same, held until the change to it is written.
SELECT * FROM identities WHERE collection = $1 AND id = $2 FOR NO KEY UPDATE

-- name: list_identities
-- A page in the order of enrolment, which is that of the ids.
SELECT * FROM identities
WHERE collection = $1 AND ($2::uuid IS NULL OR id > $2)
ORDER BY id
LIMIT $3

-- name: change_identity
-- What is said of a person; the faces and their vectors are not touched.
UPDATE identities
SET display_name = $3, metadata = $4, consent_reference = $5, consent_purpose = $6,
    consent_given_at = $7, consent_expires_at = $8, updated_at = now()
WHERE collection = $1 AND id = $2
RETURNING *
