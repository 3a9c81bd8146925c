CREATE OR REPLACE FUNCTION engine.write_flag(
    advoware_writes text, source sync.source_system_enum, frnr bigint DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF advoware_writes IS NULL OR advoware_writes NOT IN ('none', 'own', 'all') THEN
        RAISE EXCEPTION 'advoware_writes: %; allowed: none, own, all', coalesce(left(advoware_writes, 40), 'NULL')
            USING ERRCODE = '22023';
    END IF;
    -- Derived Termine (negative numbers) cannot be written, whatever the policy.
    RETURN coalesce(frnr, 1) > 0
        AND CASE advoware_writes WHEN 'all' THEN true WHEN 'own' THEN source = 'google' ELSE false END;
END
$$;
COMMENT ON FUNCTION engine.write_flag(text, sync.source_system_enum, bigint) IS
'advoware_write_allowed of a new link by advoware_writes: none never, own if it began in Google, all always; no derived Termin.';
GRANT EXECUTE ON FUNCTION engine.write_flag(text, sync.source_system_enum, bigint)
    TO calendar_sync_operator, calendar_sync_bi;
