SELECT pg_catalog.to_regclass('sync.housekeeping') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.housekeeping (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    next_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz,
    last_error text CHECK (last_error ~ '^[0-9A-Z]{5}$'),
    actions_removed bigint NOT NULL DEFAULT 0,
    runs_removed bigint NOT NULL DEFAULT 0,
    requests_removed bigint NOT NULL DEFAULT 0,
    entries_removed bigint NOT NULL DEFAULT 0,
    listeners_removed bigint NOT NULL DEFAULT 0
);
INSERT INTO sync.housekeeping DEFAULT VALUES;
\endif

COMMENT ON TABLE sync.housekeeping IS
'When housekeeping is due and what it has removed so far: one row. How long things are kept is sync.setting.keep_runs; see sync.housekeeping(integer).';
COMMENT ON COLUMN sync.housekeeping.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN sync.housekeeping.next_at IS 'When the listeners do it next: a day after the last pass, at once while there is more to remove. Setting it to infinity stops it.';
COMMENT ON COLUMN sync.housekeeping.last_at IS 'When it was last done to the end.';
COMMENT ON COLUMN sync.housekeeping.last_error IS 'SQLSTATE of the last pass if it failed (the server''s log says more; it is tried again after an hour); NULL: it went well.';
COMMENT ON COLUMN sync.housekeeping.actions_removed IS 'Actions removed since the hub was made.';
COMMENT ON COLUMN sync.housekeeping.runs_removed IS 'Runs removed since the hub was made.';
COMMENT ON COLUMN sync.housekeeping.requests_removed IS 'Requests removed since the hub was made.';
COMMENT ON COLUMN sync.housekeeping.entries_removed IS 'Rows of sync.seen removed since the hub was made: entries long gone that no link names.';
COMMENT ON COLUMN sync.housekeeping.listeners_removed IS 'Rows of sync.listener removed since the hub was made: listeners that left or were lost long ago.';
