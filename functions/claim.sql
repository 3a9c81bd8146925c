CREATE OR REPLACE FUNCTION sync.require_lease(run_id bigint, fence bigint) RETURNS sync.run
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_run sync.run;
BEGIN
    -- The share lock keeps a takeover out until this transaction is over.
    SELECT r.* INTO found_run FROM sync.run AS r
    WHERE r.run_id = require_lease.run_id AND r.fence = require_lease.fence
        AND r.status = 'running' AND r.lease_until > clock_timestamp()
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'lease of run % is lost (fence %)', run_id, fence USING ERRCODE = 'CS003',
            HINT = 'Another listener may have taken the run over; nothing more may be sent for it.';
    END IF;
    PERFORM set_config('sync.run_id', run_id::text, true);
    RETURN found_run;
END
$$;
COMMENT ON FUNCTION sync.require_lease(bigint, bigint) IS 'The run, if this fencing token still holds its lease; raises CS003 if not. Also notes the run for the audit.';
REVOKE ALL ON FUNCTION sync.require_lease(bigint, bigint) FROM PUBLIC;

CREATE OR REPLACE VIEW sync.claimable_request AS
SELECT q.request_id, q.employee_kuerzel, q.phase, q.full_content, q.dry_run, q.requested_at
FROM sync.request AS q
WHERE q.status = 'waiting'
    -- Merged, but not seen when the other one was claimed: what was read for that one may be older than this request.
    OR (q.status = 'merged' AND q.claimed_at IS NULL
        AND EXISTS (SELECT 1 FROM sync.request AS o WHERE o.request_id = q.merged_into AND o.status <> 'waiting'))
    -- Claimed by a listener that was lost before it made the runs, or that lives and did not make them in the time that reading the
    -- employees may take.
    OR (q.status = 'running' AND q.started_at IS NULL
        AND (EXISTS (SELECT 1 FROM sync.listener AS l WHERE l.listener = q.claimed_by
                AND (l.stopped_at IS NOT NULL OR l.heartbeat_at < clock_timestamp() - (SELECT s.lease FROM sync.setting AS s)))
            OR q.claimed_at < clock_timestamp() - (SELECT s.lease FROM sync.setting AS s) - interval '40 seconds'));
COMMENT ON VIEW sync.claimable_request IS 'The requests that wait for a listener, also those whose listener was lost (no heartbeat within a lease) before it made their runs.';
COMMENT ON COLUMN sync.claimable_request.request_id IS 'The request.';
COMMENT ON COLUMN sync.claimable_request.employee_kuerzel IS 'The employee it is for; NULL: all of them.';
COMMENT ON COLUMN sync.claimable_request.phase IS 'Which phase; NULL: all four.';
COMMENT ON COLUMN sync.claimable_request.full_content IS 'Whether to compare the content of every pair, whatever time stamps say.';
COMMENT ON COLUMN sync.claimable_request.dry_run IS 'Whether to plan only.';
COMMENT ON COLUMN sync.claimable_request.requested_at IS 'When it was asked for.';
REVOKE ALL ON sync.claimable_request FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.mark_claimed(request_id bigint, listener text, opened boolean) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    WITH picked AS (
        UPDATE sync.request AS q
        SET status = 'running', merged_into = NULL, claimed_by = mark_claimed.listener, claimed_at = clock_timestamp(),
            started_at = CASE WHEN opened THEN clock_timestamp() END
        WHERE q.request_id = mark_claimed.request_id
        RETURNING q.*
    )
    -- All that ask for the same are served by this claim. One that is being cancelled is locked, and stays out.
    UPDATE sync.request AS m
    SET status = 'merged', merged_into = mark_claimed.request_id, claimed_by = mark_claimed.listener, claimed_at = clock_timestamp()
    WHERE m.request_id IN (
        SELECT o.request_id FROM sync.request AS o, picked
        WHERE o.request_id <> picked.request_id AND (o.status = 'waiting' OR (o.status = 'merged' AND o.claimed_at IS NULL))
            AND o.phase IS NOT DISTINCT FROM picked.phase AND o.employee_kuerzel IS NOT DISTINCT FROM picked.employee_kuerzel
            AND o.full_content = picked.full_content AND o.dry_run = picked.dry_run
        FOR NO KEY UPDATE OF o SKIP LOCKED);
