SELECT pg_catalog.to_regclass('sync.request') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.request (
    request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phase integer CHECK (phase BETWEEN 1 AND 4),
    employee_kuerzel text,
    full_content boolean NOT NULL DEFAULT true,
    recheck boolean NOT NULL DEFAULT false,
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
    finished_at timestamptz,
    jobid bigint REFERENCES sync.job (jobid) ON DELETE SET NULL,
    due_at timestamptz,
    ticks_skipped bigint,
    notifications bigint,
    not_before timestamptz
);
CREATE INDEX request_job ON sync.request (jobid) WHERE jobid IS NOT NULL;
CREATE INDEX request_merged ON sync.request (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX request_open ON sync.request (status, request_id) WHERE status IN ('waiting', 'running');
CREATE INDEX request_unopened ON sync.request (request_id) WHERE status = 'running' AND started_at IS NULL;
\endif
CALL pg_temp.set_options('sync.request',
    'autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02');

COMMENT ON TABLE sync.request IS
'What was asked for. INSERT INTO sync.request DEFAULT VALUES asks for all phases and employees and wakes a listener.';
COMMENT ON COLUMN sync.request.request_id IS 'The request''s number.';
COMMENT ON COLUMN sync.request.phase IS '1 new in Advoware, 2 new in Google, 3 deleted, 4 changed; NULL: all four.';
COMMENT ON COLUMN sync.request.employee_kuerzel IS 'One employee; NULL: all active ones.';
COMMENT ON COLUMN sync.request.full_content IS 'true: full details as far as policy allows; false: anonymised. false turns anonymize on for whom it asks, before it waits.';
COMMENT ON COLUMN sync.request.recheck IS 'true: trust no timestamp and no sync token; read both sides whole and compare every pair.';
COMMENT ON COLUMN sync.request.dry_run IS 'true: plan only. The plan stands in sync.action; nothing else is touched.';
COMMENT ON COLUMN sync.request.status IS
'waiting → running → done, failed, held or cancelled; rejected: bad payload; merged: an equal one was taken, whose end becomes this one''s.';
COMMENT ON COLUMN sync.request.merged_into IS 'The equal request whose work serves this one too.';
COMMENT ON COLUMN sync.request.message IS 'Why it was rejected, what full_content = false has turned on, or what there is to say about its end.';
COMMENT ON COLUMN sync.request.requested_by IS
'The role that asked; of a scheduled request the one that made the job; (unknown) for a notification whose session had ended.';
COMMENT ON COLUMN sync.request.requested_at IS 'When it was asked for.';
COMMENT ON COLUMN sync.request.claimed_by IS 'The listener that took it, or the one it is merged into.';
COMMENT ON COLUMN sync.request.claimed_at IS 'When a listener took it, alone or merged into an equal one; NULL: it waits.';
COMMENT ON COLUMN sync.request.started_at IS 'When its runs were made.';
COMMENT ON COLUMN sync.request.finished_at IS 'When it ended.';
COMMENT ON COLUMN sync.request.jobid IS 'The schedule row that asked; NULL: a person or a program did, or the job is gone.';
COMMENT ON COLUMN sync.request.due_at IS 'Of a scheduled request: the tick it was made for; requested_at says when that was noticed.';
COMMENT ON COLUMN sync.request.ticks_skipped IS 'Of a scheduled request: how many later ticks had been missed by then and are not made up for.';
COMMENT ON COLUMN sync.request.notifications IS 'How many notifications it stands for, those that were merged into it while it waited included; NULL: none.';
COMMENT ON COLUMN sync.request.not_before IS
'Of more notifications than one a second, after a burst of ten: when it may be taken. Equal ones are merged into it until then. NULL: at once.';
