CREATE OR REPLACE FUNCTION engine.store_calendar(
    run_id bigint, fence bigint, calendar_id text, shared boolean, owner text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
    known text;
BEGIN
    IF coalesce(calendar_id, '') = '' THEN
        RAISE EXCEPTION 'calendar_id is empty; expected the id of a Google calendar' USING ERRCODE = '22023';
    END IF;
    SELECT e.google_calendar_id INTO known FROM sync.employee AS e
    WHERE e.kuerzel = run.employee_kuerzel
    FOR NO KEY UPDATE;
    UPDATE sync.employee AS e
    SET google_calendar_id = store_calendar.calendar_id, calendar_shared = shared,
        calendar_shared_with = CASE WHEN shared THEN owner END
    WHERE e.kuerzel = run.employee_kuerzel;
    DELETE FROM sync.calendar_wait AS w WHERE w.employee_kuerzel = run.employee_kuerzel;
    IF known <> calendar_id THEN
        PERFORM engine.move_to_new_calendar(run.employee_kuerzel);
    END IF;
END
$$;
COMMENT ON FUNCTION engine.store_calendar(bigint, bigint, text, boolean, text) IS
'Records the calendar that was found or created, whether it is shared, and with which owner account. Raises CS003 (lease), 22023 (no id).';
GRANT EXECUTE ON FUNCTION engine.store_calendar(bigint, bigint, text, boolean, text) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.move_to_new_calendar(employee text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM engine.join_termine(employee);
    UPDATE sync.reading AS r SET sync_token = NULL WHERE r.employee_kuerzel = employee AND r.side = 'google';
    UPDATE sync.action AS w SET write_state = NULL WHERE w.employee_kuerzel = employee AND w.write_state IS NOT NULL;
    UPDATE sync.calendar_sync AS l SET deleted = true, sync_status = 'failed', last_error = 'calendar_vanished'
    WHERE l.employee_kuerzel = employee
        AND l.employee_kuerzel <> ''
        AND NOT l.deleted
        AND l.advoware_frnr IS NULL
        AND NOT EXISTS (
            SELECT 1 FROM sync.action AS a
            WHERE a.employee_kuerzel = employee
                AND a.attempt = 'in_doubt'
                AND a.sync_id = l.sync_id);
    PERFORM engine.keep_link(engine.without_event(l))
    FROM sync.calendar_sync AS l
    WHERE l.employee_kuerzel = employee
        AND NOT l.deleted
        AND l.advoware_frnr IS NOT NULL;
    DELETE FROM sync.seen AS s WHERE s.employee_kuerzel = employee AND s.side = 'google';
    DELETE FROM sync.series AS s WHERE s.employee_kuerzel = employee;
    UPDATE sync.approval AS p SET spent_at = clock_timestamp()
    WHERE p.employee_kuerzel = employee
        AND p.kind = 'create_calendar'
        AND p.spent_at IS NULL;
END
$$;
COMMENT ON FUNCTION engine.move_to_new_calendar(text) IS
'The approved successor of a vanished calendar: every link''s event is created again in it, nothing is deleted in Advoware (rules 1).';
