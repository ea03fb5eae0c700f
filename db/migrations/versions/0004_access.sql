-- An access token carries the generation of its account. Numbers come from one sequence and never
-- return, so that an account made anew under an old name has nothing in common with the old one.
CREATE SEQUENCE facegraph.generations;

ALTER TABLE facegraph.users
    ADD COLUMN generation bigint NOT NULL DEFAULT nextval('facegraph.generations');

-- What ended lately: no token of `subject` that is older than `generation` is good any more. Every
-- ingress replica keeps a copy. A row is of use for as long as an access token can live.
--
-- `changed_in` is the transaction that wrote it. A replica asks for what was written by those that
-- its last reading cannot have seen whole: however long one takes, and whatever clocks say, none
-- is missed.
CREATE TABLE facegraph.revocations (
    subject text COLLATE "C" PRIMARY KEY,
    generation bigint NOT NULL,
    changed_in xid8 NOT NULL,
    revoked_at timestamptz NOT NULL
);
CREATE INDEX ON facegraph.revocations (changed_in);
CREATE INDEX ON facegraph.revocations (revoked_at);

CREATE FUNCTION facegraph.revoke(subject text, generation bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM facegraph.revocations WHERE revoked_at < now() - interval '2 days';
    INSERT INTO facegraph.revocations VALUES (subject, generation, pg_current_xact_id(), now())
    ON CONFLICT ON CONSTRAINT revocations_pkey DO UPDATE
    SET generation = excluded.generation, changed_in = excluded.changed_in,
        revoked_at = excluded.revoked_at;
$$;

-- Whoever changes an account ends the access tokens that say otherwise. A hash that is only made
-- anew, of the same password, leaves `updated_at` alone; whoever sets another one does not.
CREATE FUNCTION facegraph.end_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.generation = nextval('facegraph.generations');
        PERFORM facegraph.revoke('account:' || OLD.username, NEW.generation);
        RETURN NEW;
    END IF;
    PERFORM facegraph.revoke('account:' || OLD.username, nextval('facegraph.generations'));
    RETURN OLD;
END
$$;

CREATE TRIGGER end_access BEFORE UPDATE ON facegraph.users FOR EACH ROW
    WHEN (
        to_jsonb(OLD) - '{updated_at,password_hash}'::text[]
            IS DISTINCT FROM to_jsonb(NEW) - '{updated_at,password_hash}'::text[]
        OR OLD.password_hash <> NEW.password_hash AND OLD.updated_at <> NEW.updated_at
    )
    EXECUTE FUNCTION facegraph.end_access();
CREATE TRIGGER end_all_access BEFORE DELETE ON facegraph.users FOR EACH ROW
    EXECUTE FUNCTION facegraph.end_access();

-- The access tokens of a log-in end with its refresh tokens.
CREATE FUNCTION facegraph.end_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM facegraph.revoke('session:' || NEW.family, nextval('facegraph.generations'));
    RETURN NULL;
END
$$;

CREATE TRIGGER end_session AFTER UPDATE ON facegraph.refresh_families FOR EACH ROW
    WHEN (NEW.revoked AND NOT OLD.revoked)
    EXECUTE FUNCTION facegraph.end_session();

-- Keys of machines. Every ingress replica keeps a copy, so that a wrong one costs no query.
CREATE TABLE facegraph.service_keys (
    id text COLLATE "C" PRIMARY KEY,
    secret_hash bytea NOT NULL,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'enroller', 'verifier', 'auditor')),
    collections text[] NOT NULL DEFAULT '{}',
    scopes text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    changed_in xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX ON facegraph.service_keys (changed_in);
