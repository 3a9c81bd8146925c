CREATE OR REPLACE FUNCTION engine.check_job() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    zone text;
    missing text := CASE
        WHEN NEW.active IS NULL THEN 'active'
        WHEN NEW.full_content IS NULL THEN 'full_content'
        WHEN NEW.recheck IS NULL THEN 'recheck'
        WHEN NEW.dry_run IS NULL THEN 'dry_run' END;
BEGIN
    -- What it asks for ---------------------------------------------------------------
    IF btrim(NEW.jobname) = '' THEN
        RAISE EXCEPTION 'jobname is empty; expected a name, or NULL for a job without one' USING ERRCODE = '22023';
    END IF;
    IF length(NEW.jobname) > 100 THEN
        RAISE EXCEPTION 'jobname: "%…" has % characters; allowed: 100', left(NEW.jobname, 40), length(NEW.jobname)
            USING ERRCODE = '22023';
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '%: NULL; allowed: true and false', missing USING ERRCODE = '22023';
    END IF;
    PERFORM engine.require_phase(NEW.phase);
    IF NEW.employee_kuerzel IS NOT NULL THEN
        PERFORM engine.require_employee('employee_kuerzel', NEW.employee_kuerzel);
    END IF;

    -- When ---------------------------------------------------------------------------
    IF NEW.schedule IS NULL THEN
        RAISE EXCEPTION 'schedule is missing; expected a cron expression such as "*/10 7-19 * * mon-fri"'
            USING ERRCODE = '22023';
    END IF;
    IF TG_OP = 'INSERT' OR NEW.time_zone IS DISTINCT FROM OLD.time_zone THEN
        -- PostgreSQL would take "Berlin3" for a zone of its own; these are the ones that know about clock changes.
        SELECT z.name INTO zone
        FROM pg_timezone_names AS z
        WHERE lower(z.name) = lower(left(NEW.time_zone, 100))
        LIMIT 1;
        IF zone IS NULL THEN
            RAISE EXCEPTION 'time_zone: "%" is unknown; allowed: names such as Europe/Berlin, America/New_York, UTC',
                coalesce(left(NEW.time_zone, 60), 'NULL')
                USING ERRCODE = '22023', HINT = 'SELECT name FROM pg_timezone_names ORDER BY name shows all.';
        END IF;
        NEW.time_zone := zone;
    END IF;
    -- Read even when paused: what is stored can be read.
    PERFORM engine.parse_schedule(NEW.schedule);
    IF TG_OP = 'INSERT' OR NOT NEW.active OR NEW.next_run_at IS NULL
        OR (NEW.schedule, NEW.time_zone, NEW.active) IS DISTINCT FROM (OLD.schedule, OLD.time_zone, OLD.active)
    THEN
        NEW.next_run_at := CASE WHEN NEW.active THEN sync.next_run(NEW.schedule, NEW.time_zone, clock_timestamp()) END;
    END IF;
    NEW.last_error := NULL;
    RETURN NEW;
END
$$;
-- A paused job is never due; changing anything but schedule, time_zone and active leaves the next tick where it is.
COMMENT ON FUNCTION engine.check_job() IS
'Checks a schedule row and says when it is due next. Raises 22023 that names the field, the value and what is allowed.';

-- By columns: ticking itself changes none of these.
CALL pg_temp.make_trigger('sync.job', 'check_job',
    'BEFORE INSERT OR UPDATE '
    'OF jobname, schedule, time_zone, phase, employee_kuerzel, full_content, recheck, dry_run, active',
    'FOR EACH ROW EXECUTE FUNCTION engine.check_job()');
CALL pg_temp.make_trigger('sync.job', 'notify_queue', 'AFTER INSERT OR UPDATE OF schedule, time_zone, active',
    'FOR EACH STATEMENT EXECUTE FUNCTION engine.notify_queue()');
