-- name: nearest_by_index
-- The face that the index puts first, among as many as a search asks it for.
SELECT identity_id FROM templates_0 ORDER BY vector <=> $1 LIMIT 32

-- name: index_alone
-- So that a small gallery is not read whole, which would be exact.
SET LOCAL enable_seqscan = off
