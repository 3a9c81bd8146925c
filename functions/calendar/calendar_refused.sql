CREATE OR REPLACE FUNCTION engine.may_create_calendar(run_id bigint, fence bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
BEGIN
    RETURN NOT EXISTS (SELECT 1 FROM sync.calendar_wait AS w
        WHERE w.employee_kuerzel = run.employee_kuerzel
            AND w.next_attempt_at > clock_timestamp());
END
$$;
COMMENT ON FUNCTION engine.may_create_calendar(bigint, bigint) IS
'Whether Google may be asked to make the employee''s calendar now. false: it refused lately (sync.calendar_wait), the run ends failed. Raises CS003.';
GRANT EXECUTE ON FUNCTION engine.may_create_calendar(bigint, bigint) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.calendar_refused(
    run_id bigint, fence bigint, retry_after_seconds integer DEFAULT NULL
) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
    asked interval := make_interval(secs => least(greatest(coalesce(retry_after_seconds, 0), 0), 86400));
    next_attempt timestamptz;
BEGIN
    -- The first refusal waits only if Google asks for it: the next run tries once more.
    INSERT INTO sync.calendar_wait AS w (employee_kuerzel, refusals, refused_at, next_attempt_at)
    VALUES (run.employee_kuerzel, 1, clock_timestamp(), clock_timestamp() + asked)
    ON CONFLICT ON CONSTRAINT calendar_wait_pkey DO UPDATE
    SET refusals = w.refusals + 1, refused_at = clock_timestamp(),
        next_attempt_at = engine.backoff_until(w.refusals - 1, asked)
    RETURNING w.next_attempt_at INTO next_attempt;
    RETURN next_attempt;
END
$$;
-- Google says 403 quotaExceeded, "Calendar usage limits exceeded". It is asked again by the next run after the first
-- refusal, then with growing delay.
COMMENT ON FUNCTION engine.calendar_refused(bigint, bigint, integer) IS
'Google would not make the employee''s calendar. Returns when it is asked again, never before retry_after_seconds. Raises CS003.';
GRANT EXECUTE ON FUNCTION engine.calendar_refused(bigint, bigint, integer) TO calendar_sync_user;
