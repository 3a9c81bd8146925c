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

CREATE OR REPLACE FUNCTION engine.begin_next_run(listener text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    picked record;
    rests text;
BEGIN
    LOOP
        SELECT r.run_id, r.employee_kuerzel, r.status INTO picked
        FROM sync.run AS r
        JOIN sync.employee AS e ON e.kuerzel = r.employee_kuerzel
        WHERE r.status IN ('waiting', 'running')
            AND CASE r.status
                -- One that lies further ahead than a lease can: the clock was set back.
                WHEN 'running' THEN r.lease_until < clock_timestamp()
                    OR r.lease_until > clock_timestamp() + (SELECT s.lease FROM sync.setting AS s)
                ELSE NOT EXISTS (SELECT FROM sync.run AS o
                    WHERE o.employee_kuerzel = r.employee_kuerzel
                        AND o.status = 'running')
            END
        -- In the order of asking, whoever opened the request.
        ORDER BY r.request_id, r.run_id
        LIMIT 1
        FOR NO KEY UPDATE OF r, e SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        IF picked.status = 'running' THEN
            PERFORM engine.take_over_run(picked.run_id);
        END IF;
        -- Asked anew, now that the employee is locked.
        SELECT CASE WHEN NOT p.active THEN 'inactive' WHEN p.paused THEN 'paused' END INTO rests
        FROM sync.effective_policy AS p WHERE p.employee_kuerzel = picked.employee_kuerzel;
        IF rests IS NOT NULL THEN
            PERFORM engine.close_run(picked.run_id, rests);
        ELSIF engine.lease_run(picked.run_id, listener) THEN
            RETURN picked.run_id;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.begin_next_run(text) IS
'Gives a listener the next run that waits or whose lease is over; runs of who is paused or inactive end at once. NULL: there is none. Never waits.';

CREATE OR REPLACE FUNCTION engine.claim_run(listener text, owner text DEFAULT NULL)
RETURNS TABLE (run_id bigint, fence bigint, request_id bigint, employee_kuerzel text,
    phase smallint, full_content boolean, dry_run boolean,
    lease_seconds integer, advoware_concurrency integer, google_concurrency integer,
    google_calendar_id text, to_be_shared boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Each worker has a session of its own: for the first five claims of each planning would take longer than the claim.
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    opened bigint;
    begun bigint;
    is_to_be_told boolean := false;
BEGIN
    PERFORM engine.require_version(listener);
    -- Under a claim that a crash may still forget nothing is written outside: every write has a statement of its own
    -- before it, which waits for the disk and with it for this claim.
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM engine.give_back_lost_requests();
    claim_run.request_id := engine.claim_reading(listener);
    IF claim_run.request_id IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    LOOP
        -- Here and not in a statement of its own: whoever asks for one employee waits for the first remote request.
        opened := engine.open_request_for_one(listener);
        begun := engine.begin_next_run(listener);
        EXIT WHEN begun IS NOT NULL OR opened IS NULL;
        is_to_be_told := true;
    END LOOP;
    RETURN QUERY
        SELECT r.run_id, r.fence, r.request_id, r.employee_kuerzel::text, r.phase, r.full_content, r.dry_run,
            extract(epoch FROM s.lease)::integer, s.advoware_concurrency, s.google_concurrency,
            e.google_calendar_id, engine.has_to_be_shared(e, claim_run.owner, r.dry_run)
        FROM sync.run AS r
        JOIN sync.employee AS e ON e.kuerzel = r.employee_kuerzel
        CROSS JOIN sync.setting AS s
        WHERE r.run_id = begun;
    -- Somebody who looked meanwhile found neither the request that was opened nor its run.
    IF is_to_be_told OR EXISTS (SELECT FROM sync.run AS r WHERE r.run_id = begun AND r.request_id <> opened) THEN
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
    -- What a crash forgets of this is done again.
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM engine.housekeeping_if_due();
END
$$;
COMMENT ON FUNCTION engine.use_idle_time() IS
'What a listener that found no work does: a batch of housekeeping, if it is due. Not part of the claim, so that no other worker waits for it.';
GRANT EXECUTE ON FUNCTION engine.use_idle_time() TO calendar_sync_user;
