CREATE OR REPLACE FUNCTION engine.without_event(link sync.calendar_sync) RETURNS sync.calendar_sync
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    link.google_event_id := NULL;
    link.google_fingerprint := NULL;
    link.google_watermark := NULL;
    link.google_calendar_id := NULL;
    link.event_generation := 0;
    link.tagged := false;
    link.sync_status := 'pending';
    RETURN link;
END
$$;
COMMENT ON FUNCTION engine.without_event(sync.calendar_sync) IS
'The link when the calendar that held its event vanished: it is half, and its event is created in the new one (rules 1).';
