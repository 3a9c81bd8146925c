CREATE OR REPLACE FUNCTION engine.audit_policy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET intervalstyle = 'postgres'
AS $$
DECLARE
    -- What only runs change is not policy.
    not_policy CONSTANT text[] := ARRAY[
        'last_good_sync', 'next_run_at', 'last_run_at', 'last_request_id', 'ticks_skipped', 'last_error', 'only_row'];
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    row_key text := coalesce(after, before) ->> TG_ARGV[0];
    written_for timestamptz;
    run record;
    was jsonb;
    is_now jsonb;
BEGIN
    SELECT
        CASE WHEN TG_OP <> 'INSERT' THEN jsonb_object_agg(v.key, before -> v.key) END,
        CASE WHEN TG_OP <> 'DELETE' THEN jsonb_object_agg(v.key, after -> v.key) END
    INTO was, is_now
    FROM jsonb_each(coalesce(after, before) - not_policy) AS v
    WHERE TG_OP <> 'UPDATE'
        OR v.value <> before -> v.key;
    IF was IS NULL AND is_now IS NULL THEN
        RETURN NULL;
    END IF;
    -- A request with full_content = false changes policy through its own trigger (engine.turn_anonymity_on). What a
    -- person's session says of itself is not believed.
    IF pg_trigger_depth() > 1 THEN
        is_now := is_now || coalesce(nullif(current_setting('sync.asked', true), '')::jsonb, '{}');
    END IF;
    written_for := engine.audit_time();
    run := engine.audit_run();
    PERFORM engine.ensure_audit_month((written_for AT TIME ZONE 'UTC')::date);
    INSERT INTO sync.policy_audit (
        table_name, row_key, action, "timestamp", run_id, phase,
        actor, application, transaction_id,
        old_values, new_values,
        login, statement_at, written_at)
    VALUES (
        TG_TABLE_NAME, row_key, TG_OP, written_for, run.run_id, run.phase,
        session_user, current_setting('application_name', true), pg_current_xact_id()::text::bigint,
        was, is_now,
        engine.audit_login(), statement_timestamp(), clock_timestamp());
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION engine.audit_policy() IS
'Writes every change of policy and schedule to sync.policy_audit. The trigger''s argument names the key column.';

CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.employee
    FOR EACH ROW EXECUTE FUNCTION engine.audit_policy('kuerzel');
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.setting
    FOR EACH ROW EXECUTE FUNCTION engine.audit_policy('only_row');
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.job
    FOR EACH ROW EXECUTE FUNCTION engine.audit_policy('jobid');
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.approval
    FOR EACH ROW EXECUTE FUNCTION engine.audit_policy('approval_id');
ALTER TABLE sync.employee ENABLE ALWAYS TRIGGER audit_policy;
ALTER TABLE sync.setting ENABLE ALWAYS TRIGGER audit_policy;
ALTER TABLE sync.job ENABLE ALWAYS TRIGGER audit_policy;
ALTER TABLE sync.approval ENABLE ALWAYS TRIGGER audit_policy;
-- What a person sets, and so stops sealing; not what housekeeping says of itself, as the owner on behalf of a listener.
CREATE OR REPLACE TRIGGER audit_policy AFTER UPDATE OF next_at ON sync.housekeeping
    FOR EACH ROW WHEN (
        OLD.next_at IS DISTINCT FROM NEW.next_at
        AND NOT (
            current_user = 'calendar_sync_owner'
            AND pg_catalog.pg_has_role(session_user, 'calendar_sync_user', 'MEMBER')))
    EXECUTE FUNCTION engine.audit_policy('only_row');
ALTER TABLE sync.housekeeping ENABLE ALWAYS TRIGGER audit_policy;

CREATE OR REPLACE FUNCTION engine.stamp_retention() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Whoever writes the record by hand is named all the same.
    NEW.dropped_by := coalesce(engine.audit_login(), session_user);
    NEW.dropped_at := clock_timestamp();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION engine.stamp_retention() IS
'Writes who dropped a month of the audit and when into its record, whatever the statement says.';
CREATE OR REPLACE TRIGGER stamp_retention BEFORE INSERT ON sync.audit_retention
    FOR EACH ROW EXECUTE FUNCTION engine.stamp_retention();
ALTER TABLE sync.audit_retention ENABLE ALWAYS TRIGGER stamp_retention;
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT ON sync.audit_retention
    FOR EACH ROW EXECUTE FUNCTION engine.audit_policy('month');
ALTER TABLE sync.audit_retention ENABLE ALWAYS TRIGGER audit_policy;
