CREATE OR REPLACE FUNCTION engine.accept_notification(payload text) RETURNS bigint
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
COMMENT ON FUNCTION engine.accept_notification(text) IS 'Turns a person''s NOTIFY calendar_sync into a request: empty (all), 1 to 4 (one phase) or JSON with phase, employee, full_content, dry_run. Anything else becomes a request with status rejected and the reason. Called by the one listener that holds the advisory lock; the product''s own payload "queue" gives NULL.';
GRANT EXECUTE ON FUNCTION engine.accept_notification(text) TO calendar_sync_user;
