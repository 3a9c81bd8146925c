CREATE OR REPLACE FUNCTION sync.doubt_until(attempt sync.action) RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- A lost listener's request may still be on its way until its deadline.
    SELECT CASE WHEN attempt.result IN ('listener_lost', 'run_ended', 'paused') THEN greatest(attempt.deadline, attempt.doubted_at) ELSE attempt.doubted_at END + s.in_doubt_wait
    FROM sync.setting AS s
$$;
COMMENT ON FUNCTION sync.doubt_until(sync.action) IS 'Until when the Termin of an unanswered POST is awaited (in_doubt_wait).';
REVOKE ALL ON FUNCTION sync.doubt_until(sync.action) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.doubt_candidates(employee text)
RETURNS TABLE (action_id bigint, frnr bigint, by_content boolean, by_time boolean, given_up boolean, wait_is_over boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.action_id, s.entry_id::bigint, s.fingerprint IS NOT DISTINCT FROM t.meant_fingerprint,
        -- One that cannot be read may be the one we made.
        s.unusable IS NOT NULL OR s.time_fingerprint IS NOT DISTINCT FROM t.meant_time_fingerprint, t.given_up, clock_timestamp() > sync.doubt_until(t)
    FROM sync.action AS t
    JOIN sync.seen AS s ON s.employee_kuerzel = t.employee_kuerzel AND s.side = 'advoware' AND s.present
        AND s.ownership = 'exclusive' AND s.entry_id ~ '^[0-9]{1,18}$' AND s.entry_id::bigint > t.frnr_mark
    WHERE t.employee_kuerzel = employee AND t.kind IN ('create_termin', 'recreate_termin')
        -- One POST makes one Termin: who has found it, or has been looked for long enough, looks for no other.
        AND (t.status = 'in_doubt' AND NOT t.given_up OR t.given_up AND t.result NOT IN ('late_answer', 'never_arrived'))
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.advoware_frnr = s.entry_id::bigint)
        AND NOT (t.given_up AND EXISTS (SELECT 1 FROM sync.action AS o
            WHERE o.employee_kuerzel = employee AND o.status = 'failed' AND o.result = 'late_answer' AND o.advoware_frnr::text = s.entry_id))
$$;
COMMENT ON FUNCTION sync.doubt_candidates(text) IS 'Unlinked Termine above the mark of an attempt in doubt whose sb and anwalt are both this employee: what that attempt may have made (RULES 5). Of an attempt given up too, until its Termin has turned up or a complete reading more than a day later has not shown it.';
REVOKE ALL ON FUNCTION sync.doubt_candidates(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.held_back(employee text) RETURNS SETOF bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.frnr FROM sync.doubt_candidates(employee) AS c
    WHERE CASE WHEN c.given_up THEN c.by_content WHEN c.wait_is_over THEN c.by_time ELSE true END
    UNION
    -- While anything may still arrive, all that is new waits.
    SELECT s.entry_id::bigint FROM sync.action AS t
    JOIN sync.seen AS s ON s.employee_kuerzel = t.employee_kuerzel AND s.side = 'advoware' AND s.present AND s.entry_id::bigint > t.frnr_mark
    WHERE t.employee_kuerzel = employee AND t.status = 'in_doubt' AND NOT t.given_up AND clock_timestamp() <= sync.doubt_until(t)
        AND t.kind IN ('create_termin', 'recreate_termin')
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.advoware_frnr = s.entry_id::bigint)
    UNION
    -- Known to come from an attempt that had been given up.
    SELECT t.advoware_frnr FROM sync.action AS t
    WHERE t.employee_kuerzel = employee AND t.kind IN ('create_termin', 'recreate_termin') AND t.status = 'failed' AND t.result = 'late_answer'
