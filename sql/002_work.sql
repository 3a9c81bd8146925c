-- Work: listeners, requests, runs, actions, approvals, schedule.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

CREATE TABLE sync.listener (
    listener text PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    stopped_at timestamptz
);
COMMENT ON TABLE sync.listener IS 'Listeners and their heartbeats.';
COMMENT ON COLUMN sync.listener.listener IS 'Name the listener gave itself: host, process id, start.';
COMMENT ON COLUMN sync.listener.started_at IS 'When it registered.';
COMMENT ON COLUMN sync.listener.heartbeat_at IS 'Its last heartbeat.';
COMMENT ON COLUMN sync.listener.stopped_at IS 'When it left in order; NULL: it runs, or it was lost.';

CREATE TABLE sync.request (
    request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phase integer,
    employee_kuerzel text,
    full_content boolean NOT NULL DEFAULT false,
    dry_run boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'running', 'done', 'failed', 'held', 'cancelled', 'rejected', 'merged')),
    merged_into bigint REFERENCES sync.request (request_id),
    message text,
    requested_by text NOT NULL DEFAULT session_user,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_by text,
    claimed_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX request_open ON sync.request (request_id) WHERE status IN ('waiting', 'running', 'merged');
COMMENT ON TABLE sync.request IS 'What was asked for. INSERT INTO sync.request DEFAULT VALUES asks for all phases and employees and wakes a listener.';
COMMENT ON COLUMN sync.request.request_id IS 'The request''s number.';
COMMENT ON COLUMN sync.request.phase IS '1 new in Advoware, 2 new in Google, 3 deleted, 4 changed; NULL: all four.';
COMMENT ON COLUMN sync.request.employee_kuerzel IS 'One employee; NULL: all active ones.';
COMMENT ON COLUMN sync.request.full_content IS 'true: trust no timestamp and no sync token; read both sides whole and compare every pair.';
COMMENT ON COLUMN sync.request.dry_run IS 'true: plan only. The plan stands in sync.action; nothing else is touched.';
COMMENT ON COLUMN sync.request.status IS 'waiting → running → done, failed, held or cancelled; rejected: bad payload; merged: an equal request was waiting (merged_into) and its end becomes this one''s.';
COMMENT ON COLUMN sync.request.merged_into IS 'The equal request whose work serves this one too.';
COMMENT ON COLUMN sync.request.message IS 'Why it was rejected, or what there is to say about its end.';
COMMENT ON COLUMN sync.request.requested_by IS 'The role that asked.';
COMMENT ON COLUMN sync.request.requested_at IS 'When it was asked for.';
COMMENT ON COLUMN sync.request.claimed_by IS 'The listener that took it.';
COMMENT ON COLUMN sync.request.claimed_at IS 'When it was taken.';
COMMENT ON COLUMN sync.request.started_at IS 'When its runs were made.';
COMMENT ON COLUMN sync.request.finished_at IS 'When it ended.';

CREATE SEQUENCE sync.fence_seq;
COMMENT ON SEQUENCE sync.fence_seq IS 'Fencing tokens: every claim of a run gets a higher one.';

