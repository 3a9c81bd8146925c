CREATE OR REPLACE FUNCTION sync.housekeeping(batch integer DEFAULT 2000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before timestamptz;
    actions bigint;
    runs bigint := 0;
    requests bigint := 0;
    entries bigint;
    listeners bigint;
    removed bigint;
BEGIN
    IF batch IS NULL OR batch NOT BETWEEN 1 AND 1000000 THEN
        RAISE EXCEPTION 'batch: % is not a number of rows; allowed: 1 to 1000000', coalesce(batch::text, 'NULL')
            USING ERRCODE = '22023';
    END IF;
    -- One at a time; who comes second leaves it to the first.
    PERFORM 1 FROM sync.housekeeping AS h FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    SELECT clock_timestamp() - s.keep_runs INTO before FROM sync.setting AS s;

    -- A run goes after its actions, a request after its runs.
    actions := engine.remove_actions(before, batch);
    IF actions < batch THEN
        runs := engine.remove_runs(before, batch);
    END IF;
    IF actions < batch AND runs < batch THEN
        requests := engine.remove_requests(before, batch);
    END IF;
    entries := engine.remove_entries(before, batch);
    listeners := engine.remove_listeners(before, batch);
    removed := actions + runs + requests + entries + listeners + engine.remove_approvals(before, batch);

    UPDATE sync.housekeeping AS h
    SET last_at = CASE WHEN removed = 0 THEN clock_timestamp() ELSE h.last_at END,
        actions_removed = h.actions_removed + actions,
        runs_removed = h.runs_removed + runs,
        requests_removed = h.requests_removed + requests,
        entries_removed = h.entries_removed + entries,
        listeners_removed = h.listeners_removed + listeners;
    RETURN removed;
END
$$;
-- Kept are what is held or in doubt, what rules 5 still needs, each employee's last run, and every link and audit row.
-- 0: nothing is left, or somebody else is at it. The listeners do this by themselves every day.
COMMENT ON FUNCTION sync.housekeeping(integer) IS
'Removes what is older than sync.setting.keep_runs, at most batch rows of each table. Returns how many. Raises 22023 for a bad batch.';
GRANT EXECUTE ON FUNCTION sync.housekeeping(integer) TO calendar_sync_operator;
