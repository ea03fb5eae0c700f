-- A constant default is kept with the column, so no row is rewritten, however many there are.
ALTER TABLE facegraph.collections
    ADD COLUMN liveness text NOT NULL DEFAULT 'off'
        CHECK (liveness IN ('off', 'observe', 'enforce'));
