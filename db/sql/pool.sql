-- name: find_vector_type
-- Put the schema of the extension, which an operator may have chosen, on this session's path.
SELECT nspname, set_config('search_path', 'facegraph, ' || quote_ident(nspname), false)
FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'vector'
