-- name: list_templates
-- The templates of a collection by identity and face, a page beyond the last ones, of everybody
-- whose consent lasts.
SELECT template.identity_id, template.face_id, vector, external_id
FROM templates_{number:d} AS template
JOIN identities ON identities.collection = {number:d} AND identities.id = template.identity_id
WHERE (template.identity_id, template.face_id) > ($1::uuid, $2::uuid)
    AND (consent_expires_at IS NULL OR consent_expires_at > now())
ORDER BY template.identity_id, template.face_id
LIMIT $3
