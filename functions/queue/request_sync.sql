CREATE OR REPLACE FUNCTION sync.request_sync(
    phase integer DEFAULT NULL, employee text DEFAULT NULL,
    full_content boolean DEFAULT true, recheck boolean DEFAULT false, dry_run boolean DEFAULT false
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made bigint;
BEGIN
    -- The column's own error would name neither field nor value.
    IF length(employee) > 10 THEN
        RAISE EXCEPTION 'employee: "%" is unknown; a Kürzel has 10 characters at most', left(employee, 40)
            USING ERRCODE = '22023';
    END IF;
    INSERT INTO sync.request (phase, employee_kuerzel, full_content, recheck, dry_run)
    VALUES (request_sync.phase, request_sync.employee, request_sync.full_content, request_sync.recheck,
        request_sync.dry_run)
    RETURNING request_id INTO made;
    RETURN made;
END
$$;
COMMENT ON FUNCTION sync.request_sync(integer, text, boolean, boolean, boolean) IS
'Asks for a sync, as INSERT INTO sync.request does: phase 1-4 (NULL: all), employee (NULL: all), full_content, recheck, dry_run. Returns its number.';
GRANT EXECUTE ON FUNCTION sync.request_sync(integer, text, boolean, boolean, boolean)
    TO calendar_sync_user, calendar_sync_operator;
