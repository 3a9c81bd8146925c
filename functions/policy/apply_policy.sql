CREATE OR REPLACE FUNCTION sync.apply_policy(employee text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.employee AS e WHERE e.kuerzel = apply_policy.employee) THEN
        RAISE EXCEPTION 'employee: "%" is unknown; known are %', coalesce(left(employee, 40), 'NULL'),
            coalesce((SELECT string_agg(e.kuerzel, ', ' ORDER BY e.kuerzel) FROM sync.employee AS e), 'none yet (a listener reads them from Advoware when it starts)') USING ERRCODE = '22023';
    END IF;
    UPDATE sync.calendar_sync AS l
    SET sync_strategy = p.sync_strategy, advoware_write_allowed = engine.write_flag(p.advoware_writes, l.source_system, l.advoware_frnr)
    FROM sync.effective_policy AS p
    WHERE p.employee_kuerzel = apply_policy.employee AND l.employee_kuerzel = apply_policy.employee AND NOT l.deleted
        AND (l.sync_strategy, l.advoware_write_allowed)
            IS DISTINCT FROM (p.sync_strategy, engine.write_flag(p.advoware_writes, l.source_system, l.advoware_frnr));
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION sync.apply_policy(text) IS 'Strategy and write flag of an employee''s active links become what new links would get. Returns how many changed.';
GRANT EXECUTE ON FUNCTION sync.apply_policy(text) TO calendar_sync_operator;
