-- name: find_watermark
-- The oldest transaction that is still under way: what later ones write, this reading may not see.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint

-- name: list_changed
-- Policies stored in that transaction or in later ones.
SELECT * FROM policies WHERE changed_in >= $1::text::xid8

-- name: find_policy
-- One policy with its evidence.
SELECT * FROM policies WHERE name = $1

-- name: list_policies
-- A page in the order of names.
SELECT * FROM policies WHERE ($1::text IS NULL OR name > $1) ORDER BY name LIMIT $2

-- name: store_policy
-- A new one, or another of its kind in the place of what had the name. Nothing comes back where that
-- was of the other kind, or where there are as many as are kept; two at the same moment may be one
-- too many.
INSERT INTO policies (
    name, kind, pack_digest, pipeline, threshold, target_fmr, target_fpir, evidence
)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE (SELECT count(*) FROM policies WHERE name <> $1) < $9
ON CONFLICT (name) DO UPDATE
SET kind = excluded.kind, pack_digest = excluded.pack_digest, pipeline = excluded.pipeline,
    threshold = excluded.threshold, target_fmr = excluded.target_fmr,
    target_fpir = excluded.target_fpir, evidence = excluded.evidence,
    updated_at = now(), changed_in = pg_current_xact_id()
WHERE policies.kind = excluded.kind
RETURNING *
