CREATE OR REPLACE FUNCTION sync.expired_runs(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.run_id FROM sync.run AS r
    WHERE r.finished_at < before
        -- How an employee's last run ended is asked for, however long ago that was.
        AND r.run_id NOT IN (
            SELECT last.run_id FROM sync.employee AS e
            CROSS JOIN LATERAL (
                SELECT x.run_id FROM sync.run AS x
                WHERE x.employee_kuerzel = e.kuerzel AND x.finished_at IS NOT NULL AND NOT x.dry_run
                ORDER BY x.finished_at DESC LIMIT 1) AS last)
$$;
COMMENT ON FUNCTION sync.expired_runs(timestamptz) IS 'Runs that ended before this instant, without the last one of each employee (dry runs do not count as such).';
REVOKE ALL ON FUNCTION sync.expired_runs(timestamptz) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.is_needed(ended sync.action) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT NOT r.dry_run AND coalesce(
        ended.status IN ('planned', 'running', 'in_doubt', 'held')
        -- For ever: such a Termin is never copied onward. Within a day a given-up attempt may still find its Termin.
        OR ended.result = 'late_answer'
        OR (ended.given_up AND ended.doubted_at > clock_timestamp() - interval '1 day')
        -- What cannot be carried is said once, not once in every keep_runs.
        OR (ended.status = 'refused' AND ended.basis IS NOT NULL AND ended.sync_id IS NULL AND EXISTS (
            SELECT 1 FROM sync.seen AS s
            WHERE s.employee_kuerzel = ended.employee_kuerzel AND s.present AND s.unusable IS NOT NULL
                AND s.side = CASE WHEN ended.google_event_id IS NULL THEN 'advoware' ELSE 'google' END::sync.source_system_enum
                AND s.entry_id = coalesce(ended.google_event_id, ended.advoware_frnr::text))), false)
    FROM sync.run AS r WHERE r.run_id = ended.run_id
$$;
COMMENT ON FUNCTION sync.is_needed(sync.action) IS 'Whether an action may not be removed, however old: it is not over (held, in doubt), an attempt whose Termin turned up late or still may (RULES 5), or the record that an entry that is still there cannot be carried. Nothing of a dry run is.';
REVOKE ALL ON FUNCTION sync.is_needed(sync.action) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.housekeeping(batch integer DEFAULT 5000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before timestamptz;
    actions bigint;
    runs bigint;
    requests bigint;
    entries bigint;
    listeners bigint;
BEGIN
    IF batch IS NULL OR batch NOT BETWEEN 1 AND 1000000 THEN
        RAISE EXCEPTION 'batch: % is no number of rows; allowed are 1 to 1000000', coalesce(batch::text, 'NULL') USING ERRCODE = '22023';
    END IF;
    -- One at a time; who comes second leaves it to the first.
    PERFORM 1 FROM sync.housekeeping AS h FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    SELECT clock_timestamp() - s.keep_runs INTO before FROM sync.setting AS s;

    PERFORM sync.ensure_audit_partitions();

    DELETE FROM sync.action AS t WHERE t.action_id IN (
        SELECT x.action_id FROM sync.expired_runs(before) AS r (run_id)
        JOIN sync.action AS x ON x.run_id = r.run_id
        WHERE NOT sync.is_needed(x)
        LIMIT batch);
    GET DIAGNOSTICS actions = ROW_COUNT;

    DELETE FROM sync.run AS r WHERE r.run_id IN (
        SELECT x.run_id FROM sync.expired_runs(before) AS x (run_id)
        WHERE NOT EXISTS (SELECT 1 FROM sync.action AS t WHERE t.run_id = x.run_id)
        LIMIT batch);
    GET DIAGNOSTICS runs = ROW_COUNT;

    DELETE FROM sync.request AS q WHERE q.request_id IN (
        SELECT x.request_id FROM sync.request AS x
        WHERE x.finished_at < before AND x.status NOT IN ('waiting', 'running', 'merged')
            AND NOT EXISTS (SELECT 1 FROM sync.run AS r WHERE r.request_id = x.request_id)
            AND NOT EXISTS (SELECT 1 FROM sync.request AS m WHERE m.merged_into = x.request_id)
        LIMIT batch);
    GET DIAGNOSTICS requests = ROW_COUNT;

    DELETE FROM sync.seen AS s WHERE (s.employee_kuerzel, s.side, s.entry_id) IN (
        SELECT x.employee_kuerzel, x.side, x.entry_id FROM sync.seen AS x
        WHERE NOT x.present AND x.observed_at < before
            AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
                WHERE l.employee_kuerzel = x.employee_kuerzel AND NOT l.deleted AND x.side = 'google' AND l.google_event_id = x.entry_id)
            AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
                WHERE l.employee_kuerzel = x.employee_kuerzel AND NOT l.deleted
                    AND l.advoware_frnr = CASE WHEN x.side = 'advoware' THEN x.entry_id::integer END)
        LIMIT batch);
    GET DIAGNOSTICS entries = ROW_COUNT;

    DELETE FROM sync.listener AS l WHERE l.listener IN (
        SELECT x.listener FROM sync.listener AS x
        WHERE coalesce(x.stopped_at, x.heartbeat_at) < before
            AND NOT EXISTS (SELECT 1 FROM sync.run AS r WHERE r.listener = x.listener AND r.status = 'running')
        LIMIT batch);
    GET DIAGNOSTICS listeners = ROW_COUNT;

    UPDATE sync.housekeeping AS h
    SET last_at = CASE WHEN actions + runs + requests + entries + listeners = 0 THEN clock_timestamp() ELSE h.last_at END,
        actions_removed = h.actions_removed + actions, runs_removed = h.runs_removed + runs, requests_removed = h.requests_removed + requests,
        entries_removed = h.entries_removed + entries, listeners_removed = h.listeners_removed + listeners;
    RETURN actions + runs + requests + entries + listeners;
