CREATE OR REPLACE FUNCTION sync.housekeeping(batch integer DEFAULT 2000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before timestamptz;
    last_runs bigint[];
    actions bigint;
    runs bigint := 0;
    requests bigint := 0;
    entries bigint;
    listeners bigint;
    approvals bigint;
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

    -- How an employee's last run ended is asked for, however long ago that was.
    SELECT coalesce(array_agg(last.run_id), '{}') INTO last_runs
    FROM sync.employee AS e
    CROSS JOIN LATERAL (
        SELECT r.run_id FROM sync.run AS r
        WHERE r.employee_kuerzel = e.kuerzel AND r.finished_at IS NOT NULL AND NOT r.dry_run
        ORDER BY r.finished_at DESC LIMIT 1) AS last;

    -- The oldest first, through the indexes: a batch takes no longer because the tables are large.
    DELETE FROM sync.action AS t WHERE t.action_id = ANY (ARRAY(
        SELECT x.action_id FROM sync.run AS r JOIN sync.action AS x ON x.run_id = r.run_id
        WHERE r.finished_at < before AND r.run_id <> ALL (last_runs)
            -- A dry run's rows were a plan and no more.
            AND (r.dry_run OR NOT coalesce(
                x.status IN ('planned', 'running', 'in_doubt', 'held')
                -- For ever: such a Termin is never copied onward. Another given-up attempt may still find its Termin (RULES 5).
                OR x.attempt IN ('given_up', 'late')
                OR x.write_state IS NOT NULL
                -- What cannot be carried is said once, not once in every keep_runs.
                OR (x.status = 'refused' AND x.basis IS NOT NULL AND x.sync_id IS NULL AND EXISTS (
                    SELECT 1 FROM sync.seen AS s
                    WHERE s.employee_kuerzel = x.employee_kuerzel AND s.present AND s.unusable IS NOT NULL
                        AND s.side = CASE WHEN x.google_event_id IS NULL THEN 'advoware' ELSE 'google' END::sync.source_system_enum
                        AND s.entry_id = coalesce(x.google_event_id, x.advoware_frnr::text))), false))
        ORDER BY r.finished_at LIMIT batch));
    GET DIAGNOSTICS actions = ROW_COUNT;

    -- A run goes after its actions, a request after its runs.
    IF actions < batch THEN
        DELETE FROM sync.run AS r WHERE r.run_id = ANY (ARRAY(
            SELECT x.run_id FROM sync.run AS x
            WHERE x.finished_at < before AND x.run_id <> ALL (last_runs)
                AND NOT EXISTS (SELECT 1 FROM sync.action AS t WHERE t.run_id = x.run_id)
            ORDER BY x.finished_at LIMIT batch));
        GET DIAGNOSTICS runs = ROW_COUNT;
    END IF;
    IF actions < batch AND runs < batch THEN
        DELETE FROM sync.request AS q WHERE q.request_id = ANY (ARRAY(
            SELECT x.request_id FROM sync.request AS x
            WHERE x.finished_at < before AND x.status NOT IN ('waiting', 'running', 'merged')
                AND NOT EXISTS (SELECT 1 FROM sync.run AS r WHERE r.request_id = x.request_id)
                AND NOT EXISTS (SELECT 1 FROM sync.request AS m WHERE m.merged_into = x.request_id)
            LIMIT batch));
        GET DIAGNOSTICS requests = ROW_COUNT;
    END IF;

    DELETE FROM sync.seen AS s WHERE (s.employee_kuerzel, s.side, s.entry_id) IN (
        SELECT x.employee_kuerzel, x.side, x.entry_id FROM sync.seen AS x
        WHERE NOT x.present AND x.observed_at < before
            AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
                WHERE l.employee_kuerzel = x.employee_kuerzel AND NOT l.deleted AND x.side = 'google' AND l.google_event_id = x.entry_id)
            AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
                WHERE l.employee_kuerzel = x.employee_kuerzel AND NOT l.deleted
                    AND l.advoware_frnr = CASE WHEN x.side = 'advoware' THEN x.entry_id::integer END)
            -- A master stays as long as any of its occurrences is there.
            AND NOT EXISTS (SELECT 1 FROM sync.seen AS o
                WHERE o.employee_kuerzel = x.employee_kuerzel AND o.side = x.side AND o.master_id = x.entry_id AND o.present)
        LIMIT batch);
    GET DIAGNOSTICS entries = ROW_COUNT;

    DELETE FROM sync.listener AS l WHERE l.listener IN (
        SELECT x.listener FROM sync.listener AS x
        WHERE coalesce(x.stopped_at, x.heartbeat_at) < before
            AND NOT EXISTS (SELECT 1 FROM sync.run AS r WHERE r.listener = x.listener AND r.status = 'running')
        LIMIT batch);
    GET DIAGNOSTICS listeners = ROW_COUNT;

    DELETE FROM sync.approval AS p WHERE p.approval_id IN (
        SELECT x.approval_id FROM sync.approval AS x
        WHERE least(x.spent_at, x.expires_at) < before
        LIMIT batch);
    GET DIAGNOSTICS approvals = ROW_COUNT;

    UPDATE sync.housekeeping AS h
    SET last_at = CASE WHEN actions + runs + requests + entries + listeners + approvals = 0 THEN clock_timestamp() ELSE h.last_at END,
        actions_removed = h.actions_removed + actions, runs_removed = h.runs_removed + runs, requests_removed = h.requests_removed + requests,
        entries_removed = h.entries_removed + entries, listeners_removed = h.listeners_removed + listeners;
    RETURN actions + runs + requests + entries + listeners + approvals;
