SELECT pg_catalog.to_regclass('sync.action') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.action (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES sync.run (run_id) ON DELETE CASCADE,
    phase smallint NOT NULL CHECK (phase BETWEEN 1 AND 4),
    kind text NOT NULL REFERENCES sync.action_kind (kind),
    reason text NOT NULL,
    status text NOT NULL DEFAULT 'planned'
        CHECK (status IN (
            'planned', 'running', 'in_doubt', 'done', 'failed', 'refused', 'superseded', 'held', 'cancelled')),
    result text,
    sync_id uuid,
    employee_kuerzel varchar(10) NOT NULL,
    advoware_frnr integer,
    google_event_id text,
    missing_side sync.source_system_enum,
    approved boolean NOT NULL DEFAULT false,
    conflict boolean NOT NULL DEFAULT false,
    reverted boolean NOT NULL DEFAULT false,
    unproven boolean NOT NULL DEFAULT false,
    mode text CHECK (mode IN ('full', 'anonymous', 'time_only')),
    meant_fingerprint text,
    meant_time_fingerprint text,
    frnr_mark bigint,
    deadline timestamptz,
    doubted_at timestamptz,
    writes_in sync.source_system_enum,
    attempt sync.attempt_state,
    write_state sync.write_state,
    missed_fingerprint text,
    repeats_miss boolean NOT NULL DEFAULT false,
    basis text,
    planned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX action_guard ON sync.action (employee_kuerzel, planned_at) WHERE missing_side IS NOT NULL;
-- Attempts that somebody still has to look for, or that must be known for ever.
CREATE INDEX action_attempt ON sync.action (employee_kuerzel) WHERE attempt IN ('in_doubt', 'given_up', 'late');
-- A link has one pending write at most; with the earlier ones that may still turn up it is found by key.
CREATE UNIQUE INDEX action_pending_write ON sync.action (sync_id) WHERE write_state = 'pending';
CREATE INDEX action_unsettled_write ON sync.action (employee_kuerzel, sync_id) WHERE write_state IS NOT NULL;
CREATE INDEX action_link ON sync.action (sync_id, action_id);
CREATE INDEX action_open ON sync.action (employee_kuerzel, status)
    WHERE status IN ('planned', 'running', 'in_doubt', 'held');
CREATE INDEX action_refused ON sync.action (employee_kuerzel, basis) WHERE basis IS NOT NULL;
CREATE INDEX action_run ON sync.action (run_id, phase, status);
\endif
CALL pg_temp.set_options('sync.action',
    'autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02');

COMMENT ON TABLE sync.action IS
'One row per remote operation: what, why, how it ended. What SQL decided, the listener executes.';
COMMENT ON COLUMN sync.action.action_id IS 'The action''s number.';
COMMENT ON COLUMN sync.action.run_id IS 'The run it belongs to.';
COMMENT ON COLUMN sync.action.phase IS '1 new in Advoware, 2 new in Google, 3 deleted, 4 changed.';
COMMENT ON COLUMN sync.action.kind IS 'The operation: see sync.action_kind.';
COMMENT ON COLUMN sync.action.reason IS 'Why, in words.';
COMMENT ON COLUMN sync.action.status IS
'planned → running → done, failed, in_doubt; refused by policy; superseded: the plan no longer applied; held: for sync.approve_held; cancelled.';
COMMENT ON COLUMN sync.action.result IS 'A code that says how it ended.';
COMMENT ON COLUMN sync.action.sync_id IS 'The link; NULL: the entry has none.';
COMMENT ON COLUMN sync.action.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN sync.action.advoware_frnr IS 'The Termin.';
COMMENT ON COLUMN sync.action.google_event_id IS 'The event.';
COMMENT ON COLUMN sync.action.missing_side IS 'Deletions and re-creations: the side where the appointment is missing. The mass-deletion guard counts by it.';
COMMENT ON COLUMN sync.action.approved IS 'Whether a person let it through the mass-deletion guard.';
COMMENT ON COLUMN sync.action.conflict IS 'Both sides had changed under last_change_wins.';
COMMENT ON COLUMN sync.action.reverted IS 'It undoes an edit of the copy.';
COMMENT ON COLUMN sync.action.unproven IS 'The absence it rests on is not yet proven by a single GET.';
COMMENT ON COLUMN sync.action.mode IS 'What is written: full, anonymous, or time_only.';
COMMENT ON COLUMN sync.action.meant_fingerprint IS 'Fingerprint that the written side should have afterwards.';
COMMENT ON COLUMN sync.action.meant_time_fingerprint IS 'The same for time and recurrence alone.';
COMMENT ON COLUMN sync.action.frnr_mark IS 'Creating a Termin: highest frNr known before the POST.';
COMMENT ON COLUMN sync.action.deadline IS 'Creating a Termin: no answer is awaited after this.';
COMMENT ON COLUMN sync.action.doubted_at IS 'When its outcome became unknown.';
COMMENT ON COLUMN sync.action.writes_in IS 'Of an action that was begun: the system that it writes in; NULL: none.';
COMMENT ON COLUMN sync.action.attempt IS 'Of a creation of a Termin that was begun: what is known of it (rules 5).';
COMMENT ON COLUMN sync.action.write_state IS
'Of a write of content that was begun: pending, overtaken or stopped while it is not settled; NULL: nothing waits for it (rules 3).';
COMMENT ON COLUMN sync.action.missed_fingerprint IS
'What was found instead of what this write meant, or instead of the same write before it (repeats_miss).';
COMMENT ON COLUMN sync.action.repeats_miss IS
'Whether the same write had been stored otherwise before: the same difference twice stops the link.';
COMMENT ON COLUMN sync.action.basis IS 'Refusals: digest of what was refused, so that it is said once.';
COMMENT ON COLUMN sync.action.planned_at IS 'When it was planned.';
COMMENT ON COLUMN sync.action.started_at IS 'When it was begun.';
COMMENT ON COLUMN sync.action.finished_at IS 'When it ended.';
