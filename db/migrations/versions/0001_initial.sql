-- Ids and names are compared byte by byte: lists keep one order on every server.
-- The key that other tables carry is the collection's number, which is small and never reused,
-- while its id is the caller's and may be taken again after a deletion.
CREATE TABLE facegraph.collections (
    id text COLLATE "C" PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    name text NOT NULL,
    description text,
    metadata jsonb NOT NULL DEFAULT '{}',
    quality text NOT NULL DEFAULT 'standard' CHECK (quality IN ('off', 'standard', 'strict')),
    pack text,
    digest text,
    dimension integer CHECK (dimension > 0),
    identity_count bigint NOT NULL DEFAULT 0 CHECK (identity_count >= 0),
    face_count bigint NOT NULL DEFAULT 0 CHECK (face_count >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bound_as_a_whole CHECK (num_nulls(pack, digest, dimension) IN (0, 3))
)
-- Counting rewrites the row at each enrolment: room on its page keeps that out of the indexes.
WITH (fillfactor = 50);

CREATE TABLE facegraph.identities (
    collection bigint NOT NULL REFERENCES facegraph.collections (number) ON DELETE CASCADE,
    id uuid NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    display_name text,
    metadata jsonb NOT NULL DEFAULT '{}',
    consent_reference text NOT NULL,
    consent_purpose text NOT NULL,
    consent_given_at timestamptz NOT NULL,
    consent_expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (collection, id),
    UNIQUE (collection, external_id)
);

CREATE TABLE facegraph.faces (
    collection bigint NOT NULL,
    identity_id uuid NOT NULL,
    id uuid NOT NULL,
    quality jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (collection, identity_id, id),
    FOREIGN KEY (collection, identity_id)
        REFERENCES facegraph.identities (collection, id) ON DELETE CASCADE
);

-- The vectors of collection 7 lie in the table templates_7, made when the collection is bound to a
-- model. Two triggers cascade into it, because a foreign key cannot follow a number to a table: one
-- key a collection would make each deleted face ask every collection, and partitions of one table
-- would make binding or dropping one lock the faces of all.
CREATE FUNCTION facegraph.erase_templates() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint;
BEGIN
    FOR touched IN SELECT DISTINCT collection FROM gone LOOP
        -- Absent when the whole collection goes: its table has been dropped by then.
        IF to_regclass(format('facegraph.templates_%s', touched)) IS NOT NULL THEN
            EXECUTE format(
                'DELETE FROM facegraph.templates_%s AS template USING gone
                 WHERE gone.collection = %s
                   AND template.identity_id = gone.identity_id AND template.face_id = gone.id',
                touched, touched
            );
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE TRIGGER erase_templates AFTER DELETE ON facegraph.faces
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION facegraph.erase_templates();

CREATE FUNCTION facegraph.drop_templates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS facegraph.templates_%s', OLD.number);
    RETURN OLD;
END
$$;

CREATE TRIGGER drop_templates BEFORE DELETE ON facegraph.collections
    FOR EACH ROW EXECUTE FUNCTION facegraph.drop_templates();

CREATE TABLE facegraph.users (
    username text COLLATE "C" PRIMARY KEY,
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'enroller', 'verifier', 'auditor')),
    collections text[] NOT NULL DEFAULT '{}',
    scopes text[] NOT NULL DEFAULT '{}',
    disabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- All refresh tokens that go back to one log-in. Revoking marks the family, so that a token stored
-- a moment later by a request already under way is born revoked.
CREATE TABLE facegraph.refresh_families (
    family uuid PRIMARY KEY,
    username text COLLATE "C" NOT NULL REFERENCES facegraph.users ON DELETE CASCADE,
    revoked boolean NOT NULL DEFAULT false,
    expires_at timestamptz NOT NULL
);
CREATE INDEX ON facegraph.refresh_families (username);

CREATE TABLE facegraph.refresh_tokens (
    token_hash bytea PRIMARY KEY,
    family uuid NOT NULL REFERENCES facegraph.refresh_families ON DELETE CASCADE,
    issued_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    spent_at timestamptz
);
CREATE INDEX ON facegraph.refresh_tokens (family);