CREATE TABLE sync.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id bigint NOT NULL REFERENCES sync.request (request_id) ON DELETE CASCADE,
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    phase smallint CHECK (phase BETWEEN 1 AND 4),
    full_content boolean NOT NULL DEFAULT false,
    dry_run boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'running', 'done', 'failed', 'held', 'cancelled')),
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
    UNIQUE (request_id, employee_kuerzel)
);
CREATE UNIQUE INDEX run_one_per_employee ON sync.run (employee_kuerzel) WHERE status = 'running';
CREATE INDEX run_waiting ON sync.run (run_id) WHERE status IN ('waiting', 'running');
COMMENT ON TABLE sync.run IS 'One employee''s share of a request, and what it did.';
COMMENT ON COLUMN sync.run.run_id IS 'The run''s number.';
COMMENT ON COLUMN sync.run.request_id IS 'The request it serves.';
COMMENT ON COLUMN sync.run.employee_kuerzel IS 'Whose appointments.';
COMMENT ON COLUMN sync.run.phase IS 'The phase asked for; NULL: all four.';
COMMENT ON COLUMN sync.run.full_content IS 'As in the request.';
COMMENT ON COLUMN sync.run.dry_run IS 'As in the request.';
COMMENT ON COLUMN sync.run.status IS 'waiting, running, done, failed (with failed actions or an error), held (something waits for approval), cancelled.';
COMMENT ON COLUMN sync.run.listener IS 'The listener that has (or last had) it.';
COMMENT ON COLUMN sync.run.fence IS 'Fencing token of the present claim; an older one can do nothing more.';
COMMENT ON COLUMN sync.run.lease_until IS 'Until when the claim holds without heartbeat, in database time.';
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
COMMENT ON COLUMN sync.run.linked IS 'Events that were linked again or tagged.';
COMMENT ON COLUMN sync.run.refused IS 'Rows that policy forbids.';
COMMENT ON COLUMN sync.run.failed IS 'Rows that failed.';
COMMENT ON COLUMN sync.run.in_doubt IS 'Creates whose outcome is unknown.';
COMMENT ON COLUMN sync.run.held IS 'Rows held by the brake.';
COMMENT ON COLUMN sync.run.superseded IS 'Rows whose plan no longer held.';
COMMENT ON COLUMN sync.run.conflicts IS 'Both sides had changed under last_change_wins.';
COMMENT ON COLUMN sync.run.reverted IS 'Edits of a copy that were undone under source_system_wins.';

