CREATE OR REPLACE FUNCTION engine.write_flag(advoware_writes text, source sync.source_system_enum, frnr bigint DEFAULT NULL) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    -- Derived Termine (negative numbers) cannot be written, whatever the policy.
    SELECT coalesce(frnr, 1) > 0 AND CASE advoware_writes WHEN 'all' THEN true WHEN 'own' THEN source = 'google' ELSE false END
$$;
COMMENT ON FUNCTION engine.write_flag(text, sync.source_system_enum, bigint) IS 'advoware_write_allowed of a new link by the policy advoware_writes: none never, own only what began in Google, all always; never for derived Termine (RULES 2).';
GRANT EXECUTE ON FUNCTION engine.write_flag(text, sync.source_system_enum, bigint) TO calendar_sync_operator, calendar_sync_bi;
