CREATE OR REPLACE FUNCTION engine.claim_run(listener text, owner text DEFAULT NULL)
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
    PERFORM engine.require_version(listener);
    -- Under a claim that a crash may still forget nothing is written outside: every write has a statement of its own before it, which waits
    -- for the disk and with it for this claim.
    PERFORM set_config('synchronous_commit', 'off', true);
    LOOP
        -- Here and not in a statement of its own: whoever asks for one employee waits for the first remote request.
        opened := engine.open_request_for_one(listener);
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
                UPDATE sync.action AS a
                SET status = 'in_doubt', attempt = CASE a.attempt WHEN 'running' THEN 'in_doubt' ELSE a.attempt END,
                    result = 'listener_lost', doubted_at = clock_timestamp()
                WHERE a.run_id = picked.run_id AND a.status = 'running';
            END IF;
            -- Asked anew, now that the employee is locked.
            SELECT CASE WHEN NOT p.active THEN 'inactive' WHEN p.paused THEN 'paused' END INTO rests
            FROM sync.effective_policy AS p WHERE p.employee_kuerzel = picked.employee_kuerzel;
            IF rests IS NOT NULL THEN
                PERFORM engine.close_run(picked.run_id, rests);
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
                    e.google_calendar_id, engine.has_to_be_shared(e, claim_run.owner, r.dry_run);
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
COMMENT ON FUNCTION engine.claim_run(text, text) IS 'Opens the oldest request for one employee that waits, and claims the next run for a listener as a lease in database time with a new fencing token, or takes over one whose lease has run out (its planned rows become superseded, its running ones in_doubt). No employee is worked on twice at once; runs of who is paused or inactive end at once and say so. With it come how many requests may be in flight to each system, and the employee''s calendar as engine.begin_calendar gives it. No row: nothing to do. Raises CS002 when the hub is no longer of the listener''s version.';
GRANT EXECUTE ON FUNCTION engine.claim_run(text, text) TO calendar_sync_user;
