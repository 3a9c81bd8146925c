CREATE OR REPLACE FUNCTION engine.store_reading(run_id bigint, fence bigint, reading jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As for engine.begin_action: entries and links are asked for by key.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
    window_is_certain boolean;
    one_side sync.source_system_enum;
BEGIN
    PERFORM engine.need_not_last();
    IF reading ->> 'observed_at' IS NULL THEN
        RAISE EXCEPTION 'reading.observed_at is missing; expected the time that begin_reading gave'
            USING ERRCODE = '22023';
    END IF;
    -- A window that changes from here on waits until the token stored here is there to be dropped. Somebody who is
    -- changing a setting already is not waited for, an open psql could stop the office: it may be the window, so no
    -- token is stored. (Whoever does change the window has locked the readings, and is waited for below.)
    PERFORM FROM sync.setting AS s FOR SHARE SKIP LOCKED;
    window_is_certain := FOUND;
    IF (reading ->> 'window_from')::timestamptz <> engine.window_from()
        OR (reading ->> 'window_to')::timestamptz <> engine.window_to()
        OR NOT engine.token_still_holds(run.employee_kuerzel, reading -> 'google')
        OR NOT engine.digest_still_holds(run.employee_kuerzel, reading -> 'advoware')
    THEN
        RETURN false;
    END IF;
    IF jsonb_typeof(reading -> 'advoware') = 'object' THEN
        PERFORM engine.tie_office(run.listener);
    END IF;
    -- What the last look found was of the reading before.
    DELETE FROM engine.look AS k WHERE k.run_id = run.run_id;
    FOREACH one_side IN ARRAY enum_range(NULL::sync.source_system_enum) LOOP
        IF jsonb_typeof(reading -> one_side::text) = 'object' THEN
            PERFORM engine.store_side(run.employee_kuerzel, one_side, reading, window_is_certain);
            IF one_side = 'google' THEN
                PERFORM engine.calendar_answers(run);
            END IF;
        END IF;
    END LOOP;
    RETURN true;
END
$$;
-- Keys of a reading: observed_at, key_prefix, window_from and window_to (as begin_reading gave them); advoware
-- {entries, unchanged (numbers of those that engine.unknown_termine did not ask for), unidentifiable, digest}, or
-- {digest} alone when that is begin_reading's, and clock {changed_at, answered_at} (the latest timestamp of our own
-- writes before this list, and its answer's date); google {whole, boundless (listed from no time on), base_token,
-- new_token, entries, unidentifiable, listed [{id, until}: masters whose occurrences that begin before until are all
-- among the entries]}.
COMMENT ON FUNCTION engine.store_reading(bigint, bigint, jsonb) IS
'Stores a complete reading, entries and token together. false: thrown away, its token or window no longer holds. Raises CS001, CS003, 22023.';
GRANT EXECUTE ON FUNCTION engine.store_reading(bigint, bigint, jsonb) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.token_still_holds(employee text, google jsonb) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    token text;
BEGIN
    SELECT r.sync_token INTO token FROM sync.reading AS r
    WHERE r.employee_kuerzel = employee
        AND r.side = 'google'
    FOR UPDATE;
    RETURN jsonb_typeof(google) IS DISTINCT FROM 'object'
        OR (google ->> 'whole')::boolean
        OR token IS NOT DISTINCT FROM google ->> 'base_token';
END
$$;
COMMENT ON FUNCTION engine.token_still_holds(text, jsonb) IS
'Whether the sync token that a reading began with is still the one of the hub; locks it. A whole list needs none.';

CREATE OR REPLACE FUNCTION engine.digest_still_holds(employee text, advoware jsonb) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    known text;
BEGIN
    IF jsonb_typeof(advoware) IS DISTINCT FROM 'object' OR advoware ? 'entries' THEN
        RETURN true;
    END IF;
    SELECT r.digest INTO known FROM sync.reading AS r
    WHERE r.employee_kuerzel = employee
        AND r.side = 'advoware'
    FOR UPDATE;
    RETURN coalesce(known = advoware ->> 'digest', false);
END
$$;
COMMENT ON FUNCTION engine.digest_still_holds(text, jsonb) IS
'Whether Advoware''s answer, where only its digest is told, is still the last one of the hub; locks it. One that was read needs none.';

