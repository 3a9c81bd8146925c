CREATE OR REPLACE FUNCTION engine.take_over_run(run_id bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE sync.action AS a SET status = 'superseded', result = 'listener_lost', finished_at = clock_timestamp()
    WHERE a.run_id = take_over_run.run_id
        AND a.status = 'planned';
    UPDATE sync.action AS a
    SET status = 'in_doubt', attempt = CASE a.attempt WHEN 'running' THEN 'in_doubt' ELSE a.attempt END,
        result = 'listener_lost', doubted_at = clock_timestamp()
    WHERE a.run_id = take_over_run.run_id
        AND a.status = 'running';
END
$$;
COMMENT ON FUNCTION engine.take_over_run(bigint) IS
'What a lost listener leaves: its planned actions become superseded, those it had begun in_doubt.';

CREATE OR REPLACE FUNCTION engine.lease_run(run_id bigint, listener text) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE sync.run AS r
    SET status = 'running', error_code = NULL, listener = lease_run.listener, started_at = clock_timestamp(),
        lease_until = clock_timestamp() + s.lease,
        takeovers = r.takeovers + CASE r.status WHEN 'running' THEN 1 ELSE 0 END,
        -- Not of a sequence: a database that has forgotten its last claims (a crash, a standby that was behind) would
        -- give the same again.
        fence = greatest(r.fence + 1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
    FROM sync.setting AS s
    WHERE r.run_id = lease_run.run_id
        -- Somebody else may have begun another run of this employee a moment before the lock.
        AND NOT EXISTS (SELECT FROM sync.run AS o
            WHERE o.employee_kuerzel = r.employee_kuerzel
                AND o.status = 'running'
                AND o.run_id <> r.run_id);
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION engine.lease_run(bigint, text) IS
'Gives a run, which the caller has locked with its employee, to a listener, with a new fencing token; false: the employee is being worked on.';

CREATE OR REPLACE FUNCTION engine.claim_run(listener text, owner text DEFAULT NULL)
RETURNS TABLE (run_id bigint, fence bigint, request_id bigint, employee_kuerzel text,
    phase smallint, dry_run boolean,
    lease_seconds integer, advoware_concurrency integer, google_concurrency integer,
    google_calendar_id text, to_be_shared boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Each worker has a session of its own: for the first five claims of each planning would take longer than the claim.
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    opened bigint;
    all_opened bigint[] := '{}';
    begun bigint;
BEGIN
    PERFORM engine.require_version(listener);
    PERFORM engine.need_not_last();
    PERFORM engine.give_back_lost_requests();
    claim_run.request_id := engine.claim_reading(listener);
    IF claim_run.request_id IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    LOOP
        -- Here and not in a statement of its own: whoever asks for one employee waits for the first remote request.
        opened := engine.open_request_for_one(listener);
        all_opened := array_append(all_opened, opened);
        -- One for somebody who is being worked on does not keep the next one waiting.
        CONTINUE WHEN opened IS NOT NULL AND engine.first_free(for_one => true) IS NULL;
        begun := engine.begin_next_run(listener);
        EXIT WHEN begun IS NOT NULL OR opened IS NULL;
    END LOOP;
    RETURN QUERY
        SELECT r.run_id, r.fence, r.request_id, r.employee_kuerzel::text, r.phase, r.dry_run,
            extract(epoch FROM s.lease)::integer, s.advoware_concurrency, s.google_concurrency,
            e.google_calendar_id, engine.has_to_be_shared(e, claim_run.owner, r.dry_run)
        FROM sync.run AS r
        JOIN sync.employee AS e ON e.kuerzel = r.employee_kuerzel
        CROSS JOIN sync.setting AS s
        WHERE r.run_id = begun;
    -- Somebody who looked meanwhile found neither the requests that were opened nor their runs.
    IF EXISTS (
        SELECT FROM unnest(all_opened) AS o (request_id)
        WHERE o.request_id IS DISTINCT FROM (SELECT r.request_id FROM sync.run AS r WHERE r.run_id = begun)
            AND o.request_id IS NOT NULL)
    THEN
        PERFORM engine.wake_listeners();
    END IF;
END
$$;
COMMENT ON FUNCTION engine.claim_run(text, text) IS
'A listener''s next work: a run with lease and fencing token; or (run_id NULL) the employees to read for request_id; no row: nothing. Raises CS002.';
GRANT EXECUTE ON FUNCTION engine.claim_run(text, text) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.use_idle_time() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM engine.need_not_last();
    PERFORM engine.housekeeping_if_due();
END
$$;
COMMENT ON FUNCTION engine.use_idle_time() IS
'What a listener that found no work does: a batch of housekeeping, if it is due. Not part of the claim, so that no other worker waits for it.';
GRANT EXECUTE ON FUNCTION engine.use_idle_time() TO calendar_sync_user;
