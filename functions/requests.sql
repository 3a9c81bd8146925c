CREATE OR REPLACE FUNCTION sync.request_sync(
    phase integer DEFAULT NULL, employee text DEFAULT NULL, full_content boolean DEFAULT false, dry_run boolean DEFAULT false
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made bigint;
BEGIN
    -- The column's own error would name neither field nor value.
    IF length(employee) > 10 THEN
        RAISE EXCEPTION 'employee: "%" is unknown; a Kürzel has 10 characters at most', left(employee, 40) USING ERRCODE = '22023';
    END IF;
    IF phase NOT BETWEEN 1 AND 4 THEN
        RAISE EXCEPTION 'phase: % is not a phase; allowed are 1 (new in Advoware), 2 (new in Google), 3 (deleted), 4 (changed), or NULL for all', phase USING ERRCODE = '22023';
    END IF;
    INSERT INTO sync.request (phase, employee_kuerzel, full_content, dry_run)
    VALUES (request_sync.phase, request_sync.employee, request_sync.full_content, request_sync.dry_run)
    RETURNING request_id INTO made;
    RETURN made;
END
$$;
COMMENT ON FUNCTION sync.request_sync(integer, text, boolean, boolean) IS 'Asks for a sync, as INSERT INTO sync.request does: phase 1-4 (NULL: all), employee (NULL: all), full_content, dry_run. Returns the request''s number.';
REVOKE ALL ON FUNCTION sync.request_sync(integer, text, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.request_sync(integer, text, boolean, boolean) TO calendar_sync_user, calendar_sync_operator;

CREATE OR REPLACE FUNCTION sync.accept_notification(payload text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    body jsonb;
    made bigint;
    problem text;
BEGIN
    IF payload = 'queue' THEN
        RETURN NULL;
    END IF;
    BEGIN
        IF coalesce(btrim(payload), '') = '' THEN
            body := '{}';
        ELSIF btrim(payload) ~ '^[0-9]{1,9}$' THEN
            body := jsonb_build_object('phase', btrim(payload)::integer);
        ELSE
            BEGIN
                body := payload::jsonb;
            EXCEPTION WHEN OTHERS THEN
                body := 'null';
            END;
        END IF;
        IF jsonb_typeof(body) <> 'object' THEN
            RAISE EXCEPTION 'payload: "%" is neither empty, nor 1 to 4, nor a JSON object with phase, employee, full_content, dry_run', left(payload, 40) USING ERRCODE = '22023';
        END IF;
        SELECT CASE
            WHEN v.key NOT IN ('phase', 'employee', 'full_content', 'dry_run') THEN format('payload: unknown key %s; allowed are phase, employee, full_content, dry_run', quote_ident(left(v.key, 40)))
            WHEN v.key = 'employee' AND v.type <> 'string' THEN format('employee: %s is no Kürzel; expected a string such as "SB"', left(v.value::text, 40))
            WHEN v.key = 'phase' AND v.type <> 'number' THEN format('phase: %s; expected a number 1 to 4, not %s %s', left(v.value::text, 40), CASE WHEN v.type ~ '^[ao]' THEN 'an' ELSE 'a' END, v.type)
            WHEN v.key = 'phase' AND v.value::text !~ '^[1-4]$'
                THEN format('phase: %s is not a phase; allowed are 1 (new in Advoware), 2 (new in Google), 3 (deleted), 4 (changed)', left(v.value::text, 40))
            WHEN v.key IN ('full_content', 'dry_run') AND v.type <> 'boolean' THEN format('%s: %s; allowed are true and false', v.key, left(v.value::text, 40))
            END INTO problem
        FROM (SELECT e.key, e.value, jsonb_typeof(e.value) AS type FROM jsonb_each(body) AS e) AS v
        WHERE v.type <> 'null' OR v.key NOT IN ('phase', 'employee', 'full_content', 'dry_run')
        ORDER BY 1 LIMIT 1;
        IF problem IS NOT NULL THEN
            RAISE EXCEPTION '%', problem USING ERRCODE = '22023';
        END IF;
        RETURN sync.request_sync((body ->> 'phase')::integer, body ->> 'employee',
            coalesce((body ->> 'full_content')::boolean, false), coalesce((body ->> 'dry_run')::boolean, false));
    EXCEPTION WHEN OTHERS THEN
        -- Whatever a person sends, the listener goes on and the sender finds out why nothing happened.
        GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT;
    END;
    INSERT INTO sync.request (status, message, finished_at) VALUES ('rejected', left(problem, 500), clock_timestamp()) RETURNING request_id INTO made;
    RETURN made;
END
$$;
COMMENT ON FUNCTION sync.accept_notification(text) IS 'Turns a person''s NOTIFY calendar_sync into a request: empty (all), 1 to 4 (one phase) or JSON with phase, employee, full_content, dry_run. Anything else becomes a request with status rejected and the reason. Called by the one listener that holds the advisory lock; the product''s own payload "queue" gives NULL.';
REVOKE ALL ON FUNCTION sync.accept_notification(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.accept_notification(text) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION sync.cancel_request(request_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked sync.request;
    heir bigint;
BEGIN
    -- Runs before their request, as everybody locks them.
    PERFORM FROM sync.run AS r WHERE r.request_id = cancel_request.request_id AND r.status = 'waiting' ORDER BY r.run_id FOR NO KEY UPDATE;
    SELECT q.* INTO asked FROM sync.request AS q WHERE q.request_id = cancel_request.request_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request_id: % is no request', request_id USING ERRCODE = '22023', HINT = 'SELECT request_id, status FROM sync.request shows them.';
    END IF;
    IF asked.status NOT IN ('waiting', 'running', 'merged') THEN
        RETURN asked.status;
    END IF;
    IF asked.status = 'waiting' OR (asked.status = 'running' AND asked.started_at IS NULL) THEN
        -- Those merged into it wait on their own account: no run has been made for them.
        SELECT min(m.request_id) INTO heir FROM sync.request AS m WHERE m.merged_into = asked.request_id AND m.status = 'merged';
        UPDATE sync.request AS m
        SET status = CASE WHEN m.request_id = heir THEN 'waiting' ELSE 'merged' END, merged_into = CASE WHEN m.request_id = heir THEN NULL ELSE heir END,
            claimed_by = NULL, claimed_at = NULL
        WHERE m.merged_into = asked.request_id AND m.status = 'merged';
    END IF;
    UPDATE sync.request AS q SET status = 'cancelled', finished_at = clock_timestamp() WHERE q.request_id = asked.request_id;
    IF asked.status = 'running' AND sync.is_cancelled(asked.request_id) THEN
        UPDATE sync.run AS r SET status = 'cancelled', finished_at = clock_timestamp() WHERE r.request_id = asked.request_id AND r.status = 'waiting';
    ELSIF asked.status = 'running' THEN
        -- Its runs go on for those merged into it; a worker that looked meanwhile found them locked.
        PERFORM pg_notify('calendar_sync', 'queue');
    END IF;
    RETURN 'cancelled';
END
$$;
COMMENT ON FUNCTION sync.cancel_request(bigint) IS 'Cancels a request that waits or runs; a running one stops between two actions. Requests merged with it go on. Returns its status (of one that has ended, how it ended).';
REVOKE ALL ON FUNCTION sync.cancel_request(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.cancel_request(bigint) TO calendar_sync_user, calendar_sync_operator;

CREATE OR REPLACE FUNCTION sync.retry_failed() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    due integer;
BEGIN
    UPDATE sync.calendar_sync AS l
    SET next_attempt_at = NULL, refused_basis = NULL,
        -- Stopped with both sides settled as they are: the side that was written from counts as never settled again, so the write is tried again.
        advoware_fingerprint = CASE WHEN o.stopped AND o.written = 'google' THEN NULL ELSE l.advoware_fingerprint END,
        google_fingerprint = CASE WHEN o.stopped AND o.written = 'advoware' THEN NULL ELSE l.google_fingerprint END
    FROM (
        SELECT k.sync_id, k.sync_status = 'failed' AND k.last_error = 'stored something else' AS stopped,
            coalesce(k.meant_side, CASE k.source_system WHEN 'advoware' THEN 'google' ELSE 'advoware' END::sync.source_system_enum) AS written
        FROM sync.calendar_sync AS k
    ) AS o
    WHERE o.sync_id = l.sync_id AND NOT l.deleted AND (l.next_attempt_at IS NOT NULL OR l.refused_basis IS NOT NULL OR o.stopped);
    GET DIAGNOSTICS due = ROW_COUNT;
    DELETE FROM sync.calendar_wait;
    RETURN due;
END
$$;
COMMENT ON FUNCTION sync.retry_failed() IS 'Makes all links that failed or were refused, and calendars that Google would not make, due at the next run, whatever delay they had; what was stopped because a system stored something else is written once more. The wait of attempts in doubt is not shortened. Returns how many.';
REVOKE ALL ON FUNCTION sync.retry_failed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.retry_failed() TO calendar_sync_operator;

CREATE OR REPLACE FUNCTION sync.apply_policy(employee text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.employee AS e WHERE e.kuerzel = apply_policy.employee) THEN
        RAISE EXCEPTION 'employee: "%" is unknown; known are %', coalesce(left(employee, 40), 'NULL'),
            coalesce((SELECT string_agg(e.kuerzel, ', ' ORDER BY e.kuerzel) FROM sync.employee AS e), 'none yet (a listener reads them from Advoware when it starts)') USING ERRCODE = '22023';
    END IF;
    UPDATE sync.calendar_sync AS l
    SET sync_strategy = p.sync_strategy, advoware_write_allowed = sync.write_flag(p.advoware_writes, l.source_system, l.advoware_frnr)
    FROM sync.effective_policy AS p
    WHERE p.employee_kuerzel = apply_policy.employee AND l.employee_kuerzel = apply_policy.employee AND NOT l.deleted
        AND (l.sync_strategy, l.advoware_write_allowed)
            IS DISTINCT FROM (p.sync_strategy, sync.write_flag(p.advoware_writes, l.source_system, l.advoware_frnr));
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION sync.apply_policy(text) IS 'Strategy and write flag of an employee''s active links become what new links would get. Returns how many changed.';
REVOKE ALL ON FUNCTION sync.apply_policy(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.apply_policy(text) TO calendar_sync_operator;

CREATE OR REPLACE FUNCTION sync.progress(request_id bigint)
RETURNS TABLE (employee_kuerzel text, run_status text, error_code text, phase integer, kind text,
    planned integer, done integer, failed integer, refused integer, held integer, in_doubt integer, superseded integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.employee_kuerzel, r.status, r.error_code, t.phase::integer, t.kind,
        (count(*) FILTER (WHERE t.status IN ('planned', 'running')))::integer,
        (count(*) FILTER (WHERE t.status = 'done'))::integer,
        (count(*) FILTER (WHERE t.status = 'failed'))::integer,
        (count(*) FILTER (WHERE t.status = 'refused'))::integer,
        (count(*) FILTER (WHERE t.status = 'held'))::integer,
        (count(*) FILTER (WHERE t.status = 'in_doubt'))::integer,
        (count(*) FILTER (WHERE t.status IN ('superseded', 'cancelled')))::integer
    FROM sync.request AS q
    JOIN sync.run AS r ON r.request_id = coalesce(q.merged_into, q.request_id)
    LEFT JOIN sync.action AS t ON t.run_id = r.run_id
    WHERE q.request_id = progress.request_id
    GROUP BY r.employee_kuerzel, r.status, r.error_code, t.phase, t.kind
    ORDER BY r.employee_kuerzel, t.phase, t.kind
$$;
COMMENT ON FUNCTION sync.progress(bigint) IS 'What a request has done so far: a row per employee, phase and kind of action (phase and kind are NULL for a run without actions).';
REVOKE ALL ON FUNCTION sync.progress(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.progress(bigint) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
