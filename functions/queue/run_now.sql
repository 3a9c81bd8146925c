CREATE OR REPLACE FUNCTION engine.refusal_of_commit() RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    BEGIN
        COMMIT;
    EXCEPTION WHEN invalid_transaction_termination THEN
        RETURN SQLERRM;
    END;
END
$$;
COMMENT ON FUNCTION engine.refusal_of_commit() IS
'What the server says, in the session''s language, when something that can never commit tries to. For sync.run_now.';
GRANT EXECUTE ON FUNCTION engine.refusal_of_commit() TO calendar_sync_user, calendar_sync_operator;

-- Long because it may not call what commits: waiting, telling and summing up stand in one procedure.
CREATE OR REPLACE PROCEDURE sync.run_now(
    IN phase integer DEFAULT NULL, IN employee text DEFAULT NULL,
    IN full_content boolean DEFAULT true, IN recheck boolean DEFAULT false, IN dry_run boolean DEFAULT false,
    IN timeout interval DEFAULT '10 minutes',
    INOUT request_id bigint DEFAULT NULL, INOUT status text DEFAULT NULL,
    INOUT done bigint DEFAULT NULL, INOUT planned bigint DEFAULT NULL,
    INOUT failed bigint DEFAULT NULL, INOUT refused bigint DEFAULT NULL, INOUT held bigint DEFAULT NULL
)
LANGUAGE plpgsql
AS $$
DECLARE
    asked_at timestamptz := clock_timestamp();
    alive_at timestamptz := clock_timestamp();
    told_at timestamptz;
    refusal text;
    asked sync.request;
    told bigint[] := '{}';
    run record;
    whole_runs text;
