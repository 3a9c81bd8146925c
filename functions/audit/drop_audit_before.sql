CREATE OR REPLACE FUNCTION engine.audit_is_empty_before(until timestamptz) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT NOT EXISTS (SELECT FROM sync.calendar_sync_audit AS a WHERE a."timestamp" < until)
        AND NOT EXISTS (SELECT FROM sync.policy_audit AS p WHERE p."timestamp" < until)
$$;
COMMENT ON FUNCTION engine.audit_is_empty_before(timestamptz) IS 'Whether neither audit table holds a row from before an instant.';

CREATE OR REPLACE FUNCTION sync.drop_audit_before(before date DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Dropping waits for everybody who reads or writes the audit, and everybody else behind it.
SET lock_timeout = '3s'
AS $$
DECLARE
    kept_from date := (SELECT ((clock_timestamp() - s.keep_audit) AT TIME ZONE 'UTC')::date FROM sync.setting AS s);
    first_seal date := (SELECT min(s.day) FROM sync.audit_seal AS s);
    first_day date;
    next_month date;
    is_sealed boolean;
    dropped integer := 0;
BEGIN
    IF before > kept_from THEN
        RAISE EXCEPTION 'before: %; sync.setting.keep_audit keeps everything from % on, '
            'allowed: that day and earlier ones', before, kept_from USING ERRCODE = '22023';
    END IF;
    FOR first_day IN
        SELECT DISTINCT to_date(right(c.relname, 7), 'YYYY_MM') AS m
        FROM pg_inherits AS i
        JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('sync.calendar_sync_audit'::regclass, 'sync.policy_audit'::regclass)
        ORDER BY m
    LOOP
        next_month := first_day + interval '1 month';
        EXIT WHEN next_month > coalesce(before, kept_from);
        is_sealed := EXISTS (SELECT FROM sync.audit_seal AS s WHERE s.day = next_month - 1);
        -- Before the first seal there will never be one, and no row either: those from before it are refused.
        IF NOT is_sealed
            AND NOT coalesce(
                next_month <= first_seal
                AND engine.audit_is_empty_before(next_month::timestamp AT TIME ZONE 'UTC'), false)
        THEN
            -- What has no seal cannot be accounted for afterwards.
            EXIT WHEN before IS NULL;
            RAISE EXCEPTION 'the audit of % is not sealed to its end and cannot be dropped',
                to_char(first_day, 'YYYY-MM')
                USING ERRCODE = '55000', HINT = 'SELECT sync.seal_audit();';
        END IF;
        EXECUTE format('DROP TABLE IF EXISTS sync.calendar_sync_audit_%1$s, sync.policy_audit_%1$s',
            to_char(first_day, 'YYYY_MM'));
        IF is_sealed THEN
            INSERT INTO sync.audit_retention (month, rows, last_digest)
            SELECT first_day, sum(s.rows), (array_agg(s.digest ORDER BY s.day DESC))[1]
            FROM sync.audit_seal AS s
            WHERE s.day >= first_day
                AND s.day < next_month;
        END IF;
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
-- before NULL: as many months as keep_audit allows and seals cover. The only way in which audit rows go; each month
-- leaves a record in sync.audit_retention, but for those before the first seal, with which nothing is lost.
-- 22023: keep_audit still keeps that day. 55000: a month before it is not sealed. 55P03: the audit is busy, call again.
COMMENT ON FUNCTION sync.drop_audit_before(date) IS
'Retention: drops the audit of whole months (UTC) that ended before a day (NULL: what keep_audit gives up). Returns how many months.';
GRANT EXECUTE ON FUNCTION sync.drop_audit_before(date) TO calendar_sync_operator;
