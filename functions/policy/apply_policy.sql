CREATE OR REPLACE FUNCTION sync.apply_policy(employee text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed integer;
BEGIN
    PERFORM engine.require_employee('employee', employee);
    -- In the order in which runs lock them.
    PERFORM FROM sync.calendar_sync AS l
    WHERE l.employee_kuerzel = apply_policy.employee
        AND l.employee_kuerzel <> ''
        AND NOT l.deleted
    ORDER BY l.sync_id
    FOR NO KEY UPDATE;
    UPDATE sync.calendar_sync AS l
    SET sync_strategy = p.sync_strategy,
        advoware_write_allowed = engine.write_flag(p.advoware_writes, l.source_system, l.advoware_frnr)
    FROM sync.effective_policy AS p
    WHERE p.employee_kuerzel = apply_policy.employee
        AND l.employee_kuerzel = apply_policy.employee
        AND l.employee_kuerzel <> ''
        AND NOT l.deleted
        AND (l.sync_strategy, l.advoware_write_allowed)
            IS DISTINCT FROM (p.sync_strategy, engine.write_flag(p.advoware_writes, l.source_system, l.advoware_frnr));
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION sync.apply_policy(text) IS
'Strategy and write flag of an employee''s active links become what new links would get. Returns how many changed.';
GRANT EXECUTE ON FUNCTION sync.apply_policy(text) TO calendar_sync_operator;
