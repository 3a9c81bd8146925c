CREATE OR REPLACE FUNCTION engine.check_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.status = 'rejected' THEN
        RETURN NEW;
    END IF;
    IF NEW.phase IS NOT NULL AND NEW.phase NOT BETWEEN 1 AND 4 THEN
        RAISE EXCEPTION
            'phase: % is not a phase; allowed are 1 (new in Advoware), 2 (new in Google), 3 (deleted), 4 (changed), '
            'or NULL for all', NEW.phase
            USING ERRCODE = '22023';
    END IF;
    IF NEW.employee_kuerzel IS NOT NULL
        AND NOT EXISTS (SELECT FROM sync.employee AS e WHERE e.kuerzel = NEW.employee_kuerzel)
    THEN
        RAISE EXCEPTION 'employee_kuerzel: "%" is unknown; known are %', left(NEW.employee_kuerzel, 40),
            coalesce((SELECT string_agg(e.kuerzel, ', ' ORDER BY e.kuerzel) FROM sync.employee AS e),
                'none yet (a listener reads them from Advoware when it starts)')
            USING ERRCODE = '22023';
    END IF;
    NEW.full_content := coalesce(NEW.full_content, false);
    NEW.dry_run := coalesce(NEW.dry_run, false);
    NEW.status := 'waiting';
    NEW.merged_into := NULL;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION engine.check_request() IS
'Checks a request at INSERT (phase, employee) with an error that names the field, the value and what is allowed. It waits until a listener takes it.';

CREATE OR REPLACE TRIGGER check_request BEFORE INSERT ON sync.request
    FOR EACH ROW EXECUTE FUNCTION engine.check_request();

CREATE OR REPLACE FUNCTION engine.notify_queue() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A constant: every commit that notifies takes a cluster-wide lock, and everyone connected can listen.
    PERFORM pg_notify('calendar_sync', 'queue');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION engine.notify_queue() IS
'Wakes the listeners, once per statement, with the constant payload "queue".';

CREATE OR REPLACE TRIGGER notify_queue AFTER INSERT ON sync.request
    FOR EACH STATEMENT EXECUTE FUNCTION engine.notify_queue();