BEGIN
    -- May it wait? ------------------------------------------------------------------
    -- A COMMIT inside BEGIN … EXCEPTION is always refused, but for one of two reasons, and the server names the
    -- transaction block before the subtransaction. Comparing clocks would not do: in the extended protocol a statement
    -- begins later than its transaction.
    BEGIN
        COMMIT;
    EXCEPTION WHEN invalid_transaction_termination THEN
        refusal := SQLERRM;
    END;
    IF refusal = engine.refusal_of_commit() THEN
        RAISE EXCEPTION 'sync.run_now commits before it waits: call it outside a transaction block'
            USING ERRCODE = '25001', HINT = 'Inside a transaction use SELECT sync.request_sync(…).';
    END IF;
    IF timeout IS NULL OR timeout <= '0 seconds' THEN
        RAISE EXCEPTION 'timeout: % is not a time to wait; expected an interval such as ''10 minutes''',
            coalesce(timeout::text, 'NULL') USING ERRCODE = '22023';
    END IF;

    -- Ask ---------------------------------------------------------------------------
    request_id := sync.request_sync(
        run_now.phase, run_now.employee, run_now.full_content, run_now.recheck, run_now.dry_run);
    -- The request must be visible to the listener before anybody waits for it.
    COMMIT;
    RAISE NOTICE 'request % waits for a listener%', request_id,
        CASE WHEN NOT sync.listener_alive() THEN '; none is running at the moment' ELSE '' END;

    -- Wait, and tell of each employee -----------------------------------------------
    LOOP
        SELECT q.* INTO asked FROM sync.request AS q WHERE q.request_id = run_now.request_id;
        FOR run IN
            SELECT r.*, r.failed + r.in_doubt AS bad
            FROM sync.run AS r
            WHERE r.request_id = coalesce(asked.merged_into, asked.request_id)
                AND asked.claimed_at IS NOT NULL
                AND r.finished_at IS NOT NULL
                AND r.run_id <> ALL (told)
            ORDER BY r.finished_at
        LOOP
            told := told || run.run_id;
            RAISE NOTICE '%: % % (created: % events, % Termine; changed: %, %; deleted: %, %; '
                'failed %, held %, refused %)',
                run.employee_kuerzel, run.status, coalesce(run.error_code, ''),
                run.events_created, run.termine_created, run.events_updated, run.termine_updated,
                run.events_deleted, run.termine_deleted, run.bad, run.held, run.refused;
        END LOOP;
        EXIT WHEN asked.status NOT IN ('waiting', 'running', 'merged');
        told_at := coalesce(told_at, asked.claimed_at);
        IF clock_timestamp() > told_at + interval '5 seconds' THEN
            told_at := clock_timestamp();
            RAISE NOTICE '%', engine.progress_text(request_id);
        END IF;
        -- With a clock that was set back, a listener that lives gives its next heartbeat within a lease.
        IF sync.listener_alive()
            OR (clock_timestamp() < asked_at + (SELECT s.lease FROM sync.setting AS s)
                AND EXISTS (SELECT FROM sync.listener AS l WHERE l.heartbeat_at > clock_timestamp()))
        THEN
            alive_at := clock_timestamp();
        END IF;
        -- While a listener lives the request waits its turn, behind others or behind an equal one whose runs wait.
        IF asked.claimed_at IS NULL AND clock_timestamp() > alive_at + timeout THEN
            RAISE EXCEPTION 'timeout: no listener took request % within %', request_id, timeout
                USING ERRCODE = '57014',
                    HINT = format('Start calendar-sync listen (calendar-sync status shows what runs). '
                    'The request keeps waiting; SELECT sync.cancel_request(%s) takes it back.', request_id);
        ELSIF clock_timestamp() > alive_at + timeout THEN
            RAISE EXCEPTION 'timeout: a listener took request %, and none has been alive for %', request_id, timeout
                USING ERRCODE = '57014',
                    HINT = format('Start calendar-sync listen (calendar-sync status shows what runs): '
                    'the next listener goes on with it. SELECT * FROM sync.progress(%s) shows how far it is.',
                    request_id);
        END IF;
        COMMIT;
        PERFORM pg_sleep(0.1);
    END LOOP;

    -- Sum up ------------------------------------------------------------------------
    SELECT
        coalesce(sum(p.done), 0), coalesce(sum(p.planned), 0), coalesce(sum(p.failed + p.in_doubt), 0),
        coalesce(sum(p.refused), 0), coalesce(sum(p.held), 0)
    INTO done, planned, failed, refused, held
    FROM sync.progress(run_now.request_id) AS p;
    status := asked.status;
    IF asked.message IS NOT NULL THEN
        RAISE WARNING 'request % ended %: %', request_id, status, asked.message;
    END IF;
    SELECT string_agg(format('; %s ended with %s', w.employees, w.error_code), '' ORDER BY w.error_code) INTO whole_runs
    FROM (
        SELECT r.error_code, string_agg(r.employee_kuerzel, ', ' ORDER BY r.employee_kuerzel) AS employees
        FROM sync.run AS r
        WHERE r.request_id = coalesce(asked.merged_into, asked.request_id)
            AND r.status = 'failed'
            AND r.error_code IS NOT NULL
        GROUP BY r.error_code
    ) AS w;
    IF failed > 0 OR held > 0 OR status <> 'done' THEN
        RAISE WARNING 'request % ended %: % failed, % held, % refused%',
            request_id, status, failed, held, refused, coalesce(whole_runs, '')
            USING HINT = format('SELECT kind, reason, status, result, sync_id FROM sync.action '
                'WHERE run_id IN (SELECT run_id FROM sync.run WHERE request_id = %s) shows each row.', request_id);
    END IF;
END
$$;
-- full_content = false turns anonymisation on, recheck compares every pair, dry_run plans only. It tells of every
-- employee in a NOTICE, of a long run also every 5 seconds how far it is, and ends with a summary row; failed or held
-- rows are a WARNING. It raises 25001 inside a transaction block (it commits before it waits), 57014 when no listener
-- takes the request within timeout, or one took it and none has been alive for timeout.
COMMENT ON PROCEDURE
    sync.run_now(
        integer, text, boolean, boolean, boolean, interval, bigint, text, bigint, bigint, bigint, bigint, bigint) IS
'CALL sync.run_now(phase => 4): asks for a sync (full_content, recheck, dry_run) and waits to its end; timeout: for a listener to live.';
GRANT EXECUTE ON PROCEDURE
    sync.run_now(
        integer, text, boolean, boolean, boolean, interval, bigint, text, bigint, bigint, bigint, bigint, bigint)
    TO calendar_sync_user, calendar_sync_operator;
