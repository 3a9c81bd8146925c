CREATE OR REPLACE FUNCTION engine.date_jobs_back() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    job sync.job;
    due timestamptz;
BEGIN
    FOR job IN
        SELECT j.* FROM sync.job AS j
        WHERE j.active
            -- What is due within a minute is so in any case.
            AND j.next_run_at > clock_timestamp() + interval '1 minute'
            AND isfinite(j.next_run_at)
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        BEGIN
            due := sync.next_run(job.schedule, job.time_zone, clock_timestamp());
        EXCEPTION WHEN invalid_parameter_value THEN
            -- It is said when it is due.
            CONTINUE;
        END;
        UPDATE sync.job AS j SET next_run_at = due
        WHERE j.jobid = job.jobid
            AND j.next_run_at > due;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.date_jobs_back() IS
'Jobs whose next tick lies further ahead than their schedule''s next one from now (the clock was set back) are due at that one.';

CREATE OR REPLACE FUNCTION engine.run_due_jobs() RETURNS double precision
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    job sync.job;
    due_now timestamptz;
    missed bigint;
    made bigint;
BEGIN
    PERFORM engine.date_jobs_back();
    -- Who comes second finds the row locked, or no longer due.
    FOR job IN
        SELECT j.* FROM sync.job AS j
        WHERE j.active
            AND j.next_run_at <= clock_timestamp()
        ORDER BY j.next_run_at, j.jobid
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        due_now := clock_timestamp();
        BEGIN
            missed := engine.count_ticks(job.schedule, job.time_zone, job.next_run_at, due_now);
            INSERT INTO sync.request (
                phase, employee_kuerzel, full_content, recheck, dry_run,
                requested_by, jobid, due_at, ticks_skipped)
            VALUES (
                job.phase, job.employee_kuerzel, job.full_content, job.recheck, job.dry_run,
                job.username, job.jobid, job.next_run_at, missed)
            RETURNING request_id INTO made;
            -- From the tick, not from now: seconds do not drift.
            UPDATE sync.job AS j
            SET next_run_at = CASE
                    WHEN p.every_seconds IS NULL THEN sync.next_run(job.schedule, job.time_zone, due_now)
                    ELSE job.next_run_at + make_interval(secs => p.every_seconds * (missed + 1)) END,
                last_run_at = due_now,
                last_request_id = made,
                ticks_skipped = j.ticks_skipped + missed,
                last_error = NULL
            FROM engine.parse_schedule(job.schedule) AS p
            WHERE j.jobid = job.jobid;
        EXCEPTION WHEN invalid_parameter_value THEN
            -- What was right when it was written may be so no longer; the other jobs go on.
            UPDATE sync.job AS j SET next_run_at = NULL, last_error = left(SQLERRM, 300) WHERE j.jobid = job.jobid;
        WHEN lock_not_available THEN
            -- Somebody is changing the policy that full_content = false turns on: this tick stays due.
            NULL;
        END;
    END LOOP;
    -- One that is due already is in another listener's hands.
    RETURN (
        SELECT CASE
            WHEN min(j.next_run_at) <= clock_timestamp() THEN 0.1
            ELSE extract(epoch FROM min(j.next_run_at) - clock_timestamp()) END
        FROM sync.job AS j
        WHERE j.active
            AND isfinite(j.next_run_at));
END
$$;
-- In one transaction; any number of listeners may call it, each tick is taken once. Of several missed ticks one is made
-- up for, the number of the others is added to ticks_skipped.
COMMENT ON FUNCTION engine.run_due_jobs() IS
'Makes the requests of all jobs that are due. Returns the seconds until the next job is due; NULL: there is none.';
GRANT EXECUTE ON FUNCTION engine.run_due_jobs() TO calendar_sync_user;
