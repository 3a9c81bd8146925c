CREATE OR REPLACE FUNCTION engine.audit_partition_problem(seal sync.audit_seal) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN p.there = 2 THEN NULL
        -- What never held a row is not missed.
        WHEN p.there = 1 THEN CASE WHEN (SELECT d.rows FROM engine.audit_day_digest((seal).day) AS d) < (seal).rows THEN 'a partition of this month is missing' END
        WHEN r.month IS NOT NULL THEN CASE WHEN EXISTS (
                SELECT 1 FROM sync.audit_seal AS s WHERE s.day = (r.month + interval '1 month')::date - 1 AND s.digest <> r.last_digest)
                OR ((seal).day = (r.month + interval '1 month')::date - 1 AND r.rows <> (SELECT sum(s.rows) FROM sync.audit_seal AS s WHERE s.day >= r.month AND s.day < r.month + interval '1 month'))
            THEN 'the record of retention does not fit the seals' END
        -- A day without rows needs no partition.
        WHEN (seal).rows > 0 THEN 'the partitions of this month are missing, and sync.audit_retention has no record of it' END
    FROM (SELECT count(*) AS there FROM unnest(ARRAY['calendar_sync_audit', 'policy_audit']) AS parent
          WHERE to_regclass(format('sync.%s_%s', parent, to_char((seal).day, 'YYYY_MM'))) IS NOT NULL) AS p
    LEFT JOIN sync.audit_retention AS r ON r.month = date_trunc('month', (seal).day::timestamp)::date
$$;
COMMENT ON FUNCTION engine.audit_partition_problem(sync.audit_seal) IS 'What is wrong with the partitions of a sealed day: missing although nothing says that retention dropped them; NULL: nothing.';

CREATE OR REPLACE FUNCTION sync.drop_audit_before(before date DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Dropping waits for everybody who reads or writes the audit, and everybody else behind it.
SET lock_timeout = '3s'
AS $$
DECLARE
    kept_from date := (SELECT ((clock_timestamp() - s.keep_audit) AT TIME ZONE 'UTC')::date FROM sync.setting AS s);
    first_day date;
    dropped integer := 0;
    first_seal date := (SELECT min(s.day) FROM sync.audit_seal AS s);
    is_empty boolean;
BEGIN
    IF before > kept_from THEN
        RAISE EXCEPTION 'before: %; sync.setting.keep_audit keeps everything from % on, allowed are that day and earlier ones', before, kept_from USING ERRCODE = '22023';
    END IF;
    FOR first_day IN
        SELECT DISTINCT to_date(right(c.relname, 7), 'YYYY_MM') AS m
        FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('sync.calendar_sync_audit'::regclass, 'sync.policy_audit'::regclass)
        ORDER BY m
    LOOP
        EXIT WHEN first_day + interval '1 month' > coalesce(before, kept_from);
        IF first_day + interval '1 month' <= first_seal THEN
            -- No seal will ever come for it, and no row either: those from before the first seal are refused.
            SELECT NOT EXISTS (SELECT 1 FROM sync.calendar_sync_audit AS a WHERE a."timestamp" < (first_day + interval '1 month') AT TIME ZONE 'UTC')
                AND NOT EXISTS (SELECT 1 FROM sync.policy_audit AS p WHERE p."timestamp" < (first_day + interval '1 month') AT TIME ZONE 'UTC') INTO is_empty;
            IF is_empty THEN
                EXECUTE format('DROP TABLE IF EXISTS sync.calendar_sync_audit_%1$s, sync.policy_audit_%1$s', to_char(first_day, 'YYYY_MM'));
                dropped := dropped + 1;
                CONTINUE;
            END IF;
        END IF;
        -- What has no seal cannot be accounted for afterwards.
        IF NOT EXISTS (SELECT 1 FROM sync.audit_seal AS s WHERE s.day = (first_day + interval '1 month')::date - 1) THEN
            EXIT WHEN before IS NULL;
            RAISE EXCEPTION 'the audit of % is not sealed to its end and cannot be dropped', to_char(first_day, 'YYYY-MM') USING ERRCODE = '55000', HINT = 'SELECT sync.seal_audit();';
        END IF;
        EXECUTE format('DROP TABLE IF EXISTS sync.calendar_sync_audit_%1$s, sync.policy_audit_%1$s', to_char(first_day, 'YYYY_MM'));
        INSERT INTO sync.audit_retention (month, rows, last_digest)
        SELECT first_day, sum(s.rows), (array_agg(s.digest ORDER BY s.day DESC))[1]
        FROM sync.audit_seal AS s WHERE s.day >= first_day AND s.day < first_day + interval '1 month';
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION sync.drop_audit_before(date) IS 'Retention: drops the audit''s partitions of whole months (UTC) that ended before that day, NULL: as many as sync.setting.keep_audit allows and seals cover, and leaves a record of each month in sync.audit_retention (but of months before the first seal, which hold no row: nothing is lost with them). The only way in which audit rows go. Returns how many months. Raises 22023 for a day that keep_audit still keeps, 55000 for a month before it that is not sealed, 55P03 when the audit is busy: call it again.';
GRANT EXECUTE ON FUNCTION sync.drop_audit_before(date) TO calendar_sync_operator;
