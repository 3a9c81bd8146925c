CREATE OR REPLACE FUNCTION engine.store_employees(kuerzel text[], complete boolean DEFAULT true) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known integer;
BEGIN
    IF coalesce(cardinality(kuerzel), 0) = 0 THEN
        RAISE EXCEPTION 'kuerzel: an empty list of employees changes nothing; expected the complete list from Advoware' USING ERRCODE = '22023';
    END IF;
    INSERT INTO sync.employee AS e (kuerzel)
    SELECT DISTINCT k FROM unnest(store_employees.kuerzel) AS k WHERE length(k) BETWEEN 1 AND 10 AND k = btrim(k)
    -- In one order, so that two listeners wait for each other instead of locking each other out.
    ORDER BY k
    ON CONFLICT ON CONSTRAINT employee_pkey DO UPDATE SET active = true WHERE NOT e.active;
    UPDATE sync.employee AS e SET active = false
    WHERE complete AND e.active AND e.kuerzel <> ALL (store_employees.kuerzel);
    SELECT count(*) INTO known FROM sync.employee AS e WHERE e.active;
    RETURN known;
END
$$;
COMMENT ON FUNCTION engine.store_employees(text[], boolean) IS 'Stores the non-empty list of active employees as Advoware gave it: new ones are added; if it was complete, missing ones become inactive (calendar and links stay). Returns how many are active.';
GRANT EXECUTE ON FUNCTION engine.store_employees(text[], boolean) TO calendar_sync_user;
