CREATE OR REPLACE FUNCTION engine.stray_events(employee text) RETURNS TABLE (sync_id uuid, entry_id text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.sync_id, g.entry_id
    FROM engine.unlinked_events(employee) AS g
    JOIN sync.calendar_sync AS l ON l.employee_kuerzel = employee AND NOT l.deleted
        AND replace(l.sync_id::text, '-', '') = left(g.entry_id, 32) AND g.entry_id <> l.google_event_id
    JOIN sync.seen AS own ON own.employee_kuerzel = employee AND own.side = 'google' AND own.entry_id = l.google_event_id AND own.present
    WHERE g.entry_id ~ '^[0-9a-f]{32}(v[0-9]{1,6})?$' AND g.master_id IS NULL AND NOT g.invitation
    UNION ALL
    SELECT h.sync_id, h.entry_id FROM engine.split_halves(employee) AS h
    WHERE h.is_undone AND EXISTS (SELECT 1 FROM engine.unlinked_events(employee) AS u WHERE u.entry_id = h.entry_id)
$$;
COMMENT ON FUNCTION engine.stray_events(text) IS 'Living events of a link that the link does not name: an event created again whose predecessor came back from the bin (RULES 6), and the second half of a series whose split is undone (RULES 8). They are deleted under the brake.';
