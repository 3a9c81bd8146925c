-- An observation that lies ahead of the clock was dated by a clock that has been set back since (by hand, or a standby
-- whose clock is slower was promoted), and would make what is read now look old. Of one employee all that is known when
-- a reading begins came before it, whatever its times say. All entries are looked through only when there is a sign.

CREATE OR REPLACE FUNCTION engine.clock_was_set_back(run sync.run) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN run.started_at > clock_timestamp()
        OR EXISTS (
            SELECT 1 FROM sync.reading AS r
            WHERE r.employee_kuerzel = run.employee_kuerzel
                AND greatest(r.observed_at, r.whole_at, r.empty_since) > clock_timestamp())
        OR EXISTS (
            SELECT 1 FROM sync.run AS r
            WHERE r.employee_kuerzel = run.employee_kuerzel
                AND NOT r.dry_run
                AND r.finished_at > clock_timestamp())
        OR EXISTS (
            SELECT 1 FROM sync.action AS t
            WHERE t.employee_kuerzel = run.employee_kuerzel
                AND (t.write_state IS NOT NULL OR t.attempt IN ('in_doubt', 'given_up', 'late'))
                AND (greatest(t.started_at, t.doubted_at) > clock_timestamp()
                    OR t.deadline > clock_timestamp() + interval '60 seconds'));
END
$$;
COMMENT ON FUNCTION engine.clock_was_set_back(sync.run) IS
'Whether what was noted of a run''s employee (runs, readings, unsettled writes) lies ahead of the clock. Asks by key.';

CREATE OR REPLACE FUNCTION engine.known_ahead(
    employee text, side sync.source_system_enum, entries jsonb, is_whole boolean
) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF is_whole THEN
        -- They are all read for it anyway.
        RETURN EXISTS (
            SELECT 1 FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.side = known_ahead.side
                AND s.observed_at > clock_timestamp());
    END IF;
    RETURN engine.known_after(employee, side, entries, clock_timestamp());
END
$$;
COMMENT ON FUNCTION engine.known_ahead(text, sync.source_system_enum, jsonb, boolean) IS
'Whether what is known of the entries of a list, or of the whole side, lies ahead of the clock: it was set back.';

CREATE OR REPLACE FUNCTION engine.known_after(
    employee text, side sync.source_system_enum, entries jsonb, seen_at timestamptz
) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM jsonb_to_recordset(entries) AS e (id text)
        JOIN LATERAL (
            SELECT s.observed_at FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.side = known_after.side
                AND s.entry_id = e.id
            LIMIT 1
        ) AS k ON k.observed_at > seen_at);
END
$$;
COMMENT ON FUNCTION engine.known_after(text, sync.source_system_enum, jsonb, timestamptz) IS
'Whether any of these entries was seen later than a list that shows them: what the list says of it is refused as older.';

CREATE OR REPLACE FUNCTION engine.date_back(employee text, earlier timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    at_most timestamptz := clock_timestamp();
BEGIN
    -- What readings will be compared with --------------------------------------------
    UPDATE sync.reading AS r
    -- What was never noted stays so: least() would take the time for it.
    SET observed_at = least(r.observed_at, earlier),
        whole_at = CASE WHEN r.whole_at IS NOT NULL THEN least(r.whole_at, earlier) END,
        empty_since = CASE WHEN r.empty_since IS NOT NULL THEN least(r.empty_since, earlier) END
    WHERE r.employee_kuerzel = employee
        AND greatest(r.observed_at, r.whole_at, r.empty_since) > at_most;
    UPDATE sync.seen AS s
    SET observed_at = least(s.observed_at, earlier),
        proven_at = CASE WHEN s.proven_at IS NOT NULL THEN least(s.proven_at, earlier) END
    WHERE s.employee_kuerzel = employee
        AND greatest(s.observed_at, s.proven_at) > at_most;
    UPDATE sync.series AS s SET carried_since = earlier
    WHERE s.employee_kuerzel = employee
        AND s.carried_since > at_most;

    -- Writes that are not settled, and attempts in doubt -----------------------------
    UPDATE sync.action AS t SET started_at = earlier
    WHERE t.employee_kuerzel = employee
        AND t.write_state IS NOT NULL
        AND t.started_at > at_most;
    -- Nobody can tell how much of the wait is over, so it begins anew: it becomes longer, and never shorter.
    UPDATE sync.action AS t
    SET doubted_at = CASE WHEN t.doubted_at IS NOT NULL THEN least(t.doubted_at, at_most) END,
        deadline = CASE WHEN t.deadline IS NOT NULL THEN least(t.deadline, at_most + interval '60 seconds') END,
        started_at = CASE WHEN t.started_at IS NOT NULL THEN least(t.started_at, earlier) END
    WHERE t.employee_kuerzel = employee
        AND t.attempt IN ('in_doubt', 'given_up', 'late')
        AND (greatest(t.doubted_at, t.started_at) > at_most OR t.deadline > at_most + interval '60 seconds');

    -- What waits for its next attempt -----------------------------------------------
    UPDATE sync.calendar_sync AS l SET next_attempt_at = at_most + s.retry_longest
    FROM sync.setting AS s
    WHERE l.employee_kuerzel = employee
        AND l.employee_kuerzel <> ''
        AND NOT l.deleted
        AND l.next_attempt_at > at_most + s.retry_longest;
END
$$;
COMMENT ON FUNCTION engine.date_back(text, timestamptz) IS
'Dates what is known of an employee and lies ahead of the clock to a time before the reading: the clock was set back, and nothing may look older for it.';
