-- Housekeeping: what is removed when, indexes for it, autovacuum of the busy tables. A row-level rule for links. Versions of listeners.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

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
COMMENT ON TABLE sync.housekeeping IS 'When housekeeping is due and what it has removed so far: one row. How long things are kept is sync.setting.keep_runs; see sync.housekeeping(integer).';
COMMENT ON COLUMN sync.housekeeping.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN sync.housekeeping.next_at IS 'When the listeners do it next: a day after the last pass, at once while there is more to remove. Setting it to infinity stops it.';
COMMENT ON COLUMN sync.housekeeping.last_at IS 'When it was last done to the end.';
COMMENT ON COLUMN sync.housekeeping.last_error IS 'SQLSTATE of the last pass if it failed (the server''s log says more; it is tried again after an hour); NULL: it went well.';
COMMENT ON COLUMN sync.housekeeping.actions_removed IS 'Actions removed since the hub was made.';
COMMENT ON COLUMN sync.housekeeping.runs_removed IS 'Runs removed since the hub was made.';
COMMENT ON COLUMN sync.housekeeping.requests_removed IS 'Requests removed since the hub was made.';
COMMENT ON COLUMN sync.housekeeping.entries_removed IS 'Rows of sync.seen removed since the hub was made: entries long gone that no link names.';
COMMENT ON COLUMN sync.housekeeping.listeners_removed IS 'Rows of sync.listener removed since the hub was made: listeners that left or were lost long ago.';

-- All before this migration were of version 1.
ALTER TABLE sync.listener ADD COLUMN schema_version integer NOT NULL DEFAULT 1;
COMMENT ON COLUMN sync.listener.schema_version IS 'The version of the hub''s functions that it was built for. When the hub has another one it gets no more work.';

-- Removing a request asks which others were merged into it; so does ending one.
CREATE INDEX request_merged ON sync.request (merged_into) WHERE merged_into IS NOT NULL;
-- Housekeeping begins with the runs that ended first.
CREATE INDEX run_finished ON sync.run (finished_at);
-- The last run of an employee: bi.health asks for it, housekeeping keeps it.
CREATE INDEX run_last ON sync.run (employee_kuerzel, finished_at) WHERE finished_at IS NOT NULL AND NOT dry_run;

-- Autovacuum's default waits until a fifth of a table is dead. These rows change with every reading, run or heartbeat.
ALTER TABLE sync.seen SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE sync.action SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE sync.run SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, fillfactor = 80);
ALTER TABLE sync.request SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
-- A few rows that heartbeats rewrite every few seconds: in place, as long as the page has room.
ALTER TABLE sync.listener SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, fillfactor = 50);

-- The operator sets the policy of living links; a soft-deleted one is a record of what was.
ALTER TABLE sync.calendar_sync ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON sync.calendar_sync FOR SELECT TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi USING (true);
CREATE POLICY operator_sets_living_links ON sync.calendar_sync FOR UPDATE TO calendar_sync_operator USING (NOT deleted);
COMMENT ON POLICY everybody_reads ON sync.calendar_sync IS 'Every link may be read; which columns, the grants say.';
COMMENT ON POLICY operator_sets_living_links ON sync.calendar_sync IS 'The operator sets strategy and write flag of links that are not soft-deleted.';
