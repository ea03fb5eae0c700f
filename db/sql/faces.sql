-- name: create_faces
-- As many faces of one identity as there are ids.
INSERT INTO faces (collection, identity_id, id, quality)
SELECT $1, $2, id, quality FROM unnest($3::uuid[], $4::jsonb[]) AS new (id, quality)
RETURNING *

-- name: create_templates
-- Their vectors, into the table of their collection and its index.
INSERT INTO templates_{number:d} (identity_id, face_id, vector)
SELECT $1, face_id, vector FROM unnest($2::uuid[], $3::halfvec[]) AS new (face_id, vector)

-- name: list_faces
-- A page of one identity's faces in the order they were added.
SELECT * FROM faces
WHERE collection = $1 AND identity_id = $2 AND ($3::uuid IS NULL OR id > $3)
ORDER BY id
LIMIT $4

-- name: list_faces_of_many
-- All faces of the identities on one page.
SELECT * FROM faces WHERE collection = $1 AND identity_id = ANY ($2) ORDER BY identity_id, id

-- name: delete_face
-- Its vector follows by trigger.
DELETE FROM faces WHERE collection = $1 AND identity_id = $2 AND id = $3 RETURNING id
