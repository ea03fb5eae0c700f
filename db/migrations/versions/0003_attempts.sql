-- Until when nobody is let try again after so many failures in a row: not at all while they are
-- free, then for a delay that doubles, and for ever from the hard stop on, where there is one.
CREATE FUNCTION facegraph.refused_until(
    failures integer, free integer, delay_seconds float, longest_seconds float, hard_stop integer
)
RETURNS timestamptz STABLE LANGUAGE sql RETURN CASE
    WHEN failures >= hard_stop THEN 'infinity'::timestamptz
    -- Thirty doublings are more than any longest delay, and a power of more may overflow.
    WHEN failures >= free THEN now() + make_interval(
        secs => least(longest_seconds, delay_seconds * 2 ^ least(failures - free, 30))
    )
END;

-- Seconds from now; 0 for what is past or was never set, a day for what has no end.
CREATE FUNCTION facegraph.seconds_until(moment timestamptz)
RETURNS float STABLE LANGUAGE sql RETURN CASE
    WHEN moment > now()
    THEN extract(epoch FROM least(moment, now() + interval '1 day') - now())::float
    ELSE 0
END;

-- By the digest of the name as it was typed, whether or not anybody has it: people type passwords
-- into that field, and a name that is locked must not tell that it exists.
CREATE TABLE facegraph.failed_log_ins (
    name_digest bytea PRIMARY KEY,
    failures integer NOT NULL CHECK (failures > 0),
    locked_until timestamptz,
    failed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON facegraph.failed_log_ins (failed_at);

-- A row from the first failure in a row to the next success; it goes with its identity.
CREATE TABLE facegraph.verification_attempts (
    collection bigint NOT NULL,
    identity_id uuid NOT NULL,
    failures integer NOT NULL CHECK (failures > 0),
    blocked_until timestamptz,
    PRIMARY KEY (collection, identity_id),
    FOREIGN KEY (collection, identity_id)
        REFERENCES facegraph.identities (collection, id) ON DELETE CASCADE
);

ALTER TABLE facegraph.users ADD COLUMN must_change_password boolean NOT NULL DEFAULT false;
