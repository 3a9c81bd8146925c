CREATE OR REPLACE FUNCTION engine.settle_attempts(employee text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pair record;
BEGIN
    -- Whether anything but a create of a Termin arrived is seen in the reading; the plan starts from there.
    UPDATE sync.action AS t SET status = 'superseded', finished_at = clock_timestamp()
    WHERE t.employee_kuerzel = employee AND t.status = 'in_doubt' AND t.kind NOT IN ('create_termin', 'recreate_termin');

    -- One by one, by number: each attempt takes the lowest above its own mark, the lowest mark first.
    LOOP
        SELECT c.action_id, c.frnr INTO pair
        FROM engine.doubt_candidates(employee) AS c JOIN sync.action AS t ON t.action_id = c.action_id
        WHERE c.by_content AND NOT c.given_up
        ORDER BY t.frnr_mark, t.action_id, c.frnr LIMIT 1;
        EXIT WHEN NOT FOUND;
        PERFORM engine.attempt_made(pair.action_id, pair.frnr, 'found_by_content');
    END LOOP;

    -- What turns up from an attempt given up is remembered as such for ever.
    LOOP
        SELECT c.action_id, c.frnr INTO pair
        FROM engine.doubt_candidates(employee) AS c JOIN sync.action AS t ON t.action_id = c.action_id
        WHERE c.by_content AND c.given_up
        ORDER BY t.frnr_mark, t.action_id, c.frnr LIMIT 1;
        EXIT WHEN NOT FOUND;
        UPDATE sync.action AS t SET advoware_frnr = pair.frnr, result = 'late_answer' WHERE t.action_id = pair.action_id;
    END LOOP;
    -- The search ends with a reading, not with a time: nobody may have looked for days.
    UPDATE sync.action AS t SET result = 'never_arrived'
    FROM sync.reading AS r
    WHERE t.employee_kuerzel = employee AND t.given_up AND t.result NOT IN ('late_answer', 'never_arrived')
        AND r.employee_kuerzel = employee AND r.side = 'advoware' AND r.complete AND r.unidentifiable = 0 AND r.empty_since IS NULL
        AND r.observed_at > t.doubted_at + interval '1 day';

    UPDATE sync.action AS t SET result = 'time_match_needs_person'
    WHERE t.employee_kuerzel = employee AND t.status = 'in_doubt' AND NOT t.given_up AND t.result IS DISTINCT FROM 'time_match_needs_person'
        AND EXISTS (SELECT 1 FROM engine.doubt_candidates(employee) AS c
            WHERE c.action_id = t.action_id AND c.by_time AND NOT c.by_content AND c.wait_is_over);
END
$$;
COMMENT ON FUNCTION engine.settle_attempts(text) IS 'Settles an employee''s attempts in doubt: matched one to one by content with unlinked Termine above the mark; those that match by start and end only wait for sync.settle_attempt. What matches an attempt given up is noted as late; its search ends with a complete reading more than a day later.';

CREATE OR REPLACE FUNCTION engine.attempt_made(action_id bigint, frnr bigint, how text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    attempt sync.action;
BEGIN
    UPDATE sync.action AS t SET status = 'done', result = how, advoware_frnr = frnr, finished_at = clock_timestamp()
    WHERE t.action_id = attempt_made.action_id
    RETURNING t.* INTO attempt;
    PERFORM engine.spend_approval(attempt);
    -- It was thought to be a predecessor's, which may still turn up, then.
    UPDATE sync.action AS t SET result = 'given_up', advoware_frnr = NULL
    WHERE t.employee_kuerzel = attempt.employee_kuerzel AND t.given_up AND t.result = 'late_answer' AND t.advoware_frnr = frnr;
    UPDATE sync.calendar_sync AS l
    SET advoware_frnr = frnr, sync_status = 'synced', last_error = NULL, attempts = 0, next_attempt_at = NULL, superseded_count = 0,
        advoware_fingerprint = NULL, advoware_watermark = NULL,
        google_fingerprint = attempt.meant_fingerprint, google_watermark = g.api_timestamp,
        starts_at = coalesce(g.starts_at, l.starts_at), ends_at = coalesce(g.ends_at, l.ends_at),
        last_sync = engine.settled_time(l.sync_strategy, l.source_system, NULL, g.api_timestamp, attempt.started_at),
        meant_side = 'advoware', meant_fingerprint = attempt.meant_fingerprint, meant_time_fingerprint = attempt.meant_time_fingerprint,
        meant_acknowledged = true, meant_at = attempt.started_at
    FROM sync.calendar_sync AS own
    LEFT JOIN sync.seen AS g ON g.employee_kuerzel = own.employee_kuerzel AND g.side = 'google' AND g.entry_id = own.google_event_id
    WHERE own.sync_id = attempt.sync_id AND l.sync_id = own.sync_id;
    -- Its calendar vanished meanwhile: the event is created again in the new one, as every other was.
    PERFORM engine.forget_event(l.sync_id)
    FROM sync.calendar_sync AS l JOIN sync.employee AS e ON e.kuerzel = l.employee_kuerzel
    WHERE l.sync_id = attempt.sync_id AND l.google_calendar_id <> e.google_calendar_id;
    UPDATE sync.office AS o SET highest_frnr = frnr WHERE o.highest_frnr < frnr;
END
$$;
COMMENT ON FUNCTION engine.attempt_made(bigint, bigint, text) IS 'An attempt to create a Termin made this one: the link becomes whole; if its event was in a calendar that vanished meanwhile, its event is to be created again. What Advoware stored is compared with what was meant at the next reading.';
