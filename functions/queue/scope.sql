CREATE OR REPLACE FUNCTION engine.require_phase(phase bigint) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF phase NOT BETWEEN 1 AND 4 THEN
        RAISE EXCEPTION 'phase: % is not a phase; allowed: 1 (new in Advoware), 2 (new in Google), 3 (deleted), '
            '4 (changed), or NULL for all', phase USING ERRCODE = '22023';
    END IF;
END
$$;
COMMENT ON FUNCTION engine.require_phase(bigint) IS
'Raises 22023 that names what is allowed for a phase that people ask for (1 to 4, NULL for all) and that does not exist.';

CREATE OR REPLACE FUNCTION engine.require_employee(field text, employee text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM sync.employee AS e WHERE e.kuerzel = employee) THEN
        RAISE EXCEPTION '%: "%" is unknown; known: %', field, coalesce(left(employee, 40), 'NULL'), coalesce(
            (SELECT string_agg(e.kuerzel, ', ' ORDER BY e.kuerzel) FROM sync.employee AS e),
            'none yet (a listener reads them from Advoware when it starts)') USING ERRCODE = '22023';
    END IF;
END
$$;
COMMENT ON FUNCTION engine.require_employee(text, text) IS
'Raises 22023 that names the field, the value and the employees there are, for one that the hub does not know.';
