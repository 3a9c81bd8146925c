CREATE OR REPLACE FUNCTION sync.schedule(
    jobname text, schedule text, phase integer DEFAULT NULL, employee text DEFAULT NULL,
    full_content boolean DEFAULT true, recheck boolean DEFAULT false, dry_run boolean DEFAULT false,
    time_zone text DEFAULT 'Europe/Berlin') RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id bigint;
BEGIN
    INSERT INTO sync.job AS j (jobname, schedule, time_zone, phase, employee_kuerzel, full_content, recheck, dry_run)
    VALUES (schedule.jobname, schedule.schedule, schedule.time_zone, schedule.phase, schedule.employee,
        coalesce(schedule.full_content, true), coalesce(schedule.recheck, false), coalesce(schedule.dry_run, false))
    ON CONFLICT ON CONSTRAINT job_jobname_key DO UPDATE
    SET schedule = excluded.schedule,
        time_zone = excluded.time_zone,
        phase = excluded.phase,
        employee_kuerzel = excluded.employee_kuerzel,
        full_content = excluded.full_content,
        recheck = excluded.recheck,
        dry_run = excluded.dry_run
    RETURNING j.jobid INTO id;
    RETURN id;
END
$$;
-- As cron.schedule: the row of that name becomes exactly what is given; a paused job stays paused. phase and employee
-- NULL: all.
COMMENT ON FUNCTION sync.schedule(text, text, integer, text, boolean, boolean, boolean, text) IS
'Makes or changes the schedule row of jobname (schedule, time_zone, full_content, recheck, dry_run). Returns its jobid. Raises 22023.';
GRANT EXECUTE ON FUNCTION sync.schedule(text, text, integer, text, boolean, boolean, boolean, text)
    TO calendar_sync_operator;

CREATE OR REPLACE FUNCTION sync.unschedule(jobname text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM sync.job AS j WHERE j.jobname = unschedule.jobname;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'jobname: there is no job "%"; there are %', left(jobname, 60),
            coalesce((SELECT string_agg(j.jobname, ', ' ORDER BY j.jobname) FROM sync.job AS j), 'none')
            USING ERRCODE = '22023',
                HINT = 'A job without a name is removed by its number: SELECT sync.unschedule(17).';
    END IF;
    RETURN true;
END
$$;
-- As cron.unschedule. To pause it instead: UPDATE sync.job SET active = false.
COMMENT ON FUNCTION sync.unschedule(text) IS
'Removes the schedule row of that name (jobname); its requests stay. Raises 22023 if there is none.';
GRANT EXECUTE ON FUNCTION sync.unschedule(text) TO calendar_sync_operator;

CREATE OR REPLACE FUNCTION sync.unschedule(jobid bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM sync.job AS j WHERE j.jobid = unschedule.jobid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'jobid: there is no job %', jobid
            USING ERRCODE = '22023', HINT = 'SELECT jobid, jobname, schedule FROM sync.job shows them.';
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION sync.unschedule(bigint) IS 'Removes the schedule row of that number (jobid). Raises 22023 if there is none.';
GRANT EXECUTE ON FUNCTION sync.unschedule(bigint) TO calendar_sync_operator;
