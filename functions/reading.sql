DROP FUNCTION IF EXISTS sync.begin_reading(bigint, bigint, text);
CREATE FUNCTION sync.begin_reading(run_id bigint, fence bigint, key_prefix text)
RETURNS TABLE (
    observed_at timestamptz, window_from timestamptz, window_to timestamptz, google_from timestamptz, google_token text,
    expand_to timestamptz, carried jsonb, due jsonb
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held sync.run := sync.require_lease(run_id, fence);
BEGIN
    IF sync.is_paused(held.employee_kuerzel) THEN
        PERFORM sync.close_run(held.run_id, 'paused');
        RETURN;
    END IF;
    -- The calendar answers, or has a successor: nobody needs to approve one any more.
    UPDATE sync.action AS a SET status = 'superseded', finished_at = clock_timestamp()
    WHERE a.employee_kuerzel = held.employee_kuerzel AND a.kind = 'create_calendar' AND a.status = 'held' AND NOT held.dry_run;
    UPDATE sync.approval AS p SET spent_at = clock_timestamp()
    WHERE p.employee_kuerzel = held.employee_kuerzel AND p.kind = 'create_calendar' AND p.spent_at IS NULL AND NOT held.dry_run;
    RETURN QUERY
    SELECT clock_timestamp(), sync.window_from(), sync.window_to(), sync.window_from() - interval '1 day',
        (SELECT r.sync_token FROM sync.reading AS r JOIN sync.employee AS e ON e.kuerzel = r.employee_kuerzel
         WHERE r.employee_kuerzel = held.employee_kuerzel AND r.side = 'google' AND r.key_prefix = begin_reading.key_prefix
            AND r.calendar_id = e.google_calendar_id AND NOT held.full_content),
        sync.expand_to(),
        to_jsonb(ARRAY(SELECT s.family FROM sync.series AS s WHERE s.employee_kuerzel = held.employee_kuerzel)),
        to_jsonb(ARRAY(SELECT d FROM sync.due_series(held.employee_kuerzel) AS d));
END
$$;
COMMENT ON FUNCTION sync.begin_reading(bigint, bigint, text) IS 'What to read: the window (Advoware: from-to; Google: from one day earlier, open end) and Google''s sync token, NULL when the listing has to be whole (full_content, another fingerprint key, another calendar, no token). carried: families of series whose occurrences are to be listed up to expand_to whenever they change; due: masters of them whose occurrences have to be listed now, because time has passed. observed_at goes with the entries read after this call. No row: the employee is paused, and the run has ended.';
REVOKE ALL ON FUNCTION sync.begin_reading(bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.begin_reading(bigint, bigint, text) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION sync.mark_missing(
    employee text, side sync.source_system_enum, observed_at timestamptz, from_time timestamptz, to_time timestamptz, ids text[]
) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE sync.seen AS s
    SET present = false, proof = NULL, proven_at = NULL, gone_at = NULL, observed_at = mark_missing.observed_at
    WHERE s.employee_kuerzel = mark_missing.employee AND s.side = mark_missing.side AND s.present
        AND s.observed_at <= mark_missing.observed_at
        -- What was never understood has no span: the list it once stood in lacks it now, and absence is proven before anything comes of it.
        AND coalesce(s.ends_at > mark_missing.from_time, true) AND coalesce(s.starts_at < mark_missing.to_time, true)
        -- No list shows what belongs to others; whose it is by now, and whether it is there, is asked when it matters.
        AND s.ownership IS DISTINCT FROM 'foreign'
        -- Occurrences stand in the lists of their own series.
        AND s.master_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM unnest(mark_missing.ids) AS i WHERE i = s.entry_id)
$$;
COMMENT ON FUNCTION sync.mark_missing(text, sync.source_system_enum, timestamptz, timestamptz, timestamptz, text[]) IS 'A whole reading makes missing only what its last known span puts inside that reading''s window, or what never had one (RULES 1), and never a Termin that belongs to others: no list shows it.';
REVOKE ALL ON FUNCTION sync.mark_missing(text, sync.source_system_enum, timestamptz, timestamptz, timestamptz, text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.store_occurrences(employee text, observed_at timestamptz, from_time timestamptz, listed jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE sync.seen AS o
    SET present = false, proof = NULL, proven_at = NULL, gone_at = NULL, observed_at = store_occurrences.observed_at
    FROM sync.seen AS m
    LEFT JOIN jsonb_to_recordset(store_occurrences.listed) AS l (id text, until timestamptz) ON l.id = m.entry_id
    WHERE o.employee_kuerzel = employee AND o.side = 'google' AND o.present AND o.ends_at > from_time
        AND o.observed_at < store_occurrences.observed_at
        AND m.employee_kuerzel = employee AND m.side = 'google' AND m.entry_id = o.master_id
        -- Missing from the whole list of its series, or there is no series any more.
        AND (o.starts_at < l.until OR NOT m.present OR NOT m.is_series);

    UPDATE sync.seen AS m SET listed_before = m.listed_to, listed_to = l.until
    FROM jsonb_to_recordset(store_occurrences.listed) AS l (id text, until timestamptz)
    WHERE m.employee_kuerzel = employee AND m.side = 'google' AND m.entry_id = l.id;
END
$$;
COMMENT ON FUNCTION sync.store_occurrences(text, timestamptz, timestamptz, jsonb) IS 'Makes missing what a whole list of a series'' occurrences (listed: id of the master, until when) no longer shows, and all occurrences of a series that is gone. The entries of the same reading have been stored before.';
REVOKE ALL ON FUNCTION sync.store_occurrences(text, timestamptz, timestamptz, jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.store_reading(run_id bigint, fence bigint, reading jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held sync.run := sync.require_lease(run_id, fence);
    seen_at timestamptz := (reading ->> 'observed_at')::timestamptz;
    one_side sync.source_system_enum;
    part jsonb;
    entries jsonb;
    is_whole boolean;
    old_token text;
    window_from timestamptz;
    window_to timestamptz;
    window_is_certain boolean;
BEGIN
    IF seen_at IS NULL THEN
        RAISE EXCEPTION 'reading.observed_at is missing; expected the time that begin_reading gave' USING ERRCODE = '22023';
    END IF;

    -- A window that changes from here on waits until the token stored here is there to be dropped. Somebody who is changing a setting already
    -- is not waited for, an open psql could stop the office: it may be the window, so no token is stored. (Whoever does change the window has
    -- locked the readings, and is waited for below.)
    PERFORM FROM sync.setting AS s FOR SHARE SKIP LOCKED;
    window_is_certain := FOUND;
    window_from := sync.window_from();
    window_to := sync.window_to();
    IF (reading ->> 'window_from')::timestamptz <> window_from OR (reading ->> 'window_to')::timestamptz <> window_to THEN
        RETURN false;
    END IF;

    SELECT r.sync_token INTO old_token FROM sync.reading AS r
    WHERE r.employee_kuerzel = held.employee_kuerzel AND r.side = 'google' FOR UPDATE;
    IF jsonb_typeof(reading -> 'google') = 'object' AND NOT (reading -> 'google' ->> 'whole')::boolean
        AND old_token IS DISTINCT FROM reading -> 'google' ->> 'base_token' THEN
        RETURN false;
    END IF;

    FOREACH one_side IN ARRAY enum_range(NULL::sync.source_system_enum) LOOP
        part := reading -> one_side::text;
        CONTINUE WHEN jsonb_typeof(part) IS DISTINCT FROM 'object';
        entries := coalesce(part -> 'entries', '[]');
        is_whole := one_side = 'advoware' OR (part ->> 'whole')::boolean;

        PERFORM sync.store_entries(held.employee_kuerzel, one_side, seen_at, entries);
        IF is_whole THEN
            PERFORM sync.mark_missing(held.employee_kuerzel, one_side, seen_at,
                window_from - CASE WHEN one_side = 'google' THEN interval '1 day' ELSE interval '0' END,
                CASE WHEN one_side = 'google' THEN 'infinity' ELSE window_to END,
                ARRAY(SELECT e.id FROM jsonb_to_recordset(entries) AS e (id text)));
        END IF;
        IF one_side = 'google' THEN
            PERFORM sync.store_occurrences(held.employee_kuerzel, seen_at, window_from - interval '1 day', coalesce(part -> 'listed', '[]'));
        END IF;

        INSERT INTO sync.reading AS r (employee_kuerzel, side, sync_token, key_prefix, calendar_id, window_from, window_to,
            complete, whole, entries, unidentifiable, empty_since, observed_at)
        SELECT held.employee_kuerzel, one_side, CASE WHEN coalesce((part ->> 'unidentifiable')::integer, 0) = 0 AND window_is_certain THEN part ->> 'new_token' END, reading ->> 'key_prefix',
            CASE WHEN one_side = 'google' THEN e.google_calendar_id END, window_from,
            CASE WHEN one_side = 'google' THEN 'infinity' ELSE window_to END,
            true, is_whole, jsonb_array_length(entries), coalesce((part ->> 'unidentifiable')::integer, 0),
            CASE WHEN is_whole AND jsonb_array_length(entries) = 0 THEN seen_at END, seen_at
        FROM sync.employee AS e WHERE e.kuerzel = held.employee_kuerzel
        ON CONFLICT ON CONSTRAINT reading_pkey DO UPDATE SET
            -- With an entry that could not be identified the old token is kept: the next reading shows it again.
            sync_token = CASE WHEN excluded.unidentifiable > 0 AND window_is_certain THEN r.sync_token ELSE excluded.sync_token END,
            key_prefix = excluded.key_prefix, calendar_id = excluded.calendar_id,
            window_from = excluded.window_from, window_to = excluded.window_to, complete = true, whole = excluded.whole,
            entries = excluded.entries, unidentifiable = excluded.unidentifiable,
            -- What an attempt waits for is two empty ones after its wait: the streak begins anew with the first of them.
            empty_since = CASE WHEN one_side = 'advoware' AND EXISTS (SELECT 1 FROM sync.action AS t
                    WHERE t.employee_kuerzel = r.employee_kuerzel AND t.status = 'in_doubt'
                        AND sync.doubt_until(t) >= r.empty_since AND sync.doubt_until(t) < excluded.empty_since) THEN excluded.empty_since
                WHEN excluded.empty_since IS NOT NULL THEN coalesce(r.empty_since, excluded.empty_since) END,
            observed_at = excluded.observed_at;
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION sync.store_reading(bigint, bigint, jsonb) IS
'Stores a complete reading of one or both sides, entries and token together, if the fencing token holds (else CS003) and both the sync token and the window it began with still hold; false: thrown away, read again. Keys: observed_at, key_prefix, window_from and window_to (as begin_reading gave them), advoware {entries, unidentifiable}, google {whole, base_token, new_token, entries, listed [{id, until}: masters whose occurrences that begin before until are all among the entries], unidentifiable}.';
REVOKE ALL ON FUNCTION sync.store_reading(bigint, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.store_reading(bigint, bigint, jsonb) TO calendar_sync_user;

DROP FUNCTION IF EXISTS sync.store_calendar(bigint, bigint, text, boolean);
CREATE OR REPLACE FUNCTION sync.store_calendar(run_id bigint, fence bigint, calendar_id text, shared boolean, owner text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held sync.run := sync.require_lease(run_id, fence);
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
    PERFORM sync.forget_event(l.sync_id) FROM sync.calendar_sync AS l
    WHERE l.employee_kuerzel = held.employee_kuerzel AND NOT l.deleted AND l.advoware_frnr IS NOT NULL;
    DELETE FROM sync.seen AS s WHERE s.employee_kuerzel = held.employee_kuerzel AND s.side = 'google';
    DELETE FROM sync.series AS s WHERE s.employee_kuerzel = held.employee_kuerzel;
    UPDATE sync.approval AS p SET spent_at = clock_timestamp()
    WHERE p.employee_kuerzel = held.employee_kuerzel AND p.kind = 'create_calendar' AND p.spent_at IS NULL;
END
$$;
COMMENT ON FUNCTION sync.store_calendar(bigint, bigint, text, boolean, text) IS 'Records the calendar that was found or created, and whether it is shared, and with which owner account. When it replaces a vanished one, all events are created again in it and nothing is deleted in Advoware.';
REVOKE ALL ON FUNCTION sync.store_calendar(bigint, bigint, text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.store_calendar(bigint, bigint, text, boolean, text) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION sync.calendar_gone(run_id bigint, fence bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held sync.run := sync.require_lease(run_id, fence);
BEGIN
    IF EXISTS (SELECT 1 FROM sync.approval AS p WHERE p.employee_kuerzel = held.employee_kuerzel AND p.kind = 'create_calendar'
            AND p.spent_at IS NULL AND p.expires_at > clock_timestamp()) AND NOT held.dry_run THEN
        RETURN true;
    END IF;
    UPDATE sync.action AS a SET status = 'superseded', finished_at = clock_timestamp()
    WHERE a.employee_kuerzel = held.employee_kuerzel AND a.kind = 'create_calendar' AND a.status = 'held' AND NOT held.dry_run;
    INSERT INTO sync.action (run_id, phase, kind, reason, status, result, employee_kuerzel)
    VALUES (held.run_id, 1, 'create_calendar', 'the known calendar answers 404: a new one is made only after approval', 'held', 'calendar_vanished',
        held.employee_kuerzel);
    PERFORM sync.finish_run(run_id, fence, NULL);
    RETURN false;
END
$$;
COMMENT ON FUNCTION sync.calendar_gone(bigint, bigint) IS 'The known calendar answers 404. false: the run has ended as held (sync.approve_held lets a new calendar be made); true: approved, make a new one and call store_calendar.';
REVOKE ALL ON FUNCTION sync.calendar_gone(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.calendar_gone(bigint, bigint) TO calendar_sync_user;