CREATE OR REPLACE FUNCTION engine.store_side(
    employee text, one_side sync.source_system_enum, reading jsonb, window_is_certain boolean
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    part jsonb := reading -> one_side::text;
    entries jsonb := coalesce(part -> 'entries', '[]');
    is_whole boolean := one_side = 'advoware' OR (part ->> 'whole')::boolean;
    unchanged jsonb := coalesce(part -> 'unchanged', '[]');
    seen_at timestamptz := (reading ->> 'observed_at')::timestamptz;
    from_time timestamptz := engine.window_from()
        - CASE one_side WHEN 'google' THEN interval '1 day' ELSE interval '0' END;
    to_time timestamptz := CASE one_side WHEN 'google' THEN 'infinity' ELSE engine.window_to() END;
BEGIN
    IF one_side = 'advoware' AND NOT part ? 'entries' THEN
        -- The answer of the last time: all that is there was seen once more.
        UPDATE sync.reading AS r SET observed_at = seen_at, whole_at = greatest(r.whole_at, seen_at), empty_since = NULL
        WHERE r.employee_kuerzel = employee
            AND r.side = one_side;
        RETURN;
    END IF;
    IF one_side = 'advoware' AND part ? 'clock' THEN
        PERFORM engine.note_clock(part -> 'clock', seen_at);
    END IF;
    IF seen_at <= clock_timestamp() AND engine.known_ahead(employee, one_side, entries, is_whole) THEN
        PERFORM engine.date_back(employee, seen_at - interval '1 microsecond');
    END IF;
    IF is_whole THEN
        PERFORM engine.store_list(employee, one_side, seen_at, entries, unchanged, from_time, to_time);
    ELSE
        PERFORM engine.store_entries(employee, one_side, seen_at, entries);
    END IF;
    IF one_side = 'google' THEN
        PERFORM engine.store_occurrences(employee, seen_at, from_time, entries, coalesce(part -> 'listed', '[]'));
        IF (part ->> 'boundless')::boolean THEN
            PERFORM engine.recognise_copies(employee);
            PERFORM engine.meet_adopted(employee, seen_at);
        END IF;
    END IF;
    PERFORM engine.note_reading(employee, one_side, reading, to_time, window_is_certain);
END
$$;
COMMENT ON FUNCTION engine.store_side(text, sync.source_system_enum, jsonb, boolean) IS
'Stores one side of a reading: its entries, and what the list as a whole says of all of them, in sync.reading (rules 1).';

CREATE OR REPLACE FUNCTION engine.note_reading(
    employee text, one_side sync.source_system_enum, reading jsonb, to_time timestamptz, window_is_certain boolean
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    part jsonb := reading -> one_side::text;
    seen_at timestamptz := (reading ->> 'observed_at')::timestamptz;
    is_whole boolean := one_side = 'advoware' OR (part ->> 'whole')::boolean;
    how_many integer := jsonb_array_length(coalesce(part -> 'entries', '[]'))
        + jsonb_array_length(coalesce(part -> 'unchanged', '[]'));
    unknown integer := coalesce((part ->> 'unidentifiable')::integer, 0);
    -- Not of a list of which something was refused as older than what is known.
    digest_of_list text := CASE WHEN unknown = 0 AND window_is_certain AND how_many > 0 AND NOT EXISTS (
        SELECT 1 FROM sync.seen AS s
        WHERE s.employee_kuerzel = employee
            AND s.side = one_side
            AND s.observed_at > seen_at) THEN part ->> 'digest' END;
BEGIN
    -- What was refused as older than what is known would be lost with the old token: like one without an id.
    IF one_side = 'google' AND engine.known_after(employee, one_side, coalesce(part -> 'entries', '[]'), seen_at) THEN
        unknown := unknown + 1;
    END IF;
    INSERT INTO sync.reading AS r (
        employee_kuerzel, side, sync_token, key_prefix, calendar_id, window_from, window_to,
        complete, whole, entries, unidentifiable, empty_since, observed_at, whole_at, digest, boundless_at)
    SELECT employee, one_side,
        CASE WHEN unknown = 0 AND window_is_certain THEN part ->> 'new_token' END, reading ->> 'key_prefix',
        CASE one_side WHEN 'google' THEN engine.calendar_of(employee) END, engine.window_from(), to_time,
        true, is_whole, how_many, unknown,
        CASE WHEN is_whole AND how_many = 0 THEN seen_at END, seen_at,
        CASE WHEN is_whole THEN seen_at END, digest_of_list,
        CASE WHEN (part ->> 'boundless')::boolean THEN seen_at END
    ON CONFLICT ON CONSTRAINT reading_pkey DO UPDATE SET
        -- With an entry that could not be identified the old token is kept: the next reading shows it again.
        sync_token = CASE WHEN unknown > 0 AND window_is_certain THEN r.sync_token ELSE excluded.sync_token END,
        key_prefix = excluded.key_prefix, calendar_id = excluded.calendar_id,
        window_from = excluded.window_from, window_to = excluded.window_to, complete = true, whole = excluded.whole,
        entries = excluded.entries, unidentifiable = excluded.unidentifiable,
        -- What an attempt waits for is two empty ones after its wait: the streak begins anew with the first of them.
        empty_since = CASE
            WHEN one_side = 'advoware' AND EXISTS (
                SELECT 1 FROM sync.action AS t
                WHERE t.employee_kuerzel = r.employee_kuerzel
                    AND t.attempt = 'in_doubt'
                    AND engine.doubt_until(t) >= r.empty_since
                    AND engine.doubt_until(t) < excluded.empty_since)
                THEN excluded.empty_since
            WHEN excluded.empty_since IS NOT NULL THEN coalesce(r.empty_since, excluded.empty_since)
        END,
        observed_at = excluded.observed_at,
        whole_at = greatest(excluded.whole_at, r.whole_at), digest = excluded.digest,
        boundless_at = CASE
            WHEN excluded.boundless_at IS NOT NULL THEN excluded.boundless_at
            WHEN r.calendar_id = excluded.calendar_id THEN r.boundless_at
        END;
END
$$;
COMMENT ON FUNCTION engine.note_reading(text, sync.source_system_enum, jsonb, timestamptz, boolean) IS
'Notes what a stored list says as a whole: token, window, how many, when; and the digest by which the same answer is known.';
