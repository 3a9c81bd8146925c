CREATE OR REPLACE FUNCTION engine.settled_time(
    strategy sync.sync_strategy_enum, source sync.source_system_enum, advoware_time timestamptz, google_time timestamptz, read_at timestamptz
) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(CASE
        WHEN strategy = 'last_change_wins' THEN greatest(advoware_time, google_time)
        WHEN source = 'advoware' THEN advoware_time
        ELSE google_time
    END, read_at)
$$;
COMMENT ON FUNCTION engine.settled_time(sync.sync_strategy_enum, sync.source_system_enum, timestamptz, timestamptz, timestamptz) IS
'last_sync of a settled link (RULES 2): the settled timestamp of its source; under last_change_wins the newer of both; the time of the reading where the API gives none.';
