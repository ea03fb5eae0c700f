-- `changed_in` is the transaction that wrote a row, by which every process that decides keeps its
-- copy, as of service keys.
CREATE TABLE facegraph.policies (
    name text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('verify', 'identify')),
    pack_digest text NOT NULL,
    pipeline text NOT NULL,
    threshold float8 CHECK (threshold BETWEEN -1 AND 1),
    target_fmr float8 CHECK (target_fmr > 0 AND target_fmr < 1),
    target_fpir float8 CHECK (target_fpir > 0 AND target_fpir < 1),
    evidence jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    changed_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT one_of_three CHECK (num_nonnulls(threshold, target_fmr, target_fpir) = 1),
    CONSTRAINT a_target_has_evidence CHECK ((threshold IS NULL) = (evidence IS NOT NULL)),
    CONSTRAINT fpir_is_of_galleries CHECK (target_fpir IS NULL OR kind = 'identify')
);
CREATE INDEX ON facegraph.policies (changed_in);

-- No foreign key: the built-in policies are no rows.
ALTER TABLE facegraph.collections ADD COLUMN policy text COLLATE "C";

-- Of what was bound before nobody knows which version of the pipeline made it.
ALTER TABLE facegraph.collections ADD COLUMN pipeline text;
