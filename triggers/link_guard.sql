CREATE OR REPLACE FUNCTION engine.guard_link() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.sync_id, NEW.employee_kuerzel, NEW.created_at)
            IS DISTINCT FROM (OLD.sync_id, OLD.employee_kuerzel, OLD.created_at)
        THEN
            RAISE EXCEPTION 'link %: sync_id, employee_kuerzel and created_at never change', OLD.sync_id
                USING ERRCODE = '23514';
        END IF;
        IF NEW.source_system <> OLD.source_system AND NOT (OLD.deleted AND NOT NEW.deleted) THEN
            RAISE EXCEPTION 'link %: source_system changes only when a deleted link is revived', OLD.sync_id
                USING ERRCODE = '23514';
        END IF;
        IF NEW.google_event_id IS DISTINCT FROM OLD.google_event_id THEN
            NEW.times_hidden := 0;
        END IF;
    ELSIF NOT NEW.deleted AND NEW.source_system = 'google'
        AND NEW.advoware_frnr IS NULL
        AND NEW.google_event_id IS NULL
    THEN
        RAISE EXCEPTION 'link %: a new link needs the id of its living side', NEW.sync_id USING ERRCODE = '23514';
    END IF;
    IF NOT NEW.deleted AND NEW.sync_status = 'synced'
        AND (NEW.advoware_frnr IS NULL OR NEW.google_event_id IS NULL)
    THEN
        RAISE EXCEPTION 'link %: a half link (advoware_frnr %, google_event_id %) cannot be synced; '
            'allowed: pending and failed', NEW.sync_id,
            coalesce(NEW.advoware_frnr::text, 'missing'),
            CASE WHEN NEW.google_event_id IS NULL THEN 'missing' ELSE 'there' END USING ERRCODE = '23514';
    END IF;
    IF NEW.advoware_frnr < 0 AND NEW.advoware_write_allowed THEN
        RAISE EXCEPTION 'link %: Termin % is derived and cannot be written; advoware_write_allowed has to be false',
            NEW.sync_id, NEW.advoware_frnr USING ERRCODE = '23514';
    END IF;
    IF NEW.sync_status = 'failed' AND NEW.last_error IS NULL THEN
        NEW.last_error := 'unknown';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION engine.guard_link() IS
'The one place that says which states and transitions of a link are legal, for functions and people alike. Raises 23514.';

CALL pg_temp.make_trigger('sync.calendar_sync', 'guard_link', 'BEFORE INSERT OR UPDATE',
    'FOR EACH ROW EXECUTE FUNCTION engine.guard_link()');
