CREATE OR REPLACE FUNCTION sync.schedule(jobname text, schedule text, phase integer DEFAULT NULL, employee text DEFAULT NULL,
    full_content boolean DEFAULT false, dry_run boolean DEFAULT false, time_zone text DEFAULT 'Europe/Berlin') RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id bigint;
BEGIN
    INSERT INTO sync.job AS j (jobname, schedule, time_zone, phase, employee_kuerzel, full_content, dry_run)
    VALUES (schedule.jobname, schedule.schedule, schedule.time_zone, schedule.phase, schedule.employee,
        coalesce(schedule.full_content, false), coalesce(schedule.dry_run, false))
    ON CONFLICT ON CONSTRAINT job_jobname_key DO UPDATE
    SET schedule = excluded.schedule, time_zone = excluded.time_zone, phase = excluded.phase, employee_kuerzel = excluded.employee_kuerzel,
        full_content = excluded.full_content, dry_run = excluded.dry_run
    RETURNING j.jobid INTO id;
    RETURN id;
END
$$;
COMMENT ON FUNCTION sync.schedule(text, text, integer, text, boolean, boolean, text) IS 'Makes a schedule row, or changes the one of that name to exactly what is given; as cron.schedule. jobname: a name of your choice; schedule: five fields, a name like @daily, or N seconds; phase and employee: NULL for all; full_content and dry_run: as in sync.request; time_zone: in which the schedule is meant. A paused job stays paused. Returns its jobid. Raises 22023 that names the field, the value and what is allowed.';
GRANT EXECUTE ON FUNCTION sync.schedule(text, text, integer, text, boolean, boolean, text) TO calendar_sync_operator;

CREATE OR REPLACE FUNCTION sync.unschedule(jobname text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM sync.job AS j WHERE j.jobname = unschedule.jobname;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'jobname: there is no job "%"; there are %', left(jobname, 60), coalesce(
            (SELECT string_agg(j.jobname, ', ' ORDER BY j.jobname) FROM sync.job AS j WHERE j.jobname IS NOT NULL), 'none') USING ERRCODE = '22023',
            HINT = 'A job without a name is removed by its number: SELECT sync.unschedule(17).';
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION sync.unschedule(text) IS 'Removes the schedule row of that name (jobname); as cron.unschedule. Its requests stay. Raises 22023 if there is none. To pause it: UPDATE sync.job SET active = false.';
GRANT EXECUTE ON FUNCTION sync.unschedule(text) TO calendar_sync_operator;

CREATE OR REPLACE FUNCTION sync.unschedule(jobid bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM sync.job AS j WHERE j.jobid = unschedule.jobid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'jobid: there is no job %', jobid USING ERRCODE = '22023', HINT = 'SELECT jobid, jobname, schedule FROM sync.job shows them.';
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION sync.unschedule(bigint) IS 'Removes the schedule row of that number (jobid); as cron.unschedule. Raises 22023 if there is none.';
GRANT EXECUTE ON FUNCTION sync.unschedule(bigint) TO calendar_sync_operator;

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
    -- Who comes second finds the row locked, or no longer due.
    FOR job IN
        SELECT j.* FROM sync.job AS j WHERE j.active AND j.next_run_at <= clock_timestamp()
        ORDER BY j.next_run_at, j.jobid
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        due_now := clock_timestamp();
        BEGIN
            missed := engine.count_ticks(job.schedule, job.time_zone, job.next_run_at, due_now);
            INSERT INTO sync.request (phase, employee_kuerzel, full_content, dry_run, requested_by, jobid, due_at, ticks_skipped)
            VALUES (job.phase, job.employee_kuerzel, job.full_content, job.dry_run, job.username, job.jobid, job.next_run_at, missed)
            RETURNING request_id INTO made;
            -- From the tick, not from now: seconds do not drift.
            UPDATE sync.job AS j
            SET next_run_at = CASE WHEN p.every_seconds IS NULL THEN sync.next_run(job.schedule, job.time_zone, due_now)
                    ELSE job.next_run_at + make_interval(secs => p.every_seconds * (missed + 1)) END,
                last_run_at = due_now, last_request_id = made, ticks_skipped = j.ticks_skipped + missed, last_error = NULL
            FROM engine.parse_schedule(job.schedule) AS p
            WHERE j.jobid = job.jobid;
        EXCEPTION WHEN invalid_parameter_value THEN
            -- What was right when it was written may be so no longer; the other jobs go on.
            UPDATE sync.job AS j SET next_run_at = NULL, last_error = left(SQLERRM, 300) WHERE j.jobid = job.jobid;
        END;
    END LOOP;
    -- One that is due already is in another listener's hands.
    RETURN (
        SELECT CASE WHEN min(j.next_run_at) <= clock_timestamp() THEN 0.1 ELSE extract(epoch FROM min(j.next_run_at) - clock_timestamp()) END
        FROM sync.job AS j WHERE j.active AND isfinite(j.next_run_at));
END
$$;
COMMENT ON FUNCTION engine.run_due_jobs() IS 'Makes the requests of all jobs that are due and says when each is due next, in one transaction; any number of listeners may call it, each tick is taken once. Of several missed ticks one is made up for, the number of the others is added to ticks_skipped. Returns the seconds until the next job is due; NULL: there is none.';
GRANT EXECUTE ON FUNCTION engine.run_due_jobs() TO calendar_sync_user;
