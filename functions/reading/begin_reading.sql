CREATE OR REPLACE FUNCTION engine.begin_reading(run_id bigint, fence bigint, key_prefix text)
RETURNS TABLE (
    observed_at timestamptz, window_from timestamptz, window_to timestamptz, google_from timestamptz, google_token text,
    expand_to timestamptz, carried jsonb, parts jsonb, due jsonb, advoware_digest text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
    has_memory boolean;
BEGIN
    PERFORM engine.need_not_last();
    IF engine.is_paused(run.employee_kuerzel) THEN
        PERFORM engine.close_run(run.run_id, 'paused');
        RETURN;
    END IF;
    IF engine.clock_was_set_back(run) THEN
        UPDATE sync.run AS r SET started_at = least(r.started_at, clock_timestamp()) WHERE r.run_id = run.run_id;
        PERFORM engine.date_back(
            run.employee_kuerzel, least(run.started_at, clock_timestamp()) - interval '1 microsecond');
    END IF;
    -- Once, before the first name is written: anonymised copies may all lie before the window.
    has_memory := EXISTS (
        SELECT 1 FROM sync.reading AS r
        JOIN sync.employee AS e ON e.kuerzel = r.employee_kuerzel
        WHERE r.employee_kuerzel = run.employee_kuerzel
            AND r.side = 'google'
            AND r.calendar_id = e.google_calendar_id
            AND r.boundless_at IS NOT NULL);
    RETURN QUERY
    SELECT clock_timestamp(), engine.window_from(), engine.window_to(),
        CASE WHEN has_memory THEN engine.window_from() - interval '1 day' END,
        (SELECT r.sync_token FROM sync.reading AS r JOIN sync.employee AS e ON e.kuerzel = r.employee_kuerzel
        WHERE r.employee_kuerzel = run.employee_kuerzel
            AND r.side = 'google'
            AND r.key_prefix = begin_reading.key_prefix
            AND r.calendar_id = e.google_calendar_id
            AND has_memory
            AND NOT run.recheck),
        engine.expand_to(),
        to_jsonb(ARRAY(SELECT s.family FROM sync.series AS s WHERE s.employee_kuerzel = run.employee_kuerzel)),
        to_jsonb(ARRAY(SELECT p FROM engine.later_parts(run.employee_kuerzel) AS p)),
        to_jsonb(ARRAY(SELECT d FROM engine.due_series(run.employee_kuerzel) AS d)),
        (SELECT r.digest FROM sync.reading AS r
        WHERE r.employee_kuerzel = run.employee_kuerzel
            AND r.side = 'advoware'
            AND r.key_prefix = begin_reading.key_prefix
            AND r.window_from = engine.window_from()
            AND r.window_to = engine.window_to()
            AND NOT run.recheck
            -- Somebody may have emptied the hub's memory.
            AND EXISTS (
                SELECT 1 FROM sync.seen AS s
                WHERE s.employee_kuerzel = run.employee_kuerzel
                    AND s.side = 'advoware'
                    AND s.present));
END
$$;
-- Advoware is read from window_from to window_to, Google from google_from (one day earlier) with an open end; NULL: the
-- whole calendar, which the hub has not looked at yet. google_token is Google's sync token; NULL: the listing has to be
-- whole (recheck, another fingerprint key, another calendar, no token). carried: families of series whose occurrences
-- are to be listed up to expand_to whenever they change; parts: masters of later parts of split series, carried or not;
-- due: masters of carried ones whose occurrences have to be listed now, because time has passed. An answer of Advoware
-- with advoware_digest need not be read. observed_at goes with the entries read after this call.
COMMENT ON FUNCTION engine.begin_reading(bigint, bigint, text) IS
'What to read: the window, Google''s sync token, series to list. No row: the employee is paused, and the run has ended. Raises CS003: the lease is lost.';
GRANT EXECUTE ON FUNCTION engine.begin_reading(bigint, bigint, text) TO calendar_sync_user;
