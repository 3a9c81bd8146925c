SELECT pg_catalog.to_regclass('sync.job') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.job (
    jobid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    jobname text UNIQUE CHECK (jobname <> ''),
    schedule text NOT NULL CHECK (schedule <> ''),
    time_zone text NOT NULL DEFAULT 'Europe/Berlin',
    phase integer CHECK (phase BETWEEN 1 AND 4),
    employee_kuerzel text REFERENCES sync.employee (kuerzel),
    full_content boolean NOT NULL DEFAULT true,
    recheck boolean NOT NULL DEFAULT false,
    dry_run boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true,
    username text NOT NULL DEFAULT session_user,
    next_run_at timestamptz,
    last_run_at timestamptz,
    last_request_id bigint,
    ticks_skipped bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_error text
);
\endif

COMMENT ON TABLE sync.job IS
'Schedule rows, as in pg_cron: what is to be requested, and when.';
COMMENT ON COLUMN sync.job.jobid IS 'The job''s number.';
COMMENT ON COLUMN sync.job.jobname IS 'Its name, for sync.unschedule.';
COMMENT ON COLUMN sync.job.schedule IS 'Five-field cron expression ($: last day of the month), @hourly … @yearly, or "N seconds" (1-59). sync.next_run(…) tries one.';
COMMENT ON COLUMN sync.job.time_zone IS 'The zone the expression is meant in, as in pg_timezone_names.';
COMMENT ON COLUMN sync.job.phase IS '1 new in Advoware, 2 new in Google, 3 deleted, 4 changed; NULL: all four.';
COMMENT ON COLUMN sync.job.employee_kuerzel IS 'One employee; NULL: all active ones.';
COMMENT ON COLUMN sync.job.full_content IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.recheck IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.dry_run IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.active IS 'false: the job is paused; next_run_at is NULL and nothing is made up for later.';
COMMENT ON COLUMN sync.job.username IS 'Who made it.';
COMMENT ON COLUMN sync.job.next_run_at IS 'When it is due next. In the past: no listener runs. NULL: it is paused, or cannot run (last_error).';
COMMENT ON COLUMN sync.job.last_run_at IS 'When it last fired.';
COMMENT ON COLUMN sync.job.last_request_id IS 'The request it last made.';
COMMENT ON COLUMN sync.job.ticks_skipped IS 'How many ticks were missed while no listener ran and not made up for: of several missed ones only one is.';
COMMENT ON COLUMN sync.job.created_at IS 'When it was made.';
COMMENT ON COLUMN sync.job.last_error IS 'Why it can no longer run, although it could when it was written: its time zone or its employee is gone. Cleared by the next change.';
