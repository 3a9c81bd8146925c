CREATE OR REPLACE FUNCTION engine.resolve_attempts(employee text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    one sync.action;
    found bigint;
BEGIN
    PERFORM engine.join_termine(employee);
    -- Whether anything but a creation of a Termin arrived is seen in the reading; the plan starts from there.
    UPDATE sync.action AS t SET status = 'superseded', finished_at = clock_timestamp()
    WHERE t.employee_kuerzel = employee
        AND t.status = 'in_doubt'
        AND t.attempt IS NULL;

    -- One by one, by number: each attempt takes the lowest above its own mark, the lowest mark first.
    FOR one IN
        SELECT t.* FROM sync.action AS t
        WHERE t.employee_kuerzel = employee
            AND t.attempt = 'in_doubt'
        ORDER BY t.frnr_mark, t.action_id
    LOOP
        SELECT min(c.frnr) INTO found FROM engine.doubt_candidates(one) AS c WHERE c.by_content;
        IF found IS NOT NULL THEN
            PERFORM engine.attempt_made(one.action_id, found, 'found_by_content');
        END IF;
    END LOOP;
    -- What turns up from an attempt given up is remembered as such for good.
    FOR one IN
        SELECT t.* FROM sync.action AS t
        WHERE t.employee_kuerzel = employee
            AND t.attempt = 'given_up'
        ORDER BY t.frnr_mark, t.action_id
    LOOP
        SELECT min(c.frnr) INTO found FROM engine.doubt_candidates(one) AS c WHERE c.by_content;
        IF found IS NOT NULL THEN
            UPDATE sync.action AS t SET advoware_frnr = found, attempt = 'late', result = 'late_answer'
            WHERE t.action_id = one.action_id;
        END IF;
    END LOOP;

    -- The search ends with a reading, not with a time: nobody may have looked for days.
    UPDATE sync.action AS t SET attempt = 'never_arrived', result = 'never_arrived'
    FROM sync.reading AS r
    WHERE t.employee_kuerzel = employee
        AND t.attempt = 'given_up'
        AND r.employee_kuerzel = employee
        AND r.side = 'advoware'
        AND r.complete
        AND r.unidentifiable = 0
        AND r.empty_since IS NULL
        AND r.observed_at > t.doubted_at + interval '1 day';

    UPDATE sync.action AS t SET result = 'time_match_needs_person'
    WHERE t.employee_kuerzel = employee
        AND t.attempt = 'in_doubt'
        AND t.result IS DISTINCT FROM 'time_match_needs_person'
        AND clock_timestamp() > engine.doubt_until(t)
        AND EXISTS (SELECT 1 FROM engine.doubt_candidates(t) AS c WHERE c.by_time AND NOT c.by_content);
END
$$;
COMMENT ON FUNCTION engine.resolve_attempts(text) IS
'Settles attempts in doubt: one to one by content; what matches by start and end alone waits for a person; given up ones are searched (rules 5).';

CREATE OR REPLACE FUNCTION engine.give_up_attempts(link sync.calendar_sync) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE sync.action AS t
    SET status = 'failed', attempt = 'given_up', result = 'given_up', finished_at = clock_timestamp()
    WHERE t.employee_kuerzel = link.employee_kuerzel
        AND t.attempt = 'in_doubt'
        AND t.sync_id = link.sync_id;
END
$$;
COMMENT ON FUNCTION engine.give_up_attempts(sync.calendar_sync) IS
'A link''s attempts in doubt are given up, in the transaction that begins their successor or ends the link: what they made is late (rules 5).';

CREATE OR REPLACE FUNCTION engine.record_made(act sync.action, frnr bigint, how text) RETURNS sync.action
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE sync.action AS w SET write_state = NULL
    WHERE w.employee_kuerzel = act.employee_kuerzel
        AND w.sync_id = act.sync_id
        AND w.write_state IS NOT NULL
        AND w.action_id <> act.action_id;
    UPDATE sync.action AS t
    SET status = 'done', attempt = 'done', result = how, advoware_frnr = frnr, finished_at = clock_timestamp(),
        writes_in = 'advoware', write_state = 'pending'
    WHERE t.action_id = act.action_id
    RETURNING t.* INTO act;
    PERFORM engine.spend_approval(act) WHERE act.approved;
    -- It was thought to be a predecessor's, which may still turn up, then.
    UPDATE sync.action AS t SET attempt = 'given_up', result = 'given_up', advoware_frnr = NULL
    WHERE t.employee_kuerzel = act.employee_kuerzel
        AND t.attempt = 'late'
        AND t.advoware_frnr = record_made.frnr;
    UPDATE sync.office AS o SET highest_frnr = frnr WHERE o.highest_frnr < frnr;
    RETURN act;
END
$$;
COMMENT ON FUNCTION engine.record_made(sync.action, bigint, text) IS
'An attempt made this Termin: recorded with the attempt, whose pending write it is until a reading says what was stored (rules 5).';

CREATE OR REPLACE FUNCTION engine.join_termin(attempt sync.action) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    old sync.calendar_sync;
    link sync.calendar_sync;
    event sync.seen;
BEGIN
    SELECT l.* INTO old FROM sync.calendar_sync AS l WHERE l.sync_id = attempt.sync_id FOR NO KEY UPDATE;
    SELECT e.* INTO event FROM sync.seen AS e
    WHERE e.employee_kuerzel = old.employee_kuerzel
        AND e.side = 'google'
        AND e.entry_id = old.google_event_id;
    link := old;
    link.advoware_frnr := attempt.advoware_frnr;
    link.sync_status := 'synced';
    link.last_error := NULL;
    link.attempts := 0;
    link.next_attempt_at := NULL;
    link.superseded_count := 0;
    link.advoware_fingerprint := NULL;
    link.advoware_watermark := NULL;
    link.google_fingerprint := attempt.meant_fingerprint;
    link.google_watermark := event.api_timestamp;
    link.starts_at := coalesce(event.starts_at, link.starts_at);
    link.ends_at := coalesce(event.ends_at, link.ends_at);
    link.last_sync := engine.settled_time(
        link.sync_strategy, link.source_system, NULL, event.api_timestamp, attempt.started_at);
    IF link.google_calendar_id <> engine.calendar_of(link.employee_kuerzel) THEN
        -- Its calendar vanished meanwhile: the event is created again in the new one, as every other was.
        link := engine.without_event(link);
        PERFORM engine.end_writes(link);
    END IF;
    PERFORM engine.keep_settled(old, link, engine.pending_write_of(link));
END
$$;
COMMENT ON FUNCTION engine.join_termin(sync.action) IS
'The link of an attempt that made a Termin becomes whole, and is settled at once when a reading has shown what was stored (rules 5).';

CREATE OR REPLACE FUNCTION engine.join_termine(employee text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    attempt sync.action;
BEGIN
    FOR attempt IN
        SELECT t.* FROM sync.action AS t
        JOIN sync.calendar_sync AS l ON l.sync_id = t.sync_id
            AND NOT l.deleted
            AND l.advoware_frnr IS NULL
        WHERE t.employee_kuerzel = employee
            AND t.write_state IS NOT NULL
            AND t.write_state = 'pending'
            AND t.attempt = 'done'
        ORDER BY t.action_id
    LOOP
        IF EXISTS (
            SELECT 1 FROM sync.calendar_sync AS o
            WHERE o.employee_kuerzel = employee
                AND NOT o.deleted
                AND o.advoware_frnr = attempt.advoware_frnr)
        THEN
            -- It went to another link meanwhile: what this attempt made is not known any more.
            UPDATE sync.action AS t
            SET status = 'in_doubt', attempt = 'in_doubt', result = 'advoware_no_number', advoware_frnr = NULL,
                doubted_at = clock_timestamp(), finished_at = NULL
            WHERE t.action_id = attempt.action_id;
        ELSE
            PERFORM engine.join_termin(attempt);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.join_termine(text) IS
'Joins all Termine that were made since the last reading with their links; before anybody takes them for new ones.';

CREATE OR REPLACE FUNCTION engine.attempt_made(action_id bigint, frnr bigint, how text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    attempt sync.action;
BEGIN
    SELECT t.* INTO attempt FROM sync.action AS t WHERE t.action_id = attempt_made.action_id;
    PERFORM engine.join_termin(engine.record_made(attempt, frnr, how));
END
$$;
COMMENT ON FUNCTION engine.attempt_made(bigint, bigint, text) IS
'What an attempt made was found, told late, or named by a person: its link is paired now (rules 5).';
