CREATE OR REPLACE FUNCTION engine.owner_of_stray(event sync.seen) RETURNS uuid
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    owner uuid := engine.owner_of_event_id(event.entry_id);
    half engine.split_half;
BEGIN
    IF NOT event.present OR event.master_id IS NOT NULL OR event.invitation OR EXISTS (
        SELECT 1 FROM sync.calendar_sync AS l
        WHERE l.employee_kuerzel = event.employee_kuerzel
            AND NOT l.deleted
            AND l.google_event_id = event.entry_id)
    THEN
        RETURN NULL;
    END IF;
    IF owner IS NOT NULL THEN
        RETURN (
            SELECT l.sync_id FROM sync.calendar_sync AS l
            JOIN sync.seen AS own ON own.employee_kuerzel = l.employee_kuerzel
                AND own.side = 'google'
                AND own.entry_id = l.google_event_id
                AND own.present
            WHERE l.sync_id = owner
                AND l.employee_kuerzel = event.employee_kuerzel
                AND NOT l.deleted
                AND l.google_event_id <> event.entry_id);
    END IF;
    half := engine.split_half_of(event);
    RETURN CASE WHEN half.is_undone THEN half.sync_id END;
END
$$;
COMMENT ON FUNCTION engine.owner_of_stray(sync.seen) IS
'The link that a second living event stands beside (came back from the bin, or a split that is undone: rules 6 and 8); NULL: it is none.';
