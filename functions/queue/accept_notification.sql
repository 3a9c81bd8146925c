CREATE OR REPLACE FUNCTION engine.notification_body(payload text) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    said text := btrim(coalesce(payload, ''));
    body jsonb;
BEGIN
    IF said = '' THEN
        RETURN '{}';
    ELSIF said ~ '^[0-9]{1,9}$' THEN
        RETURN jsonb_build_object('phase', said::integer);
    END IF;
    BEGIN
        body := payload::jsonb;
    EXCEPTION WHEN OTHERS THEN
        body := 'null';
    END;
    IF jsonb_typeof(body) <> 'object' THEN
        RAISE EXCEPTION
            'payload: "%" is neither empty, nor 1 to 4, nor a JSON object with phase, employee (or kuerzel), '
            'full_content, recheck, dry_run',
            left(payload, 40) USING ERRCODE = '22023';
    END IF;
    RETURN body;
END
$$;
COMMENT ON FUNCTION engine.notification_body(text) IS
'A NOTIFY''s payload as an object: empty, a number (the phase) or JSON. Raises 22023 for anything else.';

CREATE OR REPLACE FUNCTION engine.notification_problem(body jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN NOT v.is_known
        THEN format('payload: unknown key %s; allowed: phase, employee (or kuerzel), full_content, recheck, dry_run',
            quote_ident(left(v.key, 40)))
        WHEN v.key IN ('employee', 'kuerzel') AND v.type <> 'string'
        THEN format('%s: %s is not a Kürzel; expected a string such as "SB"', v.key, left(v.value::text, 40))
        WHEN v.key = 'kuerzel' AND body ->> 'employee' <> body ->> 'kuerzel'
        THEN format('kuerzel: %s, and employee: %s; expected one of them', left(v.value::text, 40),
            left((body -> 'employee')::text, 40))
        WHEN v.key = 'phase' AND v.type <> 'number'
        THEN format('phase: %s; expected a number 1 to 4, not %s %s', left(v.value::text, 40),
            CASE WHEN v.type ~ '^[ao]' THEN 'an' ELSE 'a' END, v.type)
        WHEN v.key = 'phase' AND v.value::text !~ '^[1-4]$'
        THEN format(
            'phase: %s is not a phase; allowed: 1 (new in Advoware), 2 (new in Google), 3 (deleted), 4 (changed)',
            left(v.value::text, 40))
        WHEN v.key IN ('full_content', 'recheck', 'dry_run') AND v.type <> 'boolean'
        THEN format('%s: %s; allowed: true and false', v.key, left(v.value::text, 40))
        END
    FROM (
        SELECT
            e.key, e.value, jsonb_typeof(e.value) AS type,
            e.key IN ('phase', 'employee', 'kuerzel', 'full_content', 'recheck', 'dry_run') AS is_known
        FROM jsonb_each(body) AS e
    ) AS v
    WHERE v.type <> 'null'
        OR NOT v.is_known
    ORDER BY 1 LIMIT 1
$$;
COMMENT ON FUNCTION engine.notification_problem(jsonb) IS
'What is wrong with the keys and values of a notification, with what is allowed; NULL: nothing.';

CREATE OR REPLACE FUNCTION engine.accept_notification(payload text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    body jsonb;
    employee text;
    made bigint;
    problem text;
BEGIN
    IF payload = 'queue' THEN
        RETURN NULL;
    END IF;
    BEGIN
        body := engine.notification_body(payload);
        problem := engine.notification_problem(body);
        IF problem IS NOT NULL THEN
            RAISE EXCEPTION '%', problem USING ERRCODE = '22023';
        END IF;
        employee := coalesce(body ->> 'employee', body ->> 'kuerzel');
        RETURN sync.request_sync(
            (body ->> 'phase')::integer,
            -- "ALL" is everybody; an employee of that name can be asked for in SQL.
            CASE WHEN upper(employee) <> 'ALL' THEN employee END,
            (body ->> 'full_content')::boolean,
            (body ->> 'recheck')::boolean,
            (body ->> 'dry_run')::boolean);
    EXCEPTION WHEN OTHERS THEN
        -- Whatever a person sends, the listener goes on and the sender finds out why nothing happened.
        GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT;
    END;
    INSERT INTO sync.request (status, message, finished_at) VALUES ('rejected', left(problem, 500), clock_timestamp())
    RETURNING request_id INTO made;
    RETURN made;
END
$$;
COMMENT ON FUNCTION engine.accept_notification(text) IS
'Makes a request of a person''s NOTIFY: empty, 1 to 4, or JSON (kuerzel is employee, "ALL" everybody); of anything else a rejected one. "queue": NULL.';
GRANT EXECUTE ON FUNCTION engine.accept_notification(text) TO calendar_sync_user;
