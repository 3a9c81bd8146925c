CREATE OR REPLACE FUNCTION engine.first_audit_day(since date DEFAULT '-infinity') RETURNS date
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (least(
        (SELECT min(a."timestamp") FROM sync.calendar_sync_audit AS a
         WHERE a."timestamp" >= since::timestamp AT TIME ZONE 'UTC'),
        (SELECT min(p."timestamp") FROM sync.policy_audit AS p
         WHERE p."timestamp" >= since::timestamp AT TIME ZONE 'UTC')
    ) AT TIME ZONE 'UTC')::date
$$;
COMMENT ON FUNCTION engine.first_audit_day(date) IS 'The first day (UTC), from a day on, of which either audit table has a row; NULL: there is none.';

CREATE OR REPLACE FUNCTION engine.audit_partition_problem(seal sync.audit_seal) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN p.there = 2 THEN NULL
        -- What never had a row is not missing.
        WHEN p.there = 1 THEN
            CASE WHEN (SELECT d.rows FROM engine.audit_day_digest((seal).day) AS d) < (seal).rows
                THEN 'a partition of this month is missing' END
        WHEN r.month IS NOT NULL THEN
            CASE WHEN month.last_digest <> r.last_digest OR ((seal).day = month.last_day AND month.rows <> r.rows)
                THEN 'the record of retention does not fit the seals' END
        -- A day without rows needs no partition.
        WHEN (seal).rows > 0 THEN
            'the partitions of this month are missing, and sync.audit_retention has no record of it'
        END
    FROM (
        SELECT (engine.audit_part('calendar_sync_audit', (seal).day) IS NOT NULL)::integer
            + (engine.audit_part('policy_audit', (seal).day) IS NOT NULL)::integer AS there
    ) AS p
    LEFT JOIN sync.audit_retention AS r ON r.month = date_trunc('month', (seal).day::timestamp)::date
    -- What the seals of that month say.
    CROSS JOIN LATERAL (
        SELECT
            (r.month + interval '1 month')::date - 1 AS last_day,
            (SELECT s.digest FROM sync.audit_seal AS s
             WHERE s.day = (r.month + interval '1 month')::date - 1) AS last_digest,
            (SELECT sum(s.rows) FROM sync.audit_seal AS s
             WHERE s.day >= r.month
                 AND s.day < r.month + interval '1 month') AS rows
    ) AS month
$$;
COMMENT ON FUNCTION engine.audit_partition_problem(sync.audit_seal) IS
'What is wrong with the partitions of a sealed day: missing although nothing says that retention dropped them; NULL: nothing.';

CREATE OR REPLACE FUNCTION engine.audit_seal_problem(
    seal sync.audit_seal, before sync.audit_seal, OUT day date, OUT problem text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        CASE WHEN p.problem = 'the seal is missing' THEN (before).day + 1 ELSE (seal).day END,
        p.problem
    FROM (
        SELECT CASE
            WHEN (before).day IS NULL AND (seal).previous_digest IS NOT NULL
                THEN 'the first seals are missing: this one continues an earlier one'
            WHEN (seal).digest <> engine.audit_seal_digest(
                    (seal).day, (seal).rows, (seal).rows_digest, (seal).previous_digest, (seal).sealed_at)
                THEN 'the seal was changed'
            WHEN (seal).day <> (before).day + 1
                THEN 'the seal is missing'
            WHEN (seal).previous_digest IS DISTINCT FROM (before).digest
                THEN 'the chain is broken: previous_digest is not the digest of the day before'
            END AS problem
    ) AS p
$$;
COMMENT ON FUNCTION engine.audit_seal_problem(sync.audit_seal, sync.audit_seal) IS
'What is wrong with a seal itself, or with its place behind the one before, and the day to be named; problem NULL: nothing.';

CREATE OR REPLACE FUNCTION engine.audit_rows_problem(seal sync.audit_seal) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN d.rows < (seal).rows THEN format('rows were removed: %s sealed, %s there', (seal).rows, d.rows)
        WHEN d.rows > (seal).rows THEN format('rows were added: %s sealed, %s there', (seal).rows, d.rows)
        WHEN d.rows_digest <> (seal).rows_digest THEN 'rows were changed'
        -- What no seal covers follows from what it covers.
        WHEN EXISTS (
            SELECT FROM sync.calendar_sync_audit AS a
            CROSS JOIN engine.audit_derived(a.action, a."timestamp", a.new_values) AS derived
            WHERE a."timestamp" >= (seal).day::timestamp AT TIME ZONE 'UTC'
                AND a."timestamp" < ((seal).day + 1)::timestamp AT TIME ZONE 'UTC'
                AND (a.day, a.change) IS DISTINCT FROM (derived.day, derived.change))
            THEN 'rows were changed'
        END
    FROM engine.audit_day_digest((seal).day) AS d
$$;
COMMENT ON FUNCTION engine.audit_rows_problem(sync.audit_seal) IS 'How the rows of a sealed day differ from its seal; NULL: they do not.';

CREATE OR REPLACE FUNCTION sync.verify_audit(since date DEFAULT NULL) RETURNS TABLE (day date, problem text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seal sync.audit_seal;
    before sync.audit_seal;
    stray date := engine.first_audit_day();
    closed date := ((clock_timestamp() - interval '3 days') AT TIME ZONE 'UTC')::date;
BEGIN
    IF stray < (SELECT min(s.day) FROM sync.audit_seal AS s) THEN
        RETURN QUERY SELECT stray, 'rows from before the first seal: rows were added, or the first seals removed';
        RETURN;
    END IF;
    FOR seal IN SELECT s.* FROM sync.audit_seal AS s ORDER BY s.day LOOP
        SELECT p.day, p.problem INTO day, problem FROM engine.audit_seal_problem(seal, before) AS p;
        IF problem IS NULL AND (since IS NULL OR seal.day >= since) THEN
            problem := engine.audit_partition_problem(seal);
            IF problem IS NULL
                AND coalesce(
                    engine.audit_part('calendar_sync_audit', seal.day),
                    engine.audit_part('policy_audit', seal.day)) IS NOT NULL
            THEN
                problem := engine.audit_rows_problem(seal);
            END IF;
        END IF;
        IF problem IS NOT NULL THEN
            RETURN NEXT;
            RETURN;
        END IF;
        before := seal;
    END LOOP;
    -- A record that is made up hides a month that somebody else has dropped, or will drop.
    SELECT r.month, engine.retention_problem(r) INTO day, problem FROM sync.audit_retention AS r
    WHERE engine.retention_problem(r) IS NOT NULL
    ORDER BY r.month
    LIMIT 1;
    IF FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;
    day := engine.first_audit_day(coalesce(before.day + 1, '-infinity'));
    IF day < closed THEN
        problem := 'not sealed, although it ended more than three days ago: '
            'sync.housekeeping tells whether sealing was stopped or fails';
        RETURN NEXT;
    END IF;
END
$$;
-- Rows changed, removed or added, a seal changed or missing, the chain broken, a partition gone without a record of
-- retention, a record of retention that cannot be true, rows that nobody has sealed for more than three days. The chain
-- of seals is always checked whole.
COMMENT ON FUNCTION sync.verify_audit(date) IS
'Names the first day (UTC) whose audit does not fit its seal, and the problem. No row: all is well. since: checks rows from that day on.';
GRANT EXECUTE ON FUNCTION sync.verify_audit(date) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
GRANT SELECT ON sync.audit_seal, sync.audit_retention TO calendar_sync_operator, calendar_sync_bi;
