CREATE OR REPLACE FUNCTION engine.check_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.status = 'rejected' THEN
        RETURN NEW;
    END IF;
    PERFORM engine.require_phase(NEW.phase);
    IF NEW.employee_kuerzel IS NOT NULL THEN
        PERFORM engine.require_employee('employee_kuerzel', NEW.employee_kuerzel);
    END IF;
    NEW.full_content := coalesce(NEW.full_content, true);
    NEW.recheck := coalesce(NEW.recheck, false);
    NEW.dry_run := coalesce(NEW.dry_run, false);
    NEW.status := 'waiting';
    NEW.merged_into := NULL;
    IF NOT NEW.full_content THEN
        NEW.message := engine.turn_anonymity_on(NEW);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION engine.check_request() IS
'Checks a request, which waits until a listener takes it; full_content = false turns anonymisation on. Raises 22023 that names the field and the value.';

CALL pg_temp.make_trigger('sync.request', 'check_request', 'BEFORE INSERT',
    'FOR EACH ROW EXECUTE FUNCTION engine.check_request()');

CREATE OR REPLACE FUNCTION engine.notify_queue() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM engine.wake_listeners();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION engine.notify_queue() IS
'Wakes the listeners, once per statement, with the constant payload "queue".';

CALL pg_temp.make_trigger('sync.request', 'notify_queue', 'AFTER INSERT',
    'FOR EACH STATEMENT EXECUTE FUNCTION engine.notify_queue()');
