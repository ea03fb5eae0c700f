-- name: find_nearest
-- The faces nearest to a probe, nearest first, by the index, leaving out people whose consent is
-- over. Two things keep the planner from sorting the whole gallery, even before it has statistics:
-- the limit is part of the text (as a parameter it would not know how short the answer is), and
-- OFFSET 0 has each person looked up as the index brings a face, never the other way round.
SELECT identity_id, external_id, display_name, face_id, 1 - (vector <=> $1) AS similarity
FROM templates_{number:d} AS template
CROSS JOIN LATERAL (
    SELECT external_id, display_name FROM identities
    WHERE collection = {number:d} AND id = template.identity_id
        AND (consent_expires_at IS NULL OR consent_expires_at > now())
    OFFSET 0
) AS identity
ORDER BY vector <=> $1
LIMIT {faces:d}

-- name: find_likely
-- The faces whose vectors differ from the probe in the fewest signs, so many of them and in no more
-- signs than so many, and of these the nearest by their vectors, nearest first; without a name
-- where consent is over. Dropping most faces before they are sorted halves the time of it all. The
-- signs of the probe are asked for once, not for each row; and OFFSET 0 has the likely faces looked
-- up one by one, whatever the planner believes that there are.
SELECT likely.identity_id, external_id, display_name, likely.face_id, similarity
FROM (
    SELECT signed.identity_id, signed.face_id, similarity
    FROM (
        SELECT identity_id, face_id FROM signs_{number:d}
        WHERE signs <~> (SELECT binary_quantize($1::halfvec)::bit({dimension:d})) <= $3
        ORDER BY signs <~> (SELECT binary_quantize($1::halfvec)::bit({dimension:d}))
        LIMIT $2
    ) AS signed
    CROSS JOIN LATERAL (
        SELECT 1 - (vector <=> $1) AS similarity FROM templates_{number:d}
        WHERE identity_id = signed.identity_id AND face_id = signed.face_id
        OFFSET 0
    ) AS compared
    ORDER BY similarity DESC
    LIMIT {faces:d}
) AS likely
LEFT JOIN LATERAL (
    SELECT external_id, display_name FROM identities
    WHERE collection = {number:d} AND id = likely.identity_id
        AND (consent_expires_at IS NULL OR consent_expires_at > now())
    OFFSET 0
) AS identity ON true
ORDER BY similarity DESC

-- name: find_nearest_of_all
-- What find_likely finds, by comparing with every vector: where they are so short that their signs
-- say too little. No index has what it is sorted by, so that none is asked.
SELECT nearest.identity_id, external_id, display_name, nearest.face_id, similarity
FROM (
    SELECT identity_id, face_id, 1 - (vector <=> $1) AS similarity FROM templates_{number:d}
    ORDER BY similarity DESC
    LIMIT {faces:d}
) AS nearest
LEFT JOIN LATERAL (
    SELECT external_id, display_name FROM identities
    WHERE collection = {number:d} AND id = nearest.identity_id
        AND (consent_expires_at IS NULL OR consent_expires_at > now())
    OFFSET 0
) AS identity ON true
ORDER BY similarity DESC

-- name: find_nearest_exactly
-- The best face of each identity at or over a similarity, nearest first, by reading every vector;
-- where there is none one row that tells only how similar the nearest face is.
WITH compared AS MATERIALIZED (
    SELECT identity_id, face_id, 1 - (vector <=> $1) AS similarity FROM templates_{number:d}
),
best AS MATERIALIZED (
    SELECT DISTINCT ON (identity_id) * FROM compared
    WHERE similarity >= $2
    ORDER BY identity_id, similarity DESC
),
found AS (
    SELECT identity_id, external_id, display_name, face_id, similarity
    FROM best JOIN identities ON collection = {number:d} AND id = identity_id
    WHERE consent_expires_at IS NULL OR consent_expires_at > now()
)
SELECT found.*, nearest
FROM (SELECT max(similarity) AS nearest FROM compared) AS of_all LEFT JOIN found ON true
WHERE nearest IS NOT NULL
ORDER BY found.similarity DESC
LIMIT $3

-- name: compare_identity
-- The best similarity among one identity's faces (none where it has no face), exactly, unless it is
-- blocked: then for how many seconds, and nothing is compared.
SELECT
    coalesce(consent_expires_at <= now(), false) AS consent_over,
    seconds_until(blocked_until) AS blocked_seconds,
    CASE WHEN seconds_until(blocked_until) = 0 THEN (
        SELECT max(1 - (vector <=> $3)) FROM templates_{number:d} WHERE identity_id = $2
    ) END AS similarity
FROM identities
LEFT JOIN verification_attempts AS tried ON tried.collection = $1 AND tried.identity_id = id
WHERE identities.collection = $1 AND id = $2
