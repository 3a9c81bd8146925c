-- Schedules: what a job remembers of its ticks, which job asked for a request, and whom a merged request was claimed with.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

-- Checked by triggers, with errors that name field and value; a narrower type would refuse first and name neither.
ALTER TABLE sync.job ALTER COLUMN phase TYPE integer, ALTER COLUMN employee_kuerzel TYPE text;
ALTER TABLE sync.job ADD COLUMN last_error text;
COMMENT ON COLUMN sync.job.schedule IS 'Five-field cron expression with names, ranges, lists, steps and $ (last day of the month), @hourly … @yearly, or "N seconds" (1-59). SELECT sync.next_run(…) tries one out.';
COMMENT ON COLUMN sync.job.time_zone IS 'The zone the expression is meant in, as in pg_timezone_names.';
COMMENT ON COLUMN sync.job.phase IS '1 new in Advoware, 2 new in Google, 3 deleted, 4 changed; NULL: all four.';
COMMENT ON COLUMN sync.job.employee_kuerzel IS 'One employee; NULL: all active ones.';
COMMENT ON COLUMN sync.job.active IS 'false: the job is paused; next_run_at is NULL and nothing is made up for later.';
COMMENT ON COLUMN sync.job.next_run_at IS 'When it is due next. In the past: no listener runs. NULL: it is paused, or cannot run (last_error).';
COMMENT ON COLUMN sync.job.ticks_skipped IS 'How many ticks were missed while no listener ran and not made up for: of several missed ones only one is.';
COMMENT ON COLUMN sync.job.last_error IS 'Why it can no longer run, although it could when it was written: its time zone or its employee is gone. Cleared by the next change.';

ALTER TABLE sync.request ADD COLUMN jobid bigint REFERENCES sync.job (jobid) ON DELETE SET NULL, ADD COLUMN due_at timestamptz,
    ADD COLUMN ticks_skipped bigint;
CREATE INDEX request_job ON sync.request (jobid) WHERE jobid IS NOT NULL;
COMMENT ON COLUMN sync.request.jobid IS 'The schedule row that asked; NULL: a person or a program did, or the job is gone.';
COMMENT ON COLUMN sync.request.due_at IS 'Of a scheduled request: the tick it was made for; requested_at says when that was noticed.';
COMMENT ON COLUMN sync.request.ticks_skipped IS 'Of a scheduled request: how many later ticks had been missed by then and are not made up for.';
COMMENT ON COLUMN sync.request.requested_by IS 'The role that asked; of a scheduled request the one that made the job.';
COMMENT ON COLUMN sync.request.status IS 'waiting → running → done, failed, held or cancelled; rejected: bad payload; merged: an equal request was waiting, and its end becomes this one''s. A merged request that came too late for the other''s work (claimed_at is NULL) is claimed on its own.';
COMMENT ON COLUMN sync.request.merged_into IS 'The equal request whose work serves this one too.';
COMMENT ON COLUMN sync.request.claimed_by IS 'The listener that took it, or the one it was merged into.';
COMMENT ON COLUMN sync.request.claimed_at IS 'When it, or the one it was merged into, was taken.';
