-- The signs of the vectors in templates_7 lie in the table signs_7. Triggers make and fill it,
-- whoever writes: a replica of an older version, too, while the service is being upgraded.

-- Every write begins by locking its row of `collections` (db/sql/collections.sql). So those under way
-- end before anything else is locked, which they would lock in another order, and no vector slips in
-- between the filling of a table of signs and the trigger. Searches go on.
LOCK TABLE facegraph.collections IN EXCLUSIVE MODE;

CREATE FUNCTION facegraph.write_signs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- An operator may have put the extension into any schema, which need not be on the path.
    EXECUTE format(
        'INSERT INTO facegraph.signs_%s
         SELECT identity_id, face_id, %s.binary_quantize(vector)::bit(%s) FROM new',
        TG_ARGV[0],
        (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'vector'),
        TG_ARGV[1]
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION facegraph.add_signs(number bigint, dimension integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE facegraph.signs_%1$s (
            identity_id uuid NOT NULL,
            face_id uuid NOT NULL,
            signs bit(%2$s) NOT NULL,
            PRIMARY KEY (identity_id, face_id)
        );
        INSERT INTO facegraph.signs_%1$s
        SELECT identity_id, face_id, %3$s.binary_quantize(vector)::bit(%2$s)
        FROM facegraph.templates_%1$s;
        ALTER TABLE facegraph.signs_%1$s ADD FOREIGN KEY (identity_id, face_id)
            REFERENCES facegraph.templates_%1$s ON DELETE CASCADE;
        CREATE TRIGGER write_signs AFTER INSERT ON facegraph.templates_%1$s
            REFERENCING NEW TABLE AS new
            FOR EACH STATEMENT EXECUTE FUNCTION facegraph.write_signs(%1$s, %2$s)',
        number,
        dimension,
        (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'vector')
    );
END
$$;

CREATE FUNCTION facegraph.sign_bound() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM facegraph.add_signs(NEW.number, NEW.dimension);
    RETURN NULL;
END
$$;

CREATE TRIGGER sign_bound AFTER UPDATE OF dimension ON facegraph.collections
    FOR EACH ROW WHEN (OLD.dimension IS NULL AND NEW.dimension IS NOT NULL)
    EXECUTE FUNCTION facegraph.sign_bound();

CREATE OR REPLACE FUNCTION facegraph.drop_templates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS facegraph.signs_%s', OLD.number);
    EXECUTE format('DROP TABLE IF EXISTS facegraph.templates_%s', OLD.number);
    RETURN OLD;
END
$$;

SELECT facegraph.add_signs(number, dimension)
FROM facegraph.collections WHERE dimension IS NOT NULL;
