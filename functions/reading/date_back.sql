CREATE OR REPLACE FUNCTION engine.date_back(run sync.run) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    employee text := run.employee_kuerzel;
    at_most timestamptz := clock_timestamp();
    earlier timestamptz := least(run.started_at, at_most) - interval '1 microsecond';
    is_set_back boolean := run.started_at > at_most;
    changed bigint;
BEGIN
    -- What this employee's readings will be compared with ---------------------------
    UPDATE sync.run AS r SET started_at = at_most
    WHERE r.run_id = run.run_id
        AND r.started_at > at_most;
    UPDATE sync.reading AS r
    SET observed_at = least(r.observed_at, earlier), whole_at = least(r.whole_at, earlier),
        empty_since = least(r.empty_since, earlier)
    WHERE r.employee_kuerzel = employee
        AND greatest(r.observed_at, r.whole_at, r.empty_since) > at_most;
    is_set_back := is_set_back OR FOUND;
    UPDATE sync.seen AS s SET observed_at = least(s.observed_at, earlier), proven_at = least(s.proven_at, earlier)
    WHERE s.employee_kuerzel = employee
        AND greatest(s.observed_at, s.proven_at) > at_most;
    is_set_back := is_set_back OR FOUND;
    UPDATE sync.series AS s SET carried_since = earlier
    WHERE s.employee_kuerzel = employee
        AND s.carried_since > at_most;
    is_set_back := is_set_back OR FOUND;

    -- Writes that are not settled, and attempts in doubt -----------------------------
    UPDATE sync.action AS t SET started_at = earlier
    WHERE t.employee_kuerzel = employee
        AND t.write_state IS NOT NULL
        AND t.started_at > at_most;
    -- Nobody can tell how much of the wait is over, so it begins anew: it becomes longer, and never shorter.
    UPDATE sync.action AS t
    SET doubted_at = least(t.doubted_at, at_most), deadline = least(t.deadline, at_most + interval '60 seconds'),
        started_at = least(t.started_at, earlier)
    WHERE t.employee_kuerzel = employee
        AND t.attempt IN ('in_doubt', 'given_up', 'late')
        AND (greatest(t.doubted_at, t.started_at) > at_most OR t.deadline > at_most + interval '60 seconds');
    GET DIAGNOSTICS changed = ROW_COUNT;

    -- What waits for its next attempt -----------------------------------------------
    IF is_set_back OR changed > 0 THEN
        UPDATE sync.calendar_sync AS l SET next_attempt_at = at_most + s.retry_longest
        FROM sync.setting AS s
        WHERE l.employee_kuerzel = employee
            AND l.employee_kuerzel <> ''
            AND NOT l.deleted
            AND l.next_attempt_at > at_most + s.retry_longest;
    END IF;
END
$$;
-- Called when a reading begins, under the lease: of this employee all that is known by then came before. Whatever says
-- that it was seen later than now was dated by a clock that has been set back since (by hand, or a standby whose clock
-- is slower was promoted), and would make what is read now look old. It keeps its place before the new reading.
COMMENT ON FUNCTION engine.date_back(sync.run) IS
'Dates what is known of an employee and lies ahead of the clock before now: the clock was set back, and no observation may look older for it.';
