-- name: list_vectors
-- What an erasure remembers, to search with once the rows are gone.
SELECT vector FROM templates_{number:d} WHERE identity_id = $1

-- name: delete_identity
-- Faces and vectors follow by constraint and trigger.
DELETE FROM identities WHERE collection = $1 AND id = $2 RETURNING id

-- name: count_traces
-- Rows left of an identity in any table that may hold it.
SELECT
    (SELECT count(*) FROM identities WHERE collection = $1 AND id = $2)
    + (SELECT count(*) FROM faces WHERE collection = $1 AND identity_id = $2)
    + (SELECT count(*) FROM verification_attempts WHERE collection = $1 AND identity_id = $2)
    + (SELECT count(*) FROM templates_{number:d} WHERE identity_id = $2)
    + (SELECT count(*) FROM signs_{number:d} WHERE identity_id = $2)

-- name: find_owners
-- Whose faces the index finds next to a vector, consent or not.
SELECT identity_id FROM templates_{number:d} ORDER BY vector <=> $1 LIMIT 10
