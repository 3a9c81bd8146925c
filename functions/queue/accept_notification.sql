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

CREATE OR REPLACE FUNCTION engine.sender_of(sender integer) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce((SELECT a.usename::text FROM pg_stat_activity AS a WHERE a.pid = sender), '(unknown)')
$$;
COMMENT ON FUNCTION engine.sender_of(integer) IS
'The login of the session with this process id, as far as PostgreSQL can know: (unknown) when it has ended.';

CREATE OR REPLACE FUNCTION engine.accept_asked(body jsonb, asked_by text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    burst CONSTANT interval := '9 seconds';
    asked sync.request;
    now_at timestamptz := clock_timestamp();
    full_until timestamptz;
    made bigint;
BEGIN
    asked.phase := (body ->> 'phase')::integer;
    asked.employee_kuerzel := coalesce(body ->> 'employee', body ->> 'kuerzel');
    IF upper(asked.employee_kuerzel) = 'ALL' THEN
        -- Everybody; an employee of that name can be asked for in SQL.
        asked.employee_kuerzel := NULL;
    END IF;
    asked.full_content := coalesce((body ->> 'full_content')::boolean, true);
    asked.recheck := coalesce((body ->> 'recheck')::boolean, false);
    asked.dry_run := coalesce((body ->> 'dry_run')::boolean, false);
    -- A minute's worth at most: the clock may have been set back.
    SELECT least(greatest(r.free_at, now_at), now_at + interval '1 minute') INTO full_until
    FROM engine.notification_rate AS r;
    IF full_until > now_at + burst THEN
        -- Too many: an equal one that waits serves this one, too. Not one that is being taken or cancelled just now.
        SELECT q.request_id INTO made FROM sync.request AS q
        WHERE q.status = 'waiting'
            AND engine.asks_for(q) = engine.asks_for(asked)
        ORDER BY q.request_id
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE sync.request AS q SET notifications = coalesce(q.notifications, 0) + 1 WHERE q.request_id = made;
            RETURN made;
        END IF;
    END IF;
    made := sync.request_sync(
        asked.phase, asked.employee_kuerzel, asked.full_content, asked.recheck, asked.dry_run);
    UPDATE sync.request AS q
    SET requested_by = coalesce(asked_by, q.requested_by), notifications = 1,
        not_before = CASE WHEN full_until > now_at + burst THEN full_until - burst END
    WHERE q.request_id = made;
    UPDATE engine.notification_rate AS r SET free_at = full_until + interval '1 second';
    RETURN made;
END
$$;
COMMENT ON FUNCTION engine.accept_asked(jsonb, text) IS
'Makes a request of a notification: ten in a burst, then one a second; what is more is merged into an equal one that waits. Raises 22023.';

CREATE OR REPLACE FUNCTION engine.reject_notification(problem text, asked_by text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made bigint;
BEGIN
    UPDATE sync.request AS q SET notifications = q.notifications + 1, message = left(problem, 500)
    WHERE q.request_id = (SELECT r.last_rejected FROM engine.notification_rate AS r)
        AND q.status = 'rejected'
        AND q.requested_at BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp()
    RETURNING q.request_id INTO made;
    IF NOT FOUND THEN
        INSERT INTO sync.request (status, message, finished_at, notifications)
        VALUES ('rejected', left(problem, 500), clock_timestamp(), 1)
        RETURNING request_id INTO made;
        UPDATE sync.request AS q SET requested_by = asked_by
        WHERE q.request_id = made
            AND asked_by IS NOT NULL;
        UPDATE engine.notification_rate AS r SET last_rejected = made;
    END IF;
    RETURN made;
END
$$;
COMMENT ON FUNCTION engine.reject_notification(text, text) IS
'Notes what nobody can make a request of: one row a minute, with the last problem and how many there were. Returns its number.';

-- A hub from before the sender was told.
DROP FUNCTION IF EXISTS engine.accept_notification(text);
CREATE OR REPLACE FUNCTION engine.accept_notification(payload text, sender integer DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    body jsonb;
    problem text;
    asked_by text := CASE WHEN sender IS NOT NULL THEN engine.sender_of(sender) END;
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
        RETURN engine.accept_asked(body, asked_by);
    EXCEPTION WHEN OTHERS THEN
        -- Whatever a person sends, the listener goes on and the sender finds out why nothing happened.
        GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT;
    END;
    RETURN engine.reject_notification(problem, asked_by);
END
$$;
COMMENT ON FUNCTION engine.accept_notification(text, integer) IS
'The request that a person''s NOTIFY becomes or is merged into: empty, 1 to 4, JSON as in request_sync; else a rejected one. "queue" (our own): NULL.';
GRANT EXECUTE ON FUNCTION engine.accept_notification(text, integer) TO calendar_sync_user;
