CREATE OR REPLACE FUNCTION engine.store_calendar(run_id bigint, fence bigint, calendar_id text, shared boolean, owner text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held sync.run := engine.require_lease(run_id, fence);
    known text;
BEGIN
    IF coalesce(calendar_id, '') = '' THEN
        RAISE EXCEPTION 'calendar_id is empty; expected the id of a Google calendar' USING ERRCODE = '22023';
    END IF;
    SELECT e.google_calendar_id INTO known FROM sync.employee AS e WHERE e.kuerzel = held.employee_kuerzel FOR NO KEY UPDATE;
    UPDATE sync.employee AS e SET google_calendar_id = store_calendar.calendar_id, calendar_shared = shared, calendar_shared_with = CASE WHEN shared THEN owner END
    WHERE e.kuerzel = held.employee_kuerzel;
    DELETE FROM sync.calendar_wait AS w WHERE w.employee_kuerzel = held.employee_kuerzel;
    IF known IS NULL OR known = calendar_id THEN
        RETURN;
    END IF;
    -- Another calendar (the vanished one's approved successor): every link's event is created again in it, nothing is deleted in Advoware.
    UPDATE sync.reading AS r SET sync_token = NULL WHERE r.employee_kuerzel = held.employee_kuerzel AND r.side = 'google';
    UPDATE sync.calendar_sync AS l SET deleted = true, sync_status = 'failed', last_error = 'calendar_vanished'
    WHERE l.employee_kuerzel = held.employee_kuerzel AND NOT l.deleted AND l.advoware_frnr IS NULL
        AND NOT EXISTS (SELECT 1 FROM sync.action AS a WHERE a.sync_id = l.sync_id AND a.status = 'in_doubt' AND NOT a.given_up);
    PERFORM engine.forget_event(l.sync_id) FROM sync.calendar_sync AS l
    WHERE l.employee_kuerzel = held.employee_kuerzel AND NOT l.deleted AND l.advoware_frnr IS NOT NULL;
    DELETE FROM sync.seen AS s WHERE s.employee_kuerzel = held.employee_kuerzel AND s.side = 'google';
    DELETE FROM sync.series AS s WHERE s.employee_kuerzel = held.employee_kuerzel;
    UPDATE sync.approval AS p SET spent_at = clock_timestamp()
    WHERE p.employee_kuerzel = held.employee_kuerzel AND p.kind = 'create_calendar' AND p.spent_at IS NULL;
END
$$;
COMMENT ON FUNCTION engine.store_calendar(bigint, bigint, text, boolean, text) IS 'Records the calendar that was found or created, and whether it is shared, and with which owner account. When it replaces a vanished one, all events are created again in it and nothing is deleted in Advoware.';
GRANT EXECUTE ON FUNCTION engine.store_calendar(bigint, bigint, text, boolean, text) TO calendar_sync_user;