$$;
COMMENT ON FUNCTION sync.held_back(text) IS 'Termine that phase 1 leaves alone because an attempt in doubt may have made them: until the wait is over all above the mark, after it those that match by start and end; those of a given-up attempt (it answered late, or they match whole) are never copied onward.';
REVOKE ALL ON FUNCTION sync.held_back(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.doubt_is_over(link uuid) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT NOT EXISTS (
        SELECT 1 FROM sync.action AS t
        JOIN sync.calendar_sync AS l ON l.sync_id = t.sync_id
        LEFT JOIN sync.reading AS r ON r.employee_kuerzel = t.employee_kuerzel AND r.side = 'advoware'
        LEFT JOIN sync.seen AS g ON g.employee_kuerzel = t.employee_kuerzel AND g.side = 'google' AND g.entry_id = t.google_event_id
            AND g.time_fingerprint = t.meant_time_fingerprint
        WHERE t.sync_id = link AND t.status = 'in_doubt' AND NOT t.given_up
            AND NOT coalesce(
                r.complete AND r.unidentifiable = 0 AND r.observed_at > sync.doubt_until(t)
                -- It says nothing about a time that it does not reach. (The event may have been moved since.)
                AND coalesce(coalesce(g.ends_at, l.ends_at) > r.window_from AND coalesce(g.starts_at, l.starts_at) < r.window_to, true)
                -- An empty list is believed only when a second one, one wait later, is empty too.
                AND (r.empty_since IS NULL
                    OR (r.empty_since > sync.doubt_until(t) AND r.observed_at >= r.empty_since + (SELECT s.in_doubt_wait FROM sync.setting AS s)
                        AND r.observed_at > r.empty_since))
                AND NOT EXISTS (SELECT 1 FROM sync.doubt_candidates(t.employee_kuerzel) AS c WHERE c.action_id = t.action_id AND c.by_time),
                false))
$$;
COMMENT ON FUNCTION sync.doubt_is_over(uuid) IS 'Whether a link has no attempt in doubt, or one that may be sent again: a complete, identifiable, non-empty reading begun after the wait, whose window reaches what was posted, shows no candidate (RULES 5).';
REVOKE ALL ON FUNCTION sync.doubt_is_over(uuid) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.settle_attempts(employee text) RETURNS void
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
        FROM sync.doubt_candidates(employee) AS c JOIN sync.action AS t ON t.action_id = c.action_id
        WHERE c.by_content AND NOT c.given_up
        ORDER BY t.frnr_mark, t.action_id, c.frnr LIMIT 1;
        EXIT WHEN NOT FOUND;
        PERFORM sync.attempt_made(pair.action_id, pair.frnr, 'found_by_content');
    END LOOP;

    -- What turns up from an attempt given up is remembered as such for ever.
    LOOP
        SELECT c.action_id, c.frnr INTO pair
        FROM sync.doubt_candidates(employee) AS c JOIN sync.action AS t ON t.action_id = c.action_id
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
        AND EXISTS (SELECT 1 FROM sync.doubt_candidates(employee) AS c
            WHERE c.action_id = t.action_id AND c.by_time AND NOT c.by_content AND c.wait_is_over);
END
$$;
COMMENT ON FUNCTION sync.settle_attempts(text) IS 'Settles an employee''s attempts in doubt: matched one to one by content with unlinked Termine above the mark; those that match by start and end only wait for sync.settle_attempt. What matches an attempt given up is noted as late; its search ends with a complete reading more than a day later.';
REVOKE ALL ON FUNCTION sync.settle_attempts(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.attempt_made(action_id bigint, frnr bigint, how text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    attempt sync.action;
BEGIN
    UPDATE sync.action AS t SET status = 'done', result = how, advoware_frnr = frnr, finished_at = clock_timestamp()
    WHERE t.action_id = attempt_made.action_id
    RETURNING t.* INTO attempt;
    PERFORM sync.spend_approval(attempt);
    -- It was thought to be a predecessor's, which may still turn up, then.
    UPDATE sync.action AS t SET result = 'given_up', advoware_frnr = NULL
    WHERE t.employee_kuerzel = attempt.employee_kuerzel AND t.given_up AND t.result = 'late_answer' AND t.advoware_frnr = frnr;
    UPDATE sync.calendar_sync AS l
    SET advoware_frnr = frnr, sync_status = 'synced', last_error = NULL, attempts = 0, next_attempt_at = NULL, superseded_count = 0,
        advoware_fingerprint = NULL, advoware_watermark = NULL,
        google_fingerprint = attempt.meant_fingerprint, google_watermark = g.api_timestamp,
        starts_at = coalesce(g.starts_at, l.starts_at), ends_at = coalesce(g.ends_at, l.ends_at),
        last_sync = sync.settled_time(l.sync_strategy, l.source_system, NULL, g.api_timestamp, attempt.started_at),
        meant_side = 'advoware', meant_fingerprint = attempt.meant_fingerprint, meant_time_fingerprint = attempt.meant_time_fingerprint,
        meant_acknowledged = true, meant_at = attempt.started_at
    FROM sync.calendar_sync AS own
    LEFT JOIN sync.seen AS g ON g.employee_kuerzel = own.employee_kuerzel AND g.side = 'google' AND g.entry_id = own.google_event_id
    WHERE own.sync_id = attempt.sync_id AND l.sync_id = own.sync_id;
    -- Its calendar vanished meanwhile: the event is created again in the new one, as every other was.
    PERFORM sync.forget_event(l.sync_id)
    FROM sync.calendar_sync AS l JOIN sync.employee AS e ON e.kuerzel = l.employee_kuerzel
    WHERE l.sync_id = attempt.sync_id AND l.google_calendar_id <> e.google_calendar_id;
    UPDATE sync.office AS o SET highest_frnr = frnr WHERE o.highest_frnr < frnr;
END
$$;
COMMENT ON FUNCTION sync.attempt_made(bigint, bigint, text) IS 'An attempt to create a Termin made this one: the link becomes whole; if its event was in a calendar that vanished meanwhile, its event is to be created again. What Advoware stored is compared with what was meant at the next reading.';
REVOKE ALL ON FUNCTION sync.attempt_made(bigint, bigint, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.settle_attempt(action_id bigint, frnr bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    attempt sync.action;
    termin sync.seen;
BEGIN
    SELECT t.* INTO attempt FROM sync.action AS t WHERE t.action_id = settle_attempt.action_id FOR UPDATE;
    IF NOT FOUND OR attempt.status <> 'in_doubt' OR attempt.kind NOT IN ('create_termin', 'recreate_termin') THEN
        RAISE EXCEPTION 'action_id: % is %; only a create of a Termin that is in doubt can be settled', coalesce(action_id::text, 'NULL'),
            CASE WHEN attempt.action_id IS NULL THEN 'no action'
                WHEN attempt.given_up THEN 'an attempt that has been given up: nothing waits for it any more'
                ELSE format('a %s that is %s', attempt.kind, attempt.status) END
            USING ERRCODE = '22023',
            HINT = 'SELECT action_id, employee_kuerzel, sync_id, kind FROM sync.action WHERE status = ''in_doubt'' shows what is.';
    END IF;
    IF frnr IS NULL THEN
        UPDATE sync.action AS t SET status = 'failed', result = 'none_is_ours', given_up = true, finished_at = clock_timestamp()
        WHERE t.action_id = settle_attempt.action_id;
        UPDATE sync.calendar_sync AS l SET next_attempt_at = NULL WHERE l.sync_id = attempt.sync_id AND l.next_attempt_at IS NOT NULL;
        RETURN 'none is ours: the Termin is created again at the next run';
    END IF;
    IF frnr <= 0 OR frnr > 2147483647 THEN
        RAISE EXCEPTION 'frnr: % is not a number of a Termin; allowed are 1 to 2147483647, or NULL when none is ours', frnr USING ERRCODE = '22023';
    END IF;
    IF frnr <= attempt.frnr_mark THEN
        RAISE EXCEPTION 'frnr: % is older than the attempt; numbers only grow, so what it made is above %', frnr, attempt.frnr_mark USING ERRCODE = '22023';
    END IF;
    IF EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.employee_kuerzel = attempt.employee_kuerzel AND NOT l.deleted AND l.advoware_frnr = frnr) THEN
        RAISE EXCEPTION 'frnr: % already belongs to another link of %', frnr, attempt.employee_kuerzel USING ERRCODE = '22023';
    END IF;
    SELECT s.* INTO termin FROM sync.seen AS s
    WHERE s.employee_kuerzel = attempt.employee_kuerzel AND s.side = 'advoware' AND s.entry_id = settle_attempt.frnr::text AND s.present;
    -- A slip of the pen would hand somebody else's Termin to this link, to be overwritten.
    IF NOT FOUND OR termin.ownership = 'foreign' THEN
        RAISE EXCEPTION 'frnr: % is not among the Termine of % that were last read', frnr, attempt.employee_kuerzel USING ERRCODE = '22023',
            HINT = format('If it is new: CALL sync.run_now(employee => %L), then settle the attempt.', attempt.employee_kuerzel);
    END IF;
    PERFORM sync.attempt_made(action_id, frnr, 'settled_by_person');
    RETURN 'linked with Termin ' || frnr;
END
$$;
COMMENT ON FUNCTION sync.settle_attempt(bigint, bigint) IS 'A person settles a create that is in doubt: frnr says which Termin it made, NULL that none is ours (it is then created again; should its Termin turn up after all, it is known as late). Raises 22023 when the action is no create in doubt, or the Termin is linked already, older than the attempt, or not among the employee''s that were last read.';
REVOKE ALL ON FUNCTION sync.settle_attempt(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.settle_attempt(bigint, bigint) TO calendar_sync_operator;
