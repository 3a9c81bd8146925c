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

CALL pg_temp.make_trigger('sync.employee', 'audit_policy', 'AFTER INSERT OR DELETE OR UPDATE',
    'FOR EACH ROW EXECUTE FUNCTION engine.audit_policy(''kuerzel'')', always => true);
CALL pg_temp.make_trigger('sync.setting', 'audit_policy', 'AFTER INSERT OR DELETE OR UPDATE',
    'FOR EACH ROW EXECUTE FUNCTION engine.audit_policy(''only_row'')', always => true);
CALL pg_temp.make_trigger('sync.job', 'audit_policy', 'AFTER INSERT OR DELETE OR UPDATE',
    'FOR EACH ROW EXECUTE FUNCTION engine.audit_policy(''jobid'')', always => true);
CALL pg_temp.make_trigger('sync.approval', 'audit_policy', 'AFTER INSERT OR DELETE OR UPDATE',
    'FOR EACH ROW EXECUTE FUNCTION engine.audit_policy(''approval_id'')', always => true);
-- What a person sets, and so stops sealing; not what housekeeping says of itself, as the owner on behalf of a listener.
CALL pg_temp.make_trigger('sync.housekeeping', 'audit_policy', 'AFTER UPDATE OF next_at',
    'FOR EACH ROW WHEN (((old.next_at IS DISTINCT FROM new.next_at) '
        'AND (NOT ((CURRENT_USER = ''calendar_sync_owner''::name) '
        'AND pg_has_role(SESSION_USER, ''calendar_sync_user''::name, ''MEMBER''::text))))) '
    'EXECUTE FUNCTION engine.audit_policy(''only_row'')', always => true);

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
CALL pg_temp.make_trigger('sync.audit_retention', 'stamp_retention', 'BEFORE INSERT',
    'FOR EACH ROW EXECUTE FUNCTION engine.stamp_retention()', always => true);
CALL pg_temp.make_trigger('sync.audit_retention', 'audit_policy', 'AFTER INSERT',
    'FOR EACH ROW EXECUTE FUNCTION engine.audit_policy(''month'')', always => true);
