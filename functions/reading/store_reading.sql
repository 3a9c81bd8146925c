CREATE OR REPLACE FUNCTION engine.store_reading(run_id bigint, fence bigint, reading jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held sync.run := engine.require_lease(run_id, fence);
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
    window_from := engine.window_from();
    window_to := engine.window_to();
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

        PERFORM engine.store_entries(held.employee_kuerzel, one_side, seen_at, entries);
        IF is_whole THEN
            PERFORM engine.mark_missing(held.employee_kuerzel, one_side, seen_at,
                window_from - CASE WHEN one_side = 'google' THEN interval '1 day' ELSE interval '0' END,
                CASE WHEN one_side = 'google' THEN 'infinity' ELSE window_to END,
                ARRAY(SELECT e.id FROM jsonb_to_recordset(entries) AS e (id text)));
        END IF;
        IF one_side = 'google' THEN
            PERFORM engine.store_occurrences(held.employee_kuerzel, seen_at, window_from - interval '1 day', coalesce(part -> 'listed', '[]'));
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
                        AND engine.doubt_until(t) >= r.empty_since AND engine.doubt_until(t) < excluded.empty_since) THEN excluded.empty_since
                WHEN excluded.empty_since IS NOT NULL THEN coalesce(r.empty_since, excluded.empty_since) END,
            observed_at = excluded.observed_at;
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION engine.store_reading(bigint, bigint, jsonb) IS
'Stores a complete reading of one or both sides, entries and token together, if the fencing token holds (else CS003) and both the sync token and the window it began with still hold; false: thrown away, read again. Keys: observed_at, key_prefix, window_from and window_to (as begin_reading gave them), advoware {entries, unidentifiable}, google {whole, base_token, new_token, entries, listed [{id, until}: masters whose occurrences that begin before until are all among the entries], unidentifiable}.';
GRANT EXECUTE ON FUNCTION engine.store_reading(bigint, bigint, jsonb) TO calendar_sync_user;
