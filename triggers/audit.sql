CREATE OR REPLACE FUNCTION sync.ensure_audit_partition(parent text, month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    first_day date := date_trunc('month', month)::date;
    part text := format('%s_%s', parent, to_char(first_day, 'YYYY_MM'));
BEGIN
    IF parent NOT IN ('calendar_sync_audit', 'policy_audit') THEN
        RAISE EXCEPTION 'parent: "%" is no audit table; allowed are calendar_sync_audit and policy_audit', parent USING ERRCODE = '22023';
    END IF;
    IF to_regclass(format('sync.%I', part)) IS NOT NULL THEN
        RETURN;
    END IF;
    -- One at a time; who comes second finds it made.
    PERFORM pg_advisory_xact_lock(hashtextextended('sync.' || parent, 0));
    IF to_regclass(format('sync.%I', part)) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE sync.%I PARTITION OF sync.%I FOR VALUES FROM (%L) TO (%L)', part, parent,
        first_day::timestamp AT TIME ZONE 'UTC', (first_day + interval '1 month') AT TIME ZONE 'UTC');
    EXECUTE format('COMMENT ON TABLE sync.%I IS %L', part, format('Rows of sync.%s of %s (UTC).', parent, to_char(first_day, 'YYYY-MM')));
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON sync.%I FOR EACH STATEMENT EXECUTE FUNCTION sync.append_only()', part);
    EXECUTE format('ALTER TABLE sync.%I ENABLE ALWAYS TRIGGER append_only_truncate', part);
    EXECUTE format('ALTER TABLE sync.%I ENABLE ALWAYS TRIGGER append_only', part);
    EXECUTE format('REVOKE ALL ON sync.%I FROM PUBLIC', part);
END
$$;
COMMENT ON FUNCTION sync.ensure_audit_partition(text, date) IS 'Makes the monthly partition (UTC) of an audit table if it is missing, append-only like its parent.';
REVOKE ALL ON FUNCTION sync.ensure_audit_partition(text, date) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.ensure_audit_partitions() RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT sync.ensure_audit_partition(p, (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + make_interval(months => m))::date)
    FROM unnest(ARRAY['calendar_sync_audit', 'policy_audit']) AS p, generate_series(0, 3) AS m
$$;
COMMENT ON FUNCTION sync.ensure_audit_partitions() IS 'Makes the audit''s partitions of this month and the next three ahead of time.';
REVOKE ALL ON FUNCTION sync.ensure_audit_partitions() FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.append_only() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is not allowed', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP USING ERRCODE = '55000',
        HINT = 'Audit rows are neither changed nor removed, not even by the owner.';
END
$$;
COMMENT ON FUNCTION sync.append_only() IS 'Refuses UPDATE, DELETE and TRUNCATE on audit tables for everybody, session_replication_role = replica included.';
REVOKE ALL ON FUNCTION sync.append_only() FROM PUBLIC;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON sync.calendar_sync_audit FOR EACH ROW EXECUTE FUNCTION sync.append_only();
CREATE OR REPLACE TRIGGER append_only_truncate BEFORE TRUNCATE ON sync.calendar_sync_audit FOR EACH STATEMENT EXECUTE FUNCTION sync.append_only();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON sync.policy_audit FOR EACH ROW EXECUTE FUNCTION sync.append_only();
CREATE OR REPLACE TRIGGER append_only_truncate BEFORE TRUNCATE ON sync.policy_audit FOR EACH STATEMENT EXECUTE FUNCTION sync.append_only();
ALTER TABLE sync.calendar_sync_audit ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE sync.calendar_sync_audit ENABLE ALWAYS TRIGGER append_only_truncate;
ALTER TABLE sync.policy_audit ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE sync.policy_audit ENABLE ALWAYS TRIGGER append_only_truncate;
SELECT sync.ensure_audit_partitions() \g /dev/null

