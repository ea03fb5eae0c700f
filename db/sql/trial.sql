-- name: nearest_by_index
-- The face that the index puts first, among as many as a search asks it for.
SELECT identity_id FROM templates_0 ORDER BY vector <=> $1 LIMIT 32

-- name: index_alone
-- So that the planner reads no gallery whole, which would be exact.
SET LOCAL enable_seqscan = off

-- name: no_index
-- As a small gallery is searched: read whole.
SET LOCAL enable_indexscan = off
