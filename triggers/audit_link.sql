-- Made from the list engine.audited_columns: each column is compared by itself, and only what changed becomes JSON.
-- Turning both rows into JSON and comparing that would cost more than all the rest of an update.
DO $make$
DECLARE
    everything text := (
        SELECT string_agg(format('%1$L, link.%1$I', c.name), E',\n            ')
        FROM engine.audited_columns() AS c
        WHERE c.is_audited);
    compared text := (
        SELECT string_agg(format(
            $column$
        IF OLD.%1$I IS DISTINCT FROM NEW.%1$I THEN
            was := was || jsonb_build_object(%1$L, OLD.%1$I);
            is_now := is_now || jsonb_build_object(%1$L, NEW.%1$I);
        END IF;$column$, c.name), '')
        FROM engine.audited_columns() AS c
        WHERE c.is_audited);
BEGIN
    EXECUTE format($function$
CREATE OR REPLACE FUNCTION engine.audit_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- The values are the same whoever writes them.
SET timezone = 'UTC'
AS $body$
DECLARE
    link sync.calendar_sync;
    was jsonb;
    is_now jsonb;
    run record;
    written_for timestamptz;
BEGIN
    -- What changed ------------------------------------------------------------------
    IF TG_OP = 'UPDATE' THEN
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NULL;
        END IF;
        link := NEW;
        was := '{}';
        is_now := '{}';%1$s
    ELSE
        link := CASE TG_OP WHEN 'INSERT' THEN NEW ELSE OLD END;
        was := jsonb_build_object(
            %2$s);
        IF TG_OP = 'INSERT' THEN
            is_now := was;
            was := NULL;
        END IF;
    END IF;

    -- By whom, and when -------------------------------------------------------------
    written_for := engine.audit_time();
    run := engine.audit_run();
    IF engine.audit_part('calendar_sync_audit', (written_for AT TIME ZONE 'UTC')::date) IS NULL THEN
        PERFORM engine.ensure_audit_month((written_for AT TIME ZONE 'UTC')::date);
    END IF;
    INSERT INTO sync.calendar_sync_audit (
        sync_id, action, "timestamp", employee_kuerzel, run_id, phase,
        actor, application, transaction_id,
        old_values, new_values,
        login, statement_at, written_at)
    VALUES (
        link.sync_id, TG_OP, written_for, link.employee_kuerzel, run.run_id, run.phase,
        session_user, current_setting('application_name', true), pg_current_xact_id()::text::bigint,
        nullif(was, '{}'), nullif(is_now, '{}'),
        engine.audit_login(), statement_timestamp(), clock_timestamp());
    RETURN NULL;
END
$body$
$function$, compared, everything);
END
$make$;
COMMENT ON FUNCTION engine.audit_link() IS
'Writes every change of a link to sync.calendar_sync_audit: who, by which application, in which run, and what changed. No fingerprint.';

CALL pg_temp.make_trigger('sync.calendar_sync', 'audit_link', 'AFTER INSERT OR DELETE OR UPDATE',
    'FOR EACH ROW EXECUTE FUNCTION engine.audit_link()', always => true);
