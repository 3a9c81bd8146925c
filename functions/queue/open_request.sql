CREATE OR REPLACE FUNCTION engine.open_request_for_one(listener text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    picked bigint;
    taken sync.request;
BEGIN
    -- The run refers to the employee: whoever has locked that row keeps this request waiting, and nobody else's.
    SELECT c.request_id INTO picked
    FROM engine.claimable_request AS c
    JOIN sync.employee AS e ON e.kuerzel = c.employee_kuerzel AND e.active
    ORDER BY c.request_id
    LIMIT 1
    FOR NO KEY UPDATE OF c SKIP LOCKED
    FOR KEY SHARE OF e SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    taken := engine.take_request(picked, listener, true);
    INSERT INTO sync.run (request_id, employee_kuerzel, phase, full_content, recheck, dry_run, for_one)
    VALUES (taken.request_id, taken.employee_kuerzel, taken.phase, taken.full_content, taken.recheck, taken.dry_run,
        true);
    RETURN picked;
END
$$;
COMMENT ON FUNCTION engine.open_request_for_one(text) IS
'Takes the oldest claimable request for one active employee and makes its run; NULL: there is none. Never waits. The caller tells others of it.';

CREATE OR REPLACE FUNCTION engine.an_employee_is_locked() RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT count(*) FROM sync.employee AS e WHERE e.active)
        > (SELECT count(*) FROM (SELECT FROM sync.employee AS e WHERE e.active FOR KEY SHARE SKIP LOCKED) AS free);
END
$$;
COMMENT ON FUNCTION engine.an_employee_is_locked() IS
'Whether somebody has locked an active employee so that no run could be made for all without waiting; if not, they stay as they are until COMMIT.';

CREATE OR REPLACE FUNCTION engine.claim_reading(listener text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    picked bigint;
BEGIN
    -- One at a time: however slow Advoware is with its list, it keeps one worker waiting and not all of them.
    IF EXISTS (SELECT FROM sync.request AS q
        WHERE q.status = 'running'
            AND q.started_at IS NULL
            AND q.claimed_by = claim_reading.listener)
    THEN
        RETURN NULL;
    END IF;
    SELECT c.request_id INTO picked
    FROM engine.claimable_request AS c
    -- Whoever left may have come back.
    WHERE NOT EXISTS (SELECT FROM sync.employee AS e WHERE e.kuerzel = c.employee_kuerzel AND e.active)
    ORDER BY c.request_id
    LIMIT 1
    FOR NO KEY UPDATE OF c SKIP LOCKED;
    IF NOT FOUND OR engine.an_employee_is_locked() THEN
        RETURN NULL;
    END IF;
    PERFORM engine.take_request(picked, listener, false);
    RETURN picked;
END
$$;
COMMENT ON FUNCTION engine.claim_reading(text) IS
'Takes the oldest claimable request for which the employees have to be read first: for all, or for one who has left. NULL: there is none. Never waits.';

CREATE OR REPLACE FUNCTION engine.make_runs(asked sync.request) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made integer;
BEGIN
    INSERT INTO sync.run (request_id, employee_kuerzel, phase, full_content, recheck, dry_run, for_one)
    SELECT asked.request_id, e.kuerzel, asked.phase, asked.full_content, asked.recheck, asked.dry_run,
        asked.employee_kuerzel IS NOT NULL
    FROM sync.employee AS e
    WHERE e.active
        AND e.kuerzel = coalesce(asked.employee_kuerzel, e.kuerzel)
    ORDER BY e.kuerzel;
    GET DIAGNOSTICS made = ROW_COUNT;
    IF made > 0 THEN
        -- Other listeners share them.
        PERFORM engine.wake_listeners();
    END IF;
    RETURN made;
END
$$;
COMMENT ON FUNCTION engine.make_runs(sync.request) IS
'Makes one run per active employee that a request asks for, and tells the other listeners of them. Returns how many.';

CREATE OR REPLACE FUNCTION engine.open_request(request_id bigint, listener text,
    kuerzel text[] DEFAULT '{}', complete boolean DEFAULT true, employees_error text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked sync.request;
    problem text := coalesce(employees_error, CASE WHEN kuerzel = '{}' THEN 'advoware_names_nobody' END);
    made integer;
    told text;
BEGIN
    IF problem IS NULL THEN
        PERFORM engine.tie_office(listener);
        PERFORM engine.store_employees(kuerzel, complete);
    END IF;
    SELECT q.* INTO asked FROM sync.request AS q WHERE q.request_id = open_request.request_id FOR NO KEY UPDATE;
    -- Cancelled, or taken over from this listener, meanwhile.
    IF asked.status IS DISTINCT FROM 'running'
        OR asked.started_at IS NOT NULL
        OR asked.claimed_by IS DISTINCT FROM listener
    THEN
        RETURN 0;
    END IF;
    IF engine.an_employee_is_locked() THEN
        PERFORM engine.give_back_requests(ARRAY[asked.request_id]);
        RETURN 0;
    END IF;
    made := engine.make_runs(asked);
    IF made = 0 THEN
        told := coalesce(problem, CASE WHEN asked.employee_kuerzel IS NULL THEN 'no active employee: nothing to do'
            ELSE format('%s is inactive, Advoware does not name this employee any more: nothing was done; '
                'calendar and links stay', asked.employee_kuerzel) END);
    END IF;
    UPDATE sync.request AS q SET started_at = clock_timestamp(), message = nullif(concat_ws('; ', told, q.message), '')
    WHERE q.request_id = asked.request_id;
    PERFORM engine.end_request(asked.request_id, CASE WHEN made = 0 THEN problem END);
    RETURN made;
END
$$;
COMMENT ON FUNCTION engine.open_request(bigint, text, text[], boolean, text) IS
'Stores the list that was read for a claimed request and makes its runs; employees_error: why there is no list (the known ones go on). Returns how many.';
GRANT EXECUTE ON FUNCTION engine.open_request(bigint, text, text[], boolean, text) TO calendar_sync_user;
