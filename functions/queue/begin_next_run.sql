-- Who is next. In the order of asking; but a run of a request for one employee may overtake those of requests for all,
-- with every other claim: after it one for all is begun, if there is any. So a request for one that is made while a
-- request for all is at work is served next, and not after everybody else; and however many ask for one, a request for
-- all goes on: nobody starves.
CALL pg_temp.make_view('engine.free_run', $view$
SELECT r.run_id, r.request_id, r.employee_kuerzel, r.status, r.for_one
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
$view$);
COMMENT ON VIEW engine.free_run IS
'The runs that a listener may begin: those that wait for an employee nobody works on, and those whose lease is over.';
COMMENT ON COLUMN engine.free_run.run_id IS 'The run.';
COMMENT ON COLUMN engine.free_run.request_id IS 'The request it serves.';
COMMENT ON COLUMN engine.free_run.employee_kuerzel IS 'Whose appointments.';
COMMENT ON COLUMN engine.free_run.status IS 'waiting, or running: it is to be taken over.';
COMMENT ON COLUMN engine.free_run.for_one IS 'Whether its request asks for this employee alone.';

CREATE OR REPLACE FUNCTION engine.pick_run(for_one boolean, before bigint DEFAULT NULL) RETURNS engine.free_run
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
-- In the order of the index run_turn, and no further than to the first that can be had: whatever the planner thinks of
-- a table that was never analysed, it must not sort all that wait.
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_sort = off
AS $$
DECLARE
    picked engine.free_run;
BEGIN
    SELECT f.* INTO picked
    FROM engine.free_run AS f
    WHERE f.for_one = pick_run.for_one
        AND f.request_id < coalesce(before, 9223372036854775807)
    ORDER BY f.request_id, f.run_id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED;
    RETURN picked;
END
$$;
COMMENT ON FUNCTION engine.pick_run(boolean, bigint) IS
'The free run of that kind which was asked for first (and before that request), locked with its employee; NULL: there is none. Never waits.';

CREATE OR REPLACE FUNCTION engine.first_free(for_one boolean) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_sort = off
AS $$
BEGIN
    RETURN (
        SELECT f.request_id FROM engine.free_run AS f
        WHERE f.for_one = first_free.for_one
        ORDER BY f.request_id, f.run_id
        LIMIT 1);
END
$$;
COMMENT ON FUNCTION engine.first_free(boolean) IS 'The oldest request of that kind that has a free run; NULL: none has. Locks nothing.';

CREATE OR REPLACE FUNCTION engine.begin_next_run(listener text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    may_overtake boolean := (SELECT t.last_value = 1 FROM engine.run_turn AS t);
    picked engine.free_run;
    rests text;
BEGIN
    LOOP
        picked := engine.pick_run(true, CASE WHEN NOT may_overtake THEN engine.first_free(false) END);
        IF picked.run_id IS NULL THEN
            picked := engine.pick_run(false);
        END IF;
        IF picked.run_id IS NULL AND NOT may_overtake THEN
            -- Somebody else has the one for all that was free.
            picked := engine.pick_run(true);
        END IF;
        IF picked.run_id IS NULL THEN
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
            IF picked.for_one = may_overtake THEN
                PERFORM setval('engine.run_turn', CASE WHEN may_overtake THEN 2 ELSE 1 END);
            END IF;
            RETURN picked.run_id;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.begin_next_run(text) IS
'Gives a listener the next run that waits or whose lease is over; runs of who is paused or inactive end at once. NULL: there is none. Never waits.';
