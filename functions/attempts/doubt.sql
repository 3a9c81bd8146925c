CREATE OR REPLACE FUNCTION engine.doubt_until(attempt sync.action) RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- A lost listener's request may still be on its way until its deadline.
    SELECT CASE WHEN attempt.result IN ('listener_lost', 'run_ended', 'paused') THEN greatest(attempt.deadline, attempt.doubted_at) ELSE attempt.doubted_at END + s.in_doubt_wait
    FROM sync.setting AS s
$$;
COMMENT ON FUNCTION engine.doubt_until(sync.action) IS 'Until when the Termin of an unanswered POST is awaited (in_doubt_wait).';

CREATE OR REPLACE FUNCTION engine.doubt_candidates(employee text)
RETURNS TABLE (action_id bigint, frnr bigint, by_content boolean, by_time boolean, given_up boolean, wait_is_over boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.action_id, s.entry_id::bigint, s.fingerprint IS NOT DISTINCT FROM t.meant_fingerprint,
        -- One that cannot be read may be the one we made.
        s.unusable IS NOT NULL OR s.time_fingerprint IS NOT DISTINCT FROM t.meant_time_fingerprint, t.given_up, clock_timestamp() > engine.doubt_until(t)
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
COMMENT ON FUNCTION engine.doubt_candidates(text) IS 'Unlinked Termine above the mark of an attempt in doubt whose sb and anwalt are both this employee: what that attempt may have made (RULES 5). Of an attempt given up too, until its Termin has turned up or a complete reading more than a day later has not shown it.';

CREATE OR REPLACE FUNCTION engine.held_back(employee text) RETURNS SETOF bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.frnr FROM engine.doubt_candidates(employee) AS c
    WHERE CASE WHEN c.given_up THEN c.by_content WHEN c.wait_is_over THEN c.by_time ELSE true END
    UNION
    -- While anything may still arrive, all that is new waits.
    SELECT s.entry_id::bigint FROM sync.action AS t
    JOIN sync.seen AS s ON s.employee_kuerzel = t.employee_kuerzel AND s.side = 'advoware' AND s.present AND s.entry_id::bigint > t.frnr_mark
    WHERE t.employee_kuerzel = employee AND t.status = 'in_doubt' AND NOT t.given_up AND clock_timestamp() <= engine.doubt_until(t)
        AND t.kind IN ('create_termin', 'recreate_termin')
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.advoware_frnr = s.entry_id::bigint)
    UNION
    -- Known to come from an attempt that had been given up.
    SELECT t.advoware_frnr FROM sync.action AS t
    WHERE t.employee_kuerzel = employee AND t.kind IN ('create_termin', 'recreate_termin') AND t.status = 'failed' AND t.result = 'late_answer'
$$;
COMMENT ON FUNCTION engine.held_back(text) IS 'Termine that phase 1 leaves alone because an attempt in doubt may have made them: until the wait is over all above the mark, after it those that match by start and end; those of a given-up attempt (it answered late, or they match whole) are never copied onward.';

CREATE OR REPLACE FUNCTION engine.doubt_is_over(link uuid) RETURNS boolean
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
                r.complete AND r.unidentifiable = 0 AND r.observed_at > engine.doubt_until(t)
                -- It says nothing about a time that it does not reach. (The event may have been moved since.)
                AND coalesce(coalesce(g.ends_at, l.ends_at) > r.window_from AND coalesce(g.starts_at, l.starts_at) < r.window_to, true)
                -- An empty list is believed only when a second one, one wait later, is empty too.
                AND (r.empty_since IS NULL
                    OR (r.empty_since > engine.doubt_until(t) AND r.observed_at >= r.empty_since + (SELECT s.in_doubt_wait FROM sync.setting AS s)
                        AND r.observed_at > r.empty_since))
                AND NOT EXISTS (SELECT 1 FROM engine.doubt_candidates(t.employee_kuerzel) AS c WHERE c.action_id = t.action_id AND c.by_time),
                false))
$$;
COMMENT ON FUNCTION engine.doubt_is_over(uuid) IS 'Whether a link has no attempt in doubt, or one that may be sent again: a complete, identifiable, non-empty reading begun after the wait, whose window reaches what was posted, shows no candidate (RULES 5).';
