CREATE OR REPLACE FUNCTION engine.settle_attempts(employee text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    one sync.action;
    found bigint;
BEGIN
    -- Whether anything but a creation of a Termin arrived is seen in the reading; the plan starts from there.
    UPDATE sync.action AS t SET status = 'superseded', finished_at = clock_timestamp()
    WHERE t.employee_kuerzel = employee AND t.status = 'in_doubt' AND t.attempt IS NULL;

    -- One by one, by number: each attempt takes the lowest above its own mark, the lowest mark first.
    FOR one IN
        SELECT t.* FROM sync.action AS t
        WHERE t.employee_kuerzel = employee AND t.attempt = 'in_doubt'
        ORDER BY t.frnr_mark, t.action_id
    LOOP
        SELECT min(c.frnr) INTO found FROM engine.doubt_candidates(one) AS c WHERE c.by_content;
        IF found IS NOT NULL THEN
            PERFORM engine.attempt_made(one.action_id, found, 'found_by_content');
        END IF;
    END LOOP;
    -- What turns up from an attempt given up is remembered as such for ever.
    FOR one IN
        SELECT t.* FROM sync.action AS t
        WHERE t.employee_kuerzel = employee AND t.attempt = 'given_up'
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
    WHERE t.employee_kuerzel = employee AND t.attempt = 'given_up'
        AND r.employee_kuerzel = employee AND r.side = 'advoware'
        AND r.complete AND r.unidentifiable = 0 AND r.empty_since IS NULL
        AND r.observed_at > t.doubted_at + interval '1 day';

    UPDATE sync.action AS t SET result = 'time_match_needs_person'
    WHERE t.employee_kuerzel = employee AND t.attempt = 'in_doubt'
        AND t.result IS DISTINCT FROM 'time_match_needs_person'
        AND clock_timestamp() > engine.doubt_until(t)
        AND EXISTS (SELECT 1 FROM engine.doubt_candidates(t) AS c WHERE c.by_time AND NOT c.by_content);
END
$$;
COMMENT ON FUNCTION engine.settle_attempts(text) IS
'Settles attempts in doubt: one to one by content; what matches by start and end alone waits for a person; given up ones are searched (rules 5).';

CREATE OR REPLACE FUNCTION engine.give_up_attempts(link sync.calendar_sync) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE sync.action AS t
    SET status = 'failed', attempt = 'given_up', result = 'given_up', finished_at = clock_timestamp()
    WHERE t.employee_kuerzel = link.employee_kuerzel AND t.attempt = 'in_doubt' AND t.sync_id = link.sync_id;
END
$$;
COMMENT ON FUNCTION engine.give_up_attempts(sync.calendar_sync) IS
'A link''s attempts in doubt are given up, in the transaction that begins their successor or ends the link: what they made is late (rules 5).';

CREATE OR REPLACE FUNCTION engine.attempt_made(action_id bigint, frnr bigint, how text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    attempt sync.action;
    link sync.calendar_sync;
    event sync.seen;
BEGIN
    SELECT t.* INTO attempt FROM sync.action AS t WHERE t.action_id = attempt_made.action_id;
    SELECT l.* INTO link FROM sync.calendar_sync AS l WHERE l.sync_id = attempt.sync_id FOR NO KEY UPDATE;
    UPDATE sync.action AS w SET write_state = NULL
    WHERE w.employee_kuerzel = attempt.employee_kuerzel AND w.sync_id = attempt.sync_id
        AND w.write_state IS NOT NULL AND w.action_id <> attempt.action_id;
    UPDATE sync.action AS t
    SET status = 'done', attempt = 'done', result = how, advoware_frnr = frnr, finished_at = clock_timestamp(),
        writes_in = 'advoware', write_state = 'pending'
    WHERE t.action_id = attempt.action_id
    RETURNING t.* INTO attempt;
    PERFORM engine.spend_approval(attempt);
    -- It was thought to be a predecessor's, which may still turn up, then.
    UPDATE sync.action AS t SET attempt = 'given_up', result = 'given_up', advoware_frnr = NULL
    WHERE t.employee_kuerzel = attempt.employee_kuerzel AND t.attempt = 'late' AND t.advoware_frnr = attempt_made.frnr;
    UPDATE sync.office AS o SET highest_frnr = frnr WHERE o.highest_frnr < frnr;

    SELECT e.* INTO event FROM sync.seen AS e
    WHERE e.employee_kuerzel = link.employee_kuerzel AND e.side = 'google' AND e.entry_id = link.google_event_id;
    link.advoware_frnr := frnr;
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
    IF link.google_calendar_id <> (SELECT e.google_calendar_id FROM sync.employee AS e WHERE e.kuerzel = link.employee_kuerzel) THEN
        -- Its calendar vanished meanwhile: the event is created again in the new one, as every other was.
        link := engine.without_event(link);
        UPDATE sync.action AS t SET write_state = NULL WHERE t.action_id = attempt.action_id;
    END IF;
    PERFORM engine.keep_link(link);
END
$$;
COMMENT ON FUNCTION engine.attempt_made(bigint, bigint, text) IS
'An attempt made this Termin: its link becomes whole. What Advoware stored is compared with what was meant at the next reading (rules 5).';
