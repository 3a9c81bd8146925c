CREATE OR REPLACE FUNCTION engine.store_employees(kuerzel text[], complete boolean DEFAULT true) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF coalesce(cardinality(kuerzel), 0) = 0 THEN
        RAISE EXCEPTION 'kuerzel: an empty list of employees changes nothing; expected the complete list from Advoware'
            USING ERRCODE = '22023';
    END IF;
    PERFORM engine.tie_office();
    INSERT INTO sync.employee AS e (kuerzel)
    SELECT DISTINCT k FROM unnest(store_employees.kuerzel) AS k WHERE length(k) BETWEEN 1 AND 10 AND k = btrim(k)
    -- In one order, so that two listeners wait for each other instead of locking each other out.
    ORDER BY k
    ON CONFLICT ON CONSTRAINT employee_pkey DO NOTHING;
    UPDATE sync.employee AS e SET active = NOT e.active
    WHERE e.kuerzel = ANY (ARRAY(
        SELECT c.kuerzel FROM sync.employee AS c
        WHERE c.active <> (c.kuerzel = ANY (store_employees.kuerzel))
            AND (complete OR NOT c.active)
        -- Whoever has locked an employee keeps that one as it is until the next list, and everybody else goes on.
        FOR NO KEY UPDATE SKIP LOCKED));
    RETURN (SELECT count(*) FROM sync.employee AS e WHERE e.active);
END
$$;
COMMENT ON FUNCTION engine.store_employees(text[], boolean) IS
'Stores the employees that Advoware named: new ones are added; if the list was complete, missing ones become inactive. Returns how many are active.';
GRANT EXECUTE ON FUNCTION engine.store_employees(text[], boolean) TO calendar_sync_user;
