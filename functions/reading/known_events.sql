CREATE OR REPLACE FUNCTION engine.known_events(run_id bigint, fence bigint, events jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As for engine.begin_action: every row is asked for by its key.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    employee text;
BEGIN
    SELECT r.employee_kuerzel INTO employee FROM sync.run AS r
    WHERE r.run_id = known_events.run_id
        AND r.fence = known_events.fence;
    RETURN to_jsonb(ARRAY(
        SELECT e.id FROM jsonb_to_recordset(events) AS e (id text, etag text, fingerprint text)
        JOIN LATERAL (
            SELECT s.present, s.etag, s.unusable, s.fingerprint, s.obstacle FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.side = 'google'
                AND s.entry_id = e.id
            LIMIT 1
        ) AS k ON k.present
        WHERE k.etag = e.etag
            AND k.unusable IS NULL
            AND k.fingerprint IS NOT NULL
            -- That of a series with an obstacle tells more than the event alone.
            AND (k.fingerprint = e.fingerprint OR k.obstacle IS NOT NULL)));
END
$$;
COMMENT ON FUNCTION engine.known_events(bigint, bigint, jsonb) IS
'Of these events of a list of changes (id, etag, fingerprint) those that the hub has seen exactly so: echoes of our own writes. Returns their ids.';
GRANT EXECUTE ON FUNCTION engine.known_events(bigint, bigint, jsonb) TO calendar_sync_user;