END
$$;
COMMENT ON FUNCTION sync.mark_claimed(bigint, text, boolean) IS 'Makes a request, which the caller has locked, a listener''s own, and merges all that ask for the same into it. opened: its run is made at once. Never waits for another transaction.';
REVOKE ALL ON FUNCTION sync.mark_claimed(bigint, text, boolean) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.open_request_for_one(listener text, asked_before timestamptz DEFAULT 'infinity') RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    picked sync.claimable_request;
BEGIN
    -- The run refers to the employee: whoever has locked that row keeps this request waiting, and nobody else's.
    SELECT c.* INTO picked FROM sync.claimable_request AS c
    JOIN sync.employee AS e ON e.kuerzel = c.employee_kuerzel AND e.active
    WHERE c.requested_at < asked_before
    ORDER BY c.request_id
    LIMIT 1
    FOR NO KEY UPDATE OF c SKIP LOCKED FOR KEY SHARE OF e SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM sync.mark_claimed(picked.request_id, listener, true);
    INSERT INTO sync.run (request_id, employee_kuerzel, phase, full_content, dry_run)
    VALUES (picked.request_id, picked.employee_kuerzel, picked.phase, picked.full_content, picked.dry_run);
    RETURN picked.request_id;
END
$$;
COMMENT ON FUNCTION sync.open_request_for_one(text, timestamptz) IS 'Takes the oldest request for one active employee that waits for a listener (asked for before a moment), and makes its run. NULL: none waits. Who is to know of the run is the caller''s business. Never waits for another transaction.';
REVOKE ALL ON FUNCTION sync.open_request_for_one(text, timestamptz) FROM PUBLIC;