END
$$;
COMMENT ON FUNCTION sync.housekeeping(integer) IS
'Removes what is older than sync.setting.keep_runs: finished actions, runs and requests, entries long gone that no link names, listeners long gone; makes the audit''s partitions ahead of time. Kept are what is held or in doubt, what RULES 5 still needs, each employee''s last run, and every link and audit row. batch: at most so many rows of each table in one call. Returns how many it removed, 0 when nothing is left or somebody else is at it. The listeners do this by themselves every day. Raises 22023 for a batch that is not allowed.';
REVOKE ALL ON FUNCTION sync.housekeeping(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.housekeeping(integer) TO calendar_sync_operator;

CREATE OR REPLACE FUNCTION sync.housekeeping_if_due() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM sync.housekeeping AS h WHERE h.next_at <= clock_timestamp() FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    BEGIN
        IF sync.housekeeping() > 0 THEN
            -- There may be more: at the next look into the queue.
            UPDATE sync.housekeeping AS h SET last_error = NULL WHERE h.last_error IS NOT NULL;
        ELSE
            UPDATE sync.housekeeping AS h SET next_at = clock_timestamp() + interval '1 day', last_error = NULL;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        -- Whoever looks for work must find it all the same.
        RAISE WARNING 'housekeeping failed: % (%)', SQLERRM, SQLSTATE;
        UPDATE sync.housekeeping AS h SET next_at = clock_timestamp() + interval '1 hour', last_error = SQLSTATE;
    END;
END
$$;
COMMENT ON FUNCTION sync.housekeeping_if_due() IS 'One batch of housekeeping if it is due (sync.housekeeping.next_at) and nobody else is at it. Called by sync.claim_request when nothing waits, so the listeners'' slow poll is its clock. It never raises: a failure is noted and tried again after an hour.';
REVOKE ALL ON FUNCTION sync.housekeeping_if_due() FROM PUBLIC;
