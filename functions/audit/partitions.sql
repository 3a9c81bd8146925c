CREATE OR REPLACE FUNCTION engine.audit_part(parent text, day date) RETURNS regclass
LANGUAGE sql STABLE
AS $$
    SELECT pg_catalog.to_regclass('sync.' || parent || pg_catalog.to_char(day, '_YYYY_MM'))
$$;
COMMENT ON FUNCTION engine.audit_part(text, date) IS 'The partition of an audit table for the month of a day (UTC); NULL: it is not there.';

CREATE OR REPLACE FUNCTION engine.ensure_audit_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    first_day date := date_trunc('month', month)::date;
    parent text;
    part text;
BEGIN
    IF engine.audit_part('calendar_sync_audit', month) IS NOT NULL
        AND engine.audit_part('policy_audit', month) IS NOT NULL
    THEN
        RETURN;
    END IF;
    -- One at a time; who comes second finds them made. Writers and sealing go on meanwhile.
    LOCK TABLE engine.audit_gate IN SHARE UPDATE EXCLUSIVE MODE;
    FOREACH parent IN ARRAY ARRAY['calendar_sync_audit', 'policy_audit'] LOOP
        CONTINUE WHEN engine.audit_part(parent, month) IS NOT NULL;
        part := parent || to_char(month, '_YYYY_MM');
        -- Attached and not created as a partition, which would wait for everybody who reads the audit, and everybody
        -- else behind it.
        EXECUTE format('CREATE TABLE sync.%I (LIKE sync.%I INCLUDING ALL EXCLUDING IDENTITY)', part, parent);
        EXECUTE format('COMMENT ON TABLE sync.%I IS %L', part,
            format('Rows of sync.%s of %s (UTC).', parent, to_char(month, 'YYYY-MM')));
        EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON sync.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION engine.append_only()', part);
        EXECUTE format('ALTER TABLE sync.%I ATTACH PARTITION sync.%I FOR VALUES FROM (%L) TO (%L)', parent, part,
            first_day::timestamp AT TIME ZONE 'UTC', (first_day + interval '1 month') AT TIME ZONE 'UTC');
        EXECUTE format('ALTER TABLE sync.%I ENABLE ALWAYS TRIGGER append_only_truncate', part);
        EXECUTE format('ALTER TABLE sync.%I ENABLE ALWAYS TRIGGER append_only', part);
        EXECUTE format('ALTER TABLE sync.%I ENABLE ALWAYS TRIGGER lock_audit_day', part);
    END LOOP;
END
$$;
-- Always both: sync.verify_audit can then tell that one was dropped.
COMMENT ON FUNCTION engine.ensure_audit_month(date) IS
'Makes the partitions of a month (UTC) of both audit tables where they are missing, append-only like their parents.';

CREATE OR REPLACE FUNCTION engine.ensure_audit_partitions() RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT engine.ensure_audit_month(
        (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + make_interval(months => m))::date)
    FROM generate_series(0, 3) AS m
$$;
COMMENT ON FUNCTION engine.ensure_audit_partitions() IS
'Makes the audit''s partitions of this month and the next three ahead of time.';

CREATE OR REPLACE FUNCTION engine.has_audit_month(month date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT count(*) = 2 FROM pg_inherits AS i
    WHERE i.inhrelid IN (
            engine.audit_part('calendar_sync_audit', month), engine.audit_part('policy_audit', month))
        AND i.inhparent IN ('sync.calendar_sync_audit'::regclass, 'sync.policy_audit'::regclass)
$$;
COMMENT ON FUNCTION engine.has_audit_month(date) IS 'Whether both audit tables can take rows of a month (UTC).';
-- Whoever reads bi.hub_health calls it.
GRANT EXECUTE ON FUNCTION engine.has_audit_month(date) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION engine.prepare_audit() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
-- Nobody waits long for a month that is far away.
SET lock_timeout = '3s'
AS $$
DECLARE
    problem text;
BEGIN
    PERFORM engine.ensure_audit_month((clock_timestamp() AT TIME ZONE 'UTC')::date);
    BEGIN
        PERFORM engine.ensure_audit_partitions();
    EXCEPTION WHEN OTHERS THEN
        problem := SQLSTATE;
        RAISE WARNING 'the audit''s partitions of the coming months cannot be made: % (%)', SQLERRM, problem;
    END;
    IF problem IS NOT NULL THEN
        -- Not if somebody is at it: then it is said there.
        PERFORM FROM sync.housekeeping AS h FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE sync.housekeeping AS h SET last_error = problem;
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.prepare_audit() IS
'What a listener that starts needs of the audit: this month''s partitions. Those of the coming ones too, if they can be made: bi.hub_health says so if not.';