DROP FUNCTION IF EXISTS sync.claim_request(text);
CREATE FUNCTION sync.claim_request(listener text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    picked bigint;
    opened boolean := false;
BEGIN
    PERFORM sync.require_version(listener);
    -- What a crash forgets of this is done again.
    PERFORM set_config('synchronous_commit', 'off', true);
    -- All workers are busy: whoever asked for one employee is to see that a listener has taken it, and the run waits in its turn.
    WHILE sync.open_request_for_one(listener, clock_timestamp() - interval '1 second') IS NOT NULL LOOP
        opened := true;
    END LOOP;
    IF opened THEN
        -- A worker that looked meanwhile found neither the request nor its run.
        PERFORM pg_notify('calendar_sync', 'queue');
    END IF;
    -- NO KEY: an open transaction that has merged its request into this one holds a share of the key.
    SELECT c.request_id INTO picked FROM sync.claimable_request AS c
    -- Whoever left may have come back.
    WHERE NOT EXISTS (SELECT 1 FROM sync.employee AS e WHERE e.kuerzel = c.employee_kuerzel AND e.active)
    ORDER BY c.request_id
    LIMIT 1
    FOR NO KEY UPDATE OF c SKIP LOCKED;
    IF NOT FOUND THEN
        PERFORM sync.housekeeping_if_due();
        RETURN NULL;
    END IF;
    PERFORM sync.mark_claimed(picked, listener, false);
    RETURN picked;
END
$$;
COMMENT ON FUNCTION sync.claim_request(text) IS 'Takes the oldest request for which the employees have to be read from Advoware first (for all of them, or for one who has left), and with it all that ask for the same; NULL: none waits (then a batch of housekeeping is done, if it is due). Those for one active employee are opened by sync.claim_run, or here when no worker has been free for a second. Never waits for another transaction. Raises CS002 when the hub is no longer of the listener''s version.';
REVOKE ALL ON FUNCTION sync.claim_request(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.claim_request(text) TO calendar_sync_user;

DROP FUNCTION IF EXISTS sync.store_employees(text[]);
CREATE OR REPLACE FUNCTION sync.store_employees(kuerzel text[], complete boolean DEFAULT true) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known integer;
BEGIN
    IF coalesce(cardinality(kuerzel), 0) = 0 THEN
        RAISE EXCEPTION 'kuerzel: an empty list of employees changes nothing; expected the complete list from Advoware' USING ERRCODE = '22023';
    END IF;
    INSERT INTO sync.employee AS e (kuerzel)
    SELECT DISTINCT k FROM unnest(store_employees.kuerzel) AS k WHERE length(k) BETWEEN 1 AND 10 AND k = btrim(k)
    -- In one order, so that two listeners wait for each other instead of locking each other out.
    ORDER BY k
    ON CONFLICT ON CONSTRAINT employee_pkey DO UPDATE SET active = true WHERE NOT e.active;
    UPDATE sync.employee AS e SET active = false
    WHERE complete AND e.active AND e.kuerzel <> ALL (store_employees.kuerzel);
    SELECT count(*) INTO known FROM sync.employee AS e WHERE e.active;
    RETURN known;
END
$$;
COMMENT ON FUNCTION sync.store_employees(text[], boolean) IS 'Stores the non-empty list of active employees as Advoware gave it: new ones are added; if it was complete, missing ones become inactive (calendar and links stay). Returns how many are active.';
REVOKE ALL ON FUNCTION sync.store_employees(text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.store_employees(text[], boolean) TO calendar_sync_user;

DROP FUNCTION IF EXISTS sync.open_request(bigint);
CREATE OR REPLACE FUNCTION sync.open_request(request_id bigint, employees_error text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked sync.request;
    made integer;
BEGIN
    SELECT q.* INTO asked FROM sync.request AS q WHERE q.request_id = open_request.request_id FOR NO KEY UPDATE;
    IF asked.status IS DISTINCT FROM 'running' OR asked.started_at IS NOT NULL THEN
        RETURN 0;
    END IF;
    INSERT INTO sync.run (request_id, employee_kuerzel, phase, full_content, dry_run)
    SELECT asked.request_id, e.kuerzel, asked.phase, asked.full_content, asked.dry_run
    FROM sync.employee AS e
    WHERE e.active AND (asked.employee_kuerzel IS NULL OR e.kuerzel = asked.employee_kuerzel)
    ORDER BY e.kuerzel
    ON CONFLICT ON CONSTRAINT run_request_id_employee_kuerzel_key DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    IF made > 0 THEN
        -- Other listeners share them.
        PERFORM pg_notify('calendar_sync', 'queue');
    END IF;
    UPDATE sync.request AS q SET started_at = clock_timestamp(),
        message = CASE WHEN made > 0 THEN q.message ELSE coalesce(employees_error,
            CASE WHEN asked.employee_kuerzel IS NULL THEN 'no active employee: nothing to do'
                ELSE format('%s is inactive, Advoware does not name this employee any more: nothing was done; calendar and links stay', asked.employee_kuerzel) END) END
    WHERE q.request_id = open_request.request_id;
    PERFORM sync.end_request(request_id, CASE WHEN made = 0 THEN employees_error END);
    RETURN made;
END
$$;
COMMENT ON FUNCTION sync.open_request(bigint, text) IS 'Makes one run per active employee (or for the one asked for) of a claimed request. employees_error: why the list could not be read; the known ones go on, and with none known the request fails with that code as its message. Returns how many runs.';
REVOKE ALL ON FUNCTION sync.open_request(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.open_request(bigint, text) TO calendar_sync_user;

DROP FUNCTION IF EXISTS sync.end_request(bigint);
CREATE OR REPLACE FUNCTION sync.end_request(request_id bigint, error_code text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended text;
    told text;
BEGIN
    -- One at a time: of two runs that end together the later one sees both.
    PERFORM 1 FROM sync.request AS q WHERE q.request_id = end_request.request_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM sync.run AS r WHERE r.request_id = end_request.request_id AND r.status IN ('waiting', 'running')) THEN
        RETURN;
    END IF;
    SELECT CASE
        WHEN end_request.error_code IS NOT NULL OR bool_or(r.status = 'failed') THEN 'failed'
        WHEN bool_or(r.status = 'held') THEN 'held'
        WHEN bool_or(r.status = 'cancelled') THEN 'cancelled'
        ELSE 'done'
    END INTO ended FROM sync.run AS r WHERE r.request_id = end_request.request_id;
    SELECT left(string_agg(format('%s: nothing (more) was done for %s', r.error_code, r.employees), '; '), 500)
    INTO told FROM (
        SELECT x.error_code, string_agg(x.employee_kuerzel, ', ' ORDER BY x.employee_kuerzel) AS employees FROM sync.run AS x
        WHERE x.request_id = end_request.request_id AND x.error_code IN ('paused', 'inactive') GROUP BY x.error_code
    ) AS r;
    told := coalesce(told, (SELECT q.message FROM sync.request AS q WHERE q.request_id = end_request.request_id));
    UPDATE sync.request AS q SET status = ended, message = coalesce(told, q.message), finished_at = clock_timestamp()
    WHERE (q.request_id = end_request.request_id AND q.status = 'running')
        OR (q.merged_into = end_request.request_id AND q.status = 'merged' AND q.claimed_at IS NOT NULL);
END
$$;
COMMENT ON FUNCTION sync.end_request(bigint, text) IS 'Ends a request whose runs have all ended, and with it those merged into it: failed (also with an error code of its own), else held, else cancelled, else done. Its message says who was paused or inactive.';
REVOKE ALL ON FUNCTION sync.end_request(bigint, text) FROM PUBLIC;

DROP FUNCTION IF EXISTS sync.take_request(text);
DROP FUNCTION IF EXISTS sync.claim_run(text);
CREATE OR REPLACE FUNCTION sync.claim_run(listener text, owner text DEFAULT NULL)
RETURNS TABLE (run_id bigint, fence bigint, request_id bigint, employee_kuerzel text, phase smallint, full_content boolean, dry_run boolean,
    lease_seconds integer, advoware_concurrency integer, google_concurrency integer, google_calendar_id text, to_be_shared boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Each worker has a session of its own: for the first five claims of each of them planning would take longer than the claim.
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    opened bigint;
    is_open boolean := false;
    picked record;
    rests text;
BEGIN
    PERFORM sync.require_version(listener);
    -- Under a claim that a crash may still forget nothing is written outside: every write has a statement of its own before it, which waits
    -- for the disk and with it for this claim.
    PERFORM set_config('synchronous_commit', 'off', true);
    LOOP
        -- Here and not in a statement of its own: whoever asks for one employee waits for the first remote request.
        opened := sync.open_request_for_one(listener);
        LOOP
            SELECT r.run_id, r.request_id, r.employee_kuerzel, r.status INTO picked
            FROM sync.run AS r
            JOIN sync.employee AS e ON e.kuerzel = r.employee_kuerzel
            WHERE (r.status = 'waiting' AND NOT EXISTS (
                    SELECT 1 FROM sync.run AS o WHERE o.employee_kuerzel = r.employee_kuerzel AND o.status = 'running'))
                OR (r.status = 'running' AND r.lease_until < clock_timestamp())
            -- In the order of asking, whoever opened the request.
            ORDER BY r.request_id, r.run_id
            LIMIT 1
            FOR NO KEY UPDATE OF r, e SKIP LOCKED;
            EXIT WHEN NOT FOUND;
            IF picked.status = 'running' THEN
                UPDATE sync.action AS a SET status = 'superseded', result = 'listener_lost', finished_at = clock_timestamp()
                WHERE a.run_id = picked.run_id AND a.status = 'planned';
                UPDATE sync.action AS a SET status = 'in_doubt', result = 'listener_lost', doubted_at = clock_timestamp()
                WHERE a.run_id = picked.run_id AND a.status = 'running';
            END IF;
            -- Asked anew, now that the employee is locked.
            SELECT CASE WHEN NOT p.active THEN 'inactive' WHEN p.paused THEN 'paused' END INTO rests
            FROM sync.effective_policy AS p WHERE p.employee_kuerzel = picked.employee_kuerzel;
            IF rests IS NOT NULL THEN
                PERFORM sync.close_run(picked.run_id, rests);
                CONTINUE;
            END IF;

            RETURN QUERY
                UPDATE sync.run AS r
                SET status = 'running', error_code = NULL, listener = claim_run.listener, started_at = clock_timestamp(),
                    lease_until = clock_timestamp() + s.lease, takeovers = r.takeovers + CASE r.status WHEN 'running' THEN 1 ELSE 0 END,
                    -- Not of a sequence: a database that has forgotten its last claims (a crash, a standby that was behind) would give the
                    -- same again.
                    fence = greatest(r.fence + 1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
                FROM sync.setting AS s, sync.employee AS e
                WHERE r.run_id = picked.run_id AND e.kuerzel = r.employee_kuerzel
                    -- Somebody else may have begun another run of this employee a moment before the lock.
                    AND NOT EXISTS (
                        SELECT 1 FROM sync.run AS o WHERE o.employee_kuerzel = r.employee_kuerzel AND o.status = 'running' AND o.run_id <> r.run_id)
                RETURNING r.run_id, r.fence, r.request_id, r.employee_kuerzel::text, r.phase, r.full_content, r.dry_run,
                    extract(epoch FROM s.lease)::integer, s.advoware_concurrency, s.google_concurrency,
                    e.google_calendar_id, sync.has_to_be_shared(e, claim_run.owner, r.dry_run);
            IF FOUND THEN
                IF is_open OR opened <> picked.request_id THEN
                    -- Somebody who looked meanwhile found neither the request that was opened nor its run.
                    PERFORM pg_notify('calendar_sync', 'queue');
                END IF;
                RETURN;
            END IF;
        END LOOP;
        EXIT WHEN opened IS NULL;
        is_open := true;
    END LOOP;
    IF is_open THEN
        PERFORM pg_notify('calendar_sync', 'queue');
    END IF;
END
$$;
COMMENT ON FUNCTION sync.claim_run(text, text) IS 'Opens the oldest request for one employee that waits, and claims the next run for a listener as a lease in database time with a new fencing token, or takes over one whose lease has run out (its planned rows become superseded, its running ones in_doubt). No employee is worked on twice at once; runs of who is paused or inactive end at once and say so. With it come how many requests may be in flight to each system, and the employee''s calendar as sync.begin_calendar gives it. No row: nothing to do. Raises CS002 when the hub is no longer of the listener''s version.';
REVOKE ALL ON FUNCTION sync.claim_run(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.claim_run(text, text) TO calendar_sync_user;
