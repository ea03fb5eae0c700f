-- name: create_collection
-- Nothing comes back where the id is taken.
INSERT INTO collections (id, name, description, metadata, quality, liveness, policy)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING *

-- name: find_collection
-- One collection with its counts and binding.
SELECT * FROM collections WHERE id = $1

-- name: lock_collection
-- Every write that counts or binds begins here, so that writers of one collection queue up in one
-- order; searches do not wait, and enrolments elsewhere neither.
SELECT * FROM collections WHERE id = $1 FOR NO KEY UPDATE

-- name: list_collections
-- A page in the order of ids; with a list of grants only those.
SELECT * FROM collections
WHERE ($1::text IS NULL OR id > $1) AND ($2::text[] IS NULL OR id = ANY ($2))
ORDER BY id
LIMIT $3

-- name: change_collection
-- Its description; binding and counts are never a caller's to change.
UPDATE collections
SET name = $2, description = $3, metadata = $4, quality = $5, liveness = $6, policy = $7,
    updated_at = now()
WHERE id = $1
RETURNING *

-- name: count_enrolled
-- Kept in the transaction that adds or removes, so that no search ever counts.
UPDATE collections
SET identity_count = identity_count + $2, face_count = face_count + $3
WHERE number = $1

-- name: bind_collection
-- From now on it holds vectors of this pack and no other.
UPDATE collections SET pack = $2, digest = $3, dimension = $4, pipeline = $5
WHERE number = $1
RETURNING *

-- name: note_pipeline
-- What made all of its templates; NULL where that was not one.
UPDATE collections SET pipeline = $2 WHERE number = $1 RETURNING *

-- name: create_templates
-- The vectors of one collection; the primary key also finds all of an identity. Binding the
-- collection makes the table of their signs, by trigger.
CREATE TABLE templates_{number:d} (
    identity_id uuid NOT NULL,
    face_id uuid NOT NULL,
    vector halfvec({dimension:d}) NOT NULL,
    PRIMARY KEY (identity_id, face_id)
);
CREATE INDEX ON templates_{number:d}
    USING hnsw (vector halfvec_cosine_ops) WITH (m = 16, ef_construction = 64);

-- name: delete_collection
-- Identities, faces and the table of vectors follow by constraint and trigger.
DELETE FROM collections WHERE id = $1

-- name: withdraw_grants
-- A later collection of the same id is another one, so no account keeps a grant to it; a trigger
-- ends the access tokens that still name it.
UPDATE users SET collections = array_remove(collections, $1) WHERE $1 = ANY (collections)

-- name: withdraw_key_grants
-- Nor does any service key.
UPDATE service_keys
SET collections = array_remove(collections, $1), changed_in = pg_current_xact_id()
WHERE $1 = ANY (collections)
