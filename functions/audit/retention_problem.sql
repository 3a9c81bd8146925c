CREATE OR REPLACE FUNCTION engine.keep_audit_at(moment timestamptz) RETURNS interval
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(
        (SELECT (p.new_values ->> 'keep_audit')::interval FROM sync.policy_audit AS p
         WHERE p.table_name = 'setting'
             AND p.new_values ? 'keep_audit'
             AND coalesce(p.written_at, p."timestamp") <= moment
         ORDER BY p.id DESC
         LIMIT 1),
        (SELECT (p.old_values ->> 'keep_audit')::interval FROM sync.policy_audit AS p
         WHERE p.table_name = 'setting'
             AND p.old_values ? 'keep_audit'
             AND coalesce(p.written_at, p."timestamp") > moment
         ORDER BY p.id
         LIMIT 1),
        (SELECT s.keep_audit FROM sync.setting AS s))
$$;
COMMENT ON FUNCTION engine.keep_audit_at(timestamptz) IS 'What sync.setting.keep_audit was at a moment, by the audit of its changes.';

CREATE OR REPLACE FUNCTION engine.retention_problem(record sync.audit_retention) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN engine.audit_part('calendar_sync_audit', (record).month) IS NOT NULL
                OR engine.audit_part('policy_audit', (record).month) IS NOT NULL
            THEN 'the record of retention is made up: it says that this month was dropped, and it is there'
        WHEN (record).month + interval '1 month'
                > (((record).dropped_at - engine.keep_audit_at((record).dropped_at)) AT TIME ZONE 'UTC')::date
            THEN format('the record of retention is made up (by %s, %s): keep_audit kept this month then',
                (record).dropped_by, to_char((record).dropped_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'))
        WHEN NOT EXISTS (
                SELECT FROM sync.audit_seal AS s
                WHERE s.day = ((record).month + interval '1 month')::date - 1)
            THEN 'the record of retention is made up: this month is not sealed to its end, and is never dropped before'
        -- Every row of this table is in the audit, as long as that month of it is kept.
        WHEN engine.audit_part('policy_audit', ((record).dropped_at AT TIME ZONE 'UTC')::date) IS NOT NULL
                AND NOT EXISTS (
                    SELECT FROM sync.policy_audit AS p
                    WHERE p.table_name = 'audit_retention'
                        AND p.action = 'INSERT'
                        AND p.row_key = (record).month::text)
            THEN 'the record of retention is made up: the audit knows nothing of it'
        END
$$;
COMMENT ON FUNCTION engine.retention_problem(sync.audit_retention) IS
'Why a record that retention dropped a month cannot be true: it is there, was kept or not sealed then, or nobody noted it; NULL: it can.';
