CREATE OR REPLACE FUNCTION engine.doubt_until(attempt sync.action) RETURNS timestamptz
LANGUAGE sql STABLE
AS $$
    -- A lost listener's request may still be on its way until its deadline.
    SELECT s.in_doubt_wait + CASE
        WHEN attempt.result IN ('listener_lost', 'run_ended', 'paused')
            THEN greatest(attempt.deadline, attempt.doubted_at)
        ELSE attempt.doubted_at
    END
    FROM sync.setting AS s
$$;
COMMENT ON FUNCTION engine.doubt_until(sync.action) IS 'Until when the Termin of an unanswered POST is awaited (in_doubt_wait).';

CREATE OR REPLACE FUNCTION engine.is_taken(employee text, frnr bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee
                AND NOT l.deleted
                AND l.advoware_frnr = is_taken.frnr)
        OR EXISTS (
            SELECT 1 FROM sync.action AS t
            WHERE t.employee_kuerzel = employee
                AND t.write_state IS NOT NULL
                AND t.attempt = 'done'
                AND t.advoware_frnr = is_taken.frnr);
END
$$;
COMMENT ON FUNCTION engine.is_taken(text, bigint) IS
'Whether a Termin belongs to a link, or to one that is about to be joined with it: an attempt made it.';

CREATE OR REPLACE FUNCTION engine.doubt_candidates(attempt sync.action)
RETURNS TABLE (frnr bigint, by_content boolean, by_time boolean)
LANGUAGE sql STABLE
AS $$
    SELECT s.frnr::bigint,
        s.fingerprint IS NOT DISTINCT FROM attempt.meant_fingerprint,
        -- One that cannot be read may be the one we made.
        s.unusable IS NOT NULL OR s.time_fingerprint IS NOT DISTINCT FROM attempt.meant_time_fingerprint
    FROM sync.seen AS s
    WHERE s.employee_kuerzel = attempt.employee_kuerzel
        AND s.frnr IS NOT NULL
        AND s.frnr > attempt.frnr_mark
        AND s.frnr > 0
        AND s.present
        AND s.ownership = 'exclusive'
        -- One POST makes one Termin: who has found it, or has been looked for long enough, looks for no other.
        AND attempt.attempt IN ('in_doubt', 'given_up')
        AND NOT engine.is_taken(attempt.employee_kuerzel, s.frnr)
        AND NOT (attempt.attempt = 'given_up' AND EXISTS (
            SELECT 1 FROM sync.action AS o
            WHERE o.employee_kuerzel = attempt.employee_kuerzel
                AND o.attempt = 'late'
                AND o.advoware_frnr = s.frnr))
$$;
COMMENT ON FUNCTION engine.doubt_candidates(sync.action) IS
'Unlinked Termine above an attempt''s mark that are this employee''s alone: what it may have made (rules 5). by_time: start and end match.';

CREATE OR REPLACE FUNCTION engine.reserved_termine(employee text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    attempt sync.action;
    wait_is_over boolean;
BEGIN
    FOR attempt IN
        SELECT t.* FROM sync.action AS t
        WHERE t.employee_kuerzel = employee
            AND t.attempt IN ('in_doubt', 'given_up', 'late')
    LOOP
        IF attempt.attempt = 'late' THEN
            -- Known to come from an attempt that had been given up.
            RETURN NEXT attempt.advoware_frnr;
            CONTINUE;
        END IF;
        wait_is_over := clock_timestamp() > engine.doubt_until(attempt);
        IF attempt.attempt = 'in_doubt' AND NOT wait_is_over THEN
            -- While anything may still arrive, all that is new waits.
            RETURN QUERY
            SELECT s.frnr::bigint FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.frnr IS NOT NULL
                AND s.frnr > attempt.frnr_mark
                AND s.present
                AND NOT EXISTS (
                    SELECT 1 FROM sync.calendar_sync AS l
                    WHERE l.employee_kuerzel = employee
                        AND NOT l.deleted
                        AND l.advoware_frnr = s.frnr);
        ELSE
            RETURN QUERY
            SELECT c.frnr FROM engine.doubt_candidates(attempt) AS c
            WHERE CASE attempt.attempt WHEN 'given_up' THEN c.by_content ELSE c.by_time END;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.reserved_termine(text) IS
'Termine that phase 1 leaves alone, because an attempt in doubt or given up may have made them, or has been found late (rules 5).';

CREATE OR REPLACE FUNCTION engine.doubt_is_over(link sync.calendar_sync) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    attempt sync.action;
    read sync.reading;
    posted sync.seen;
    wait interval;
BEGIN
    FOR attempt IN
        SELECT t.* FROM sync.action AS t
        WHERE t.employee_kuerzel = link.employee_kuerzel
            AND t.attempt = 'in_doubt'
            AND t.sync_id = link.sync_id
    LOOP
        SELECT r.* INTO read FROM sync.reading AS r
        WHERE r.employee_kuerzel = link.employee_kuerzel
            AND r.side = 'advoware';
        SELECT s.in_doubt_wait INTO wait FROM sync.setting AS s;
        SELECT e.* INTO posted FROM sync.seen AS e
        WHERE e.employee_kuerzel = link.employee_kuerzel
            AND e.side = 'google'
            AND e.entry_id = attempt.google_event_id
            AND e.time_fingerprint = attempt.meant_time_fingerprint;
        IF NOT coalesce(
            read.complete
            AND read.unidentifiable = 0
            AND read.observed_at > engine.doubt_until(attempt)
            -- One from before the clock was set back began before the attempt.
            AND read.observed_at <= clock_timestamp()
            -- It says nothing about a time that it does not reach. (The event may have been moved since.)
            AND coalesce(coalesce(posted.ends_at, link.ends_at) > read.window_from
                AND coalesce(posted.starts_at, link.starts_at) < read.window_to, true)
            -- An empty list is believed only when a second one, one wait later, is empty too.
            AND (read.empty_since IS NULL
                OR (read.empty_since > engine.doubt_until(attempt)
                    AND read.observed_at >= read.empty_since + wait
                    AND read.observed_at > read.empty_since))
            AND NOT EXISTS (SELECT 1 FROM engine.doubt_candidates(attempt) AS c WHERE c.by_time),
            false)
        THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION engine.doubt_is_over(sync.calendar_sync) IS
'Whether a link has no attempt in doubt, or one that may be sent again: a reading begun after the wait shows no candidate (rules 5).';