CREATE OR REPLACE FUNCTION sync.changed_values(old_row jsonb, new_row jsonb, hidden text[], OUT old_values jsonb, OUT new_values jsonb)
LANGUAGE sql IMMUTABLE
AS $$
    SELECT
        (SELECT jsonb_object_agg(o.key, o.value) FROM jsonb_each(old_row) AS o
         WHERE o.key <> ALL (hidden) AND (new_row IS NULL OR o.value IS DISTINCT FROM new_row -> o.key)),
        (SELECT jsonb_object_agg(n.key, n.value) FROM jsonb_each(new_row) AS n
         WHERE n.key <> ALL (hidden) AND (old_row IS NULL OR n.value IS DISTINCT FROM old_row -> n.key))
$$;
COMMENT ON FUNCTION sync.changed_values(jsonb, jsonb, text[]) IS 'Old and new values of the columns that differ between two states of a row, without the hidden columns.';
REVOKE ALL ON FUNCTION sync.changed_values(jsonb, jsonb, text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.audit_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    link sync.calendar_sync := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    values_of record;
BEGIN
    IF before IS NOT DISTINCT FROM after THEN
        RETURN NULL;
    END IF;
    values_of := sync.changed_values(before, after, ARRAY['advoware_fingerprint', 'google_fingerprint', 'meant_fingerprint',
        'meant_time_fingerprint', 'missed_fingerprint', 'refused_basis']);
    PERFORM sync.ensure_audit_partition('calendar_sync_audit', (now() AT TIME ZONE 'UTC')::date);
    INSERT INTO sync.calendar_sync_audit (sync_id, action, employee_kuerzel, run_id, phase, actor, application, transaction_id, old_values, new_values)
    VALUES (link.sync_id, TG_OP, link.employee_kuerzel,
        nullif(current_setting('sync.run_id', true), '')::bigint, nullif(current_setting('sync.phase', true), '')::smallint,
        session_user, current_setting('application_name', true), pg_current_xact_id()::text::bigint, values_of.old_values, values_of.new_values);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION sync.audit_link() IS 'Writes every change of a link to sync.calendar_sync_audit: who, by which application, in which run and phase, and what changed. No fingerprint, etag or token.';
REVOKE ALL ON FUNCTION sync.audit_link() FROM PUBLIC;

CREATE OR REPLACE TRIGGER audit_link AFTER INSERT OR UPDATE OR DELETE ON sync.calendar_sync FOR EACH ROW EXECUTE FUNCTION sync.audit_link();
ALTER TABLE sync.calendar_sync ENABLE ALWAYS TRIGGER audit_link;

CREATE OR REPLACE FUNCTION sync.audit_policy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    values_of record;
BEGIN
    -- What only runs change is not policy.
    values_of := sync.changed_values(before, after, ARRAY['last_good_sync', 'next_run_at', 'last_run_at', 'last_request_id', 'ticks_skipped', 'only_row']);
    IF values_of.old_values IS NULL AND values_of.new_values IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM sync.ensure_audit_partition('policy_audit', (now() AT TIME ZONE 'UTC')::date);
    INSERT INTO sync.policy_audit (table_name, row_key, action, actor, application, transaction_id, old_values, new_values)
    VALUES (TG_TABLE_NAME, coalesce(after, before) ->> TG_ARGV[0], TG_OP, session_user, current_setting('application_name', true),
        pg_current_xact_id()::text::bigint, values_of.old_values, values_of.new_values);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION sync.audit_policy() IS 'Writes every change of policy and schedule to sync.policy_audit. The trigger''s argument names the key column.';
REVOKE ALL ON FUNCTION sync.audit_policy() FROM PUBLIC;

CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.employee FOR EACH ROW EXECUTE FUNCTION sync.audit_policy('kuerzel');
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.setting FOR EACH ROW EXECUTE FUNCTION sync.audit_policy('only_row');
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.job FOR EACH ROW EXECUTE FUNCTION sync.audit_policy('jobid');
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.approval FOR EACH ROW EXECUTE FUNCTION sync.audit_policy('approval_id');
ALTER TABLE sync.employee ENABLE ALWAYS TRIGGER audit_policy;
ALTER TABLE sync.setting ENABLE ALWAYS TRIGGER audit_policy;
ALTER TABLE sync.job ENABLE ALWAYS TRIGGER audit_policy;
ALTER TABLE sync.approval ENABLE ALWAYS TRIGGER audit_policy;
