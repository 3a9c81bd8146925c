CREATE OR REPLACE FUNCTION engine.forget_event(link uuid) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE sync.calendar_sync AS l
    SET google_event_id = NULL, google_fingerprint = NULL, google_watermark = NULL, google_calendar_id = NULL, event_generation = 0, tagged = false,
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, sync_status = 'pending'
    WHERE l.sync_id = link
$$;
COMMENT ON FUNCTION engine.forget_event(uuid) IS 'The calendar that held a link''s event vanished: the link becomes half, and its event is created in the new one (RULES 1).';
