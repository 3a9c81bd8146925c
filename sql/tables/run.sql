SELECT pg_catalog.to_regclass('sync.run') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id bigint NOT NULL REFERENCES sync.request (request_id) ON DELETE CASCADE,
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    phase smallint CHECK (phase BETWEEN 1 AND 4),
    full_content boolean NOT NULL DEFAULT true,
    recheck boolean NOT NULL DEFAULT false,
    dry_run boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'running', 'done', 'failed', 'held', 'cancelled')),
    listener text,
    fence bigint,
    lease_until timestamptz,
    takeovers integer NOT NULL DEFAULT 0,
    error_code text CHECK (error_code ~ '^[a-z0-9_: -]{1,120}$'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    events_created integer NOT NULL DEFAULT 0,
    termine_created integer NOT NULL DEFAULT 0,
    events_updated integer NOT NULL DEFAULT 0,
    termine_updated integer NOT NULL DEFAULT 0,
    events_deleted integer NOT NULL DEFAULT 0,
    termine_deleted integer NOT NULL DEFAULT 0,
    soft_deleted integer NOT NULL DEFAULT 0,
    linked integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    in_doubt integer NOT NULL DEFAULT 0,
    held integer NOT NULL DEFAULT 0,
    superseded integer NOT NULL DEFAULT 0,
    conflicts integer NOT NULL DEFAULT 0,
    reverted integer NOT NULL DEFAULT 0,
    for_one boolean NOT NULL DEFAULT false,
    UNIQUE (request_id, employee_kuerzel)
);
CREATE INDEX run_finished ON sync.run (finished_at);
CREATE INDEX run_last ON sync.run (employee_kuerzel, finished_at) WHERE finished_at IS NOT NULL AND NOT dry_run;
CREATE INDEX run_open ON sync.run (request_id, run_id) WHERE status IN ('waiting', 'running');
CREATE UNIQUE INDEX run_one_per_employee ON sync.run (employee_kuerzel) WHERE status = 'running';
CREATE INDEX run_turn ON sync.run (for_one, request_id, run_id) WHERE status IN ('waiting', 'running');
\endif
-- A claim that is rolled back leaves it as it is, and nobody waits for it: whose turn it is need not be exact.
CREATE SEQUENCE IF NOT EXISTS engine.run_turn MAXVALUE 2 CYCLE;
CALL pg_temp.set_options('sync.run',
    'autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, fillfactor = 80');

COMMENT ON TABLE sync.run IS
'One employee''s share of a request, and what it did.';
COMMENT ON SEQUENCE engine.run_turn IS
'Whether the next run begun may be one of a request for one employee that overtakes requests for all: 1 yes, 2 no (the last one begun was for one).';
COMMENT ON COLUMN sync.run.run_id IS 'The run''s number.';
COMMENT ON COLUMN sync.run.request_id IS 'The request it serves.';
COMMENT ON COLUMN sync.run.employee_kuerzel IS 'Whose appointments.';
COMMENT ON COLUMN sync.run.phase IS 'The phase asked for; NULL: all four.';
COMMENT ON COLUMN sync.run.full_content IS 'As in the request.';
COMMENT ON COLUMN sync.run.recheck IS 'As in the request.';
COMMENT ON COLUMN sync.run.dry_run IS 'As in the request.';
COMMENT ON COLUMN sync.run.status IS 'waiting, running, done, failed (with failed actions or an error), held (something waits for approval), cancelled.';
COMMENT ON COLUMN sync.run.listener IS 'The listener that has (or last had) it.';
COMMENT ON COLUMN sync.run.fence IS 'Fencing token of the present claim: its moment in microseconds since 1970 UTC, and higher than the one before. An older one can do nothing more.';
COMMENT ON COLUMN sync.run.lease_until IS 'Until when the claim lasts without heartbeat, in database time.';
COMMENT ON COLUMN sync.run.takeovers IS 'How often it was taken over from a lost listener.';
COMMENT ON COLUMN sync.run.error_code IS 'Why the run as a whole failed: a code.';
COMMENT ON COLUMN sync.run.created_at IS 'When it was made.';
COMMENT ON COLUMN sync.run.started_at IS 'When it was last claimed.';
COMMENT ON COLUMN sync.run.finished_at IS 'When it ended.';
COMMENT ON COLUMN sync.run.events_created IS 'Events created (and created again).';
COMMENT ON COLUMN sync.run.termine_created IS 'Termine created (and created again).';
COMMENT ON COLUMN sync.run.events_updated IS 'Events changed.';
COMMENT ON COLUMN sync.run.termine_updated IS 'Termine changed.';
COMMENT ON COLUMN sync.run.events_deleted IS 'Events deleted.';
COMMENT ON COLUMN sync.run.termine_deleted IS 'Termine deleted.';
COMMENT ON COLUMN sync.run.soft_deleted IS 'Links soft-deleted because the appointment was gone.';
COMMENT ON COLUMN sync.run.linked IS 'Events that were linked again, tagged or made private.';
COMMENT ON COLUMN sync.run.refused IS 'Rows that policy forbids.';
COMMENT ON COLUMN sync.run.failed IS 'Rows that failed.';
COMMENT ON COLUMN sync.run.in_doubt IS 'Creates whose outcome is unknown.';
COMMENT ON COLUMN sync.run.held IS 'Rows held by the mass-deletion guard.';
COMMENT ON COLUMN sync.run.superseded IS 'Rows whose plan no longer applied.';
COMMENT ON COLUMN sync.run.conflicts IS 'Both sides had changed under last_change_wins.';
COMMENT ON COLUMN sync.run.reverted IS 'Edits of a copy that were undone under source_system_wins.';
COMMENT ON COLUMN sync.run.for_one IS 'Whether its request asks for this employee alone: with every other claim such a run may overtake requests for all.';