CREATE TABLE sync.action (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES sync.run (run_id) ON DELETE CASCADE,
    phase smallint NOT NULL CHECK (phase BETWEEN 1 AND 4),
    kind text NOT NULL CHECK (kind IN ('create_event', 'create_termin', 'recreate_event', 'recreate_termin', 'update_event', 'update_termin',
        'delete_event', 'delete_termin', 'soft_delete', 'tag_event', 'link_event', 'create_calendar')),
    reason text NOT NULL,
    status text NOT NULL DEFAULT 'planned'
        CHECK (status IN ('planned', 'running', 'in_doubt', 'done', 'failed', 'refused', 'superseded', 'held', 'cancelled')),
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
    given_up boolean NOT NULL DEFAULT false,
    basis text,
    planned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX action_run ON sync.action (run_id, phase, status);
CREATE INDEX action_link ON sync.action (sync_id, action_id);
CREATE INDEX action_open ON sync.action (employee_kuerzel, status) WHERE status IN ('planned', 'running', 'in_doubt', 'held');
CREATE INDEX action_refused ON sync.action (employee_kuerzel, basis) WHERE basis IS NOT NULL;
CREATE INDEX action_brake ON sync.action (employee_kuerzel, planned_at) WHERE missing_side IS NOT NULL;
COMMENT ON TABLE sync.action IS 'One row per remote operation: what, why, how it ended. What SQL decided, the listener executes.';
COMMENT ON COLUMN sync.action.action_id IS 'The action''s number.';
COMMENT ON COLUMN sync.action.run_id IS 'The run it belongs to.';
COMMENT ON COLUMN sync.action.phase IS '1 new in Advoware, 2 new in Google, 3 deleted, 4 changed.';
COMMENT ON COLUMN sync.action.kind IS 'The operation. recreate_: created again because it was lost; tag_event: our private properties are set; link_event: a tagged event is given back its link; soft_delete: gone on both sides.';
COMMENT ON COLUMN sync.action.reason IS 'Why, in words.';
COMMENT ON COLUMN sync.action.status IS 'planned → running → done, failed, in_doubt; refused: policy forbids it; superseded: the plan no longer held; held: waits for sync.approve_held; cancelled.';
COMMENT ON COLUMN sync.action.result IS 'A code that says how it ended.';
COMMENT ON COLUMN sync.action.sync_id IS 'The link; NULL: the entry has none.';
COMMENT ON COLUMN sync.action.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN sync.action.advoware_frnr IS 'The Termin.';
COMMENT ON COLUMN sync.action.google_event_id IS 'The event.';
COMMENT ON COLUMN sync.action.missing_side IS 'Deletions and re-creations: the side where the appointment is missing. The brake counts by it.';
COMMENT ON COLUMN sync.action.approved IS 'Whether a person let it through the brake.';
COMMENT ON COLUMN sync.action.conflict IS 'Both sides had changed under last_change_wins.';
COMMENT ON COLUMN sync.action.reverted IS 'It undoes an edit of the copy.';
COMMENT ON COLUMN sync.action.unproven IS 'The absence it rests on is not yet proven by a single GET.';
COMMENT ON COLUMN sync.action.mode IS 'What is written: full, anonymous, or time_only.';
COMMENT ON COLUMN sync.action.meant_fingerprint IS 'Fingerprint that the written side should have afterwards.';
COMMENT ON COLUMN sync.action.meant_time_fingerprint IS 'The same for time and recurrence alone.';
COMMENT ON COLUMN sync.action.frnr_mark IS 'Creating a Termin: highest frNr known before the POST.';
COMMENT ON COLUMN sync.action.deadline IS 'Creating a Termin: no answer is awaited after this.';
COMMENT ON COLUMN sync.action.doubted_at IS 'When its outcome became unknown.';
COMMENT ON COLUMN sync.action.given_up IS 'An attempt in doubt that has a successor.';
COMMENT ON COLUMN sync.action.basis IS 'Refusals: digest of what was refused, so that it is said once.';
COMMENT ON COLUMN sync.action.planned_at IS 'When it was planned.';
COMMENT ON COLUMN sync.action.started_at IS 'When it was begun.';
COMMENT ON COLUMN sync.action.finished_at IS 'When it ended.';

CREATE TABLE sync.approval (
    approval_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL,
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    sync_id uuid,
    kind text NOT NULL,
    approved_by text NOT NULL DEFAULT session_user,
    approved_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '24 hours',
    spent_at timestamptz
);
CREATE INDEX approval_open ON sync.approval (employee_kuerzel, sync_id, kind) WHERE spent_at IS NULL;
COMMENT ON TABLE sync.approval IS 'What a person let through the brake: exactly these links and kinds, once. See sync.approve_held.';
COMMENT ON COLUMN sync.approval.approval_id IS 'The approval''s number.';
COMMENT ON COLUMN sync.approval.run_id IS 'The run whose held rows were approved.';
COMMENT ON COLUMN sync.approval.employee_kuerzel IS 'Whose.';
COMMENT ON COLUMN sync.approval.sync_id IS 'The link; NULL for create_calendar.';
COMMENT ON COLUMN sync.approval.kind IS 'The operation approved.';
COMMENT ON COLUMN sync.approval.approved_by IS 'Who approved.';
COMMENT ON COLUMN sync.approval.approved_at IS 'When.';
COMMENT ON COLUMN sync.approval.expires_at IS 'After this it is worth nothing.';
COMMENT ON COLUMN sync.approval.spent_at IS 'When it was used, or the plan no longer contained it.';

CREATE TABLE sync.job (
    jobid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    jobname text UNIQUE CHECK (jobname <> ''),
    schedule text NOT NULL CHECK (schedule <> ''),
    time_zone text NOT NULL DEFAULT 'Europe/Berlin',
    phase smallint CHECK (phase BETWEEN 1 AND 4),
    employee_kuerzel varchar(10) REFERENCES sync.employee (kuerzel),
    full_content boolean NOT NULL DEFAULT false,
    dry_run boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true,
    username text NOT NULL DEFAULT session_user,
    next_run_at timestamptz,
    last_run_at timestamptz,
    last_request_id bigint,
    ticks_skipped bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sync.job IS 'Schedule rows, as in pg_cron: what is to be requested, and when.';
COMMENT ON COLUMN sync.job.jobid IS 'The job''s number.';
COMMENT ON COLUMN sync.job.jobname IS 'Its name, for sync.unschedule.';
COMMENT ON COLUMN sync.job.schedule IS 'Five-field cron expression, @hourly … @yearly, or N seconds.';
COMMENT ON COLUMN sync.job.time_zone IS 'Zone the expression is meant in.';
COMMENT ON COLUMN sync.job.phase IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.employee_kuerzel IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.full_content IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.dry_run IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.active IS 'false: the job is paused.';
COMMENT ON COLUMN sync.job.username IS 'Who made it.';
COMMENT ON COLUMN sync.job.next_run_at IS 'When it is due next.';
COMMENT ON COLUMN sync.job.last_run_at IS 'When it last fired.';
COMMENT ON COLUMN sync.job.last_request_id IS 'The request it last made.';
COMMENT ON COLUMN sync.job.ticks_skipped IS 'Ticks missed while nothing ran and not made up for.';
COMMENT ON COLUMN sync.job.created_at IS 'When it was made.';