END
$$;
COMMENT ON FUNCTION sync.housekeeping(integer) IS
'Removes what is older than sync.setting.keep_runs: finished actions, runs and requests, entries long gone that no link names, listeners long gone, approvals spent or expired. Kept are what is held or in doubt, what RULES 5 still needs, each employee''s last run, and every link and audit row. batch: at most so many rows of each table in one call. Returns how many it removed, 0 when nothing is left or somebody else is at it. The listeners do this by themselves every day. Raises 22023 for a batch that is not allowed.';
GRANT EXECUTE ON FUNCTION sync.housekeeping(integer) TO calendar_sync_operator;

CREATE OR REPLACE FUNCTION engine.housekeeping_if_due() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
    failed text;
BEGIN
    PERFORM 1 FROM sync.housekeeping AS h WHERE h.next_at <= clock_timestamp() FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- Each part on its own: one that fails undoes none of the others. Whoever looks for work must find it all the same.
    BEGIN
        removed := sync.housekeeping();
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'housekeeping failed: % (%)', SQLERRM, SQLSTATE;
        failed := SQLSTATE;
    END;
    IF removed > 0 THEN
        -- There may be more: at the next look into the queue.
        UPDATE sync.housekeeping AS h SET last_error = NULL WHERE h.last_error IS NOT NULL;
        RETURN;
    END IF;
    -- What else is done once a day.
    BEGIN
        PERFORM engine.ensure_audit_partitions();
        PERFORM sync.seal_audit(31);
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'sealing the audit failed: % (%)', SQLERRM, SQLSTATE;
        failed := coalesce(failed, SQLSTATE);
    END;
    BEGIN
        PERFORM sync.drop_audit_before();
    EXCEPTION
        WHEN lock_not_available THEN
            -- Somebody reads or writes the audit: tomorrow, then.
            NULL;
        WHEN OTHERS THEN
            RAISE WARNING 'retention of the audit failed: % (%)', SQLERRM, SQLSTATE;
            failed := coalesce(failed, SQLSTATE);
    END;
    UPDATE sync.housekeeping AS h SET next_at = clock_timestamp() + CASE WHEN failed IS NULL THEN interval '1 day' ELSE interval '1 hour' END, last_error = failed;
END
$$;
COMMENT ON FUNCTION engine.housekeeping_if_due() IS 'One batch of housekeeping if it is due (sync.housekeeping.next_at) and nobody else is at it; when nothing is left to remove, the audit''s partitions are made ahead of time, its closed days are sealed, what keep_audit gives up is dropped, and it is due again in a day. Called by engine.claim_request when nothing waits, so the listeners'' slow poll is its clock. It never raises: a part that fails undoes none of the others, is noted (bi.hub_health shows it) and tried again after an hour.';
