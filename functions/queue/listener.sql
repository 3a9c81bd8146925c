CREATE OR REPLACE FUNCTION engine.schema_version() RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$ SELECT 5 $$;
COMMENT ON FUNCTION engine.schema_version() IS
'Version of the hub''s functions. A listener works only with the version it was built for.';
GRANT EXECUTE ON FUNCTION engine.schema_version() TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION engine.require_version(listener text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    needed integer;
BEGIN
    SELECT l.schema_version INTO needed FROM sync.listener AS l WHERE l.listener = require_version.listener;
    IF needed <> engine.schema_version() THEN
        RAISE EXCEPTION 'the listener needs schema version %, the hub has %', needed, engine.schema_version()
            USING ERRCODE = 'CS002',
            HINT = 'The hub was upgraded under it: start the listener that fits the hub, '
                'or run ops/create_db.sql of the listener''s release.';
    END IF;
END
$$;
COMMENT ON FUNCTION engine.require_version(text) IS
'Raises CS002 when the hub has become another version than this listener was built for: it must not be given work any more.';

CREATE OR REPLACE FUNCTION engine.require_office(kanzlei text, database_name text, host text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    office sync.office;
BEGIN
    SELECT o.* INTO office FROM sync.office AS o;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF (office.kanzlei, office.database_name, office.host) IS DISTINCT FROM (kanzlei, database_name, host) THEN
        RAISE EXCEPTION
            'this hub belongs to Kanzlei "%", database "%" on %; '
            'the listener is configured for Kanzlei "%", database "%" on %',
            office.kanzlei, office.database_name, office.host, kanzlei, database_name, host
            USING ERRCODE = 'CS001',
            HINT = 'Check ADVOWARE_KANZLEI, ADVOWARE_DATABASE and ADVOWARE_API_BASE_URL, or use another hub. '
                'If the office really moved, the database''s owner corrects sync.office.';
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION engine.require_office(text, text, text) IS
'Raises CS001 when the hub belongs to another office (Kanzlei, database, host). false: nothing was read for it yet.';
GRANT EXECUTE ON FUNCTION engine.require_office(text, text, text) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.listener_start(
    listener text, kanzlei text, database_name text, host text, schema_version integer, anonymize boolean
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF schema_version IS DISTINCT FROM engine.schema_version() THEN
        RAISE EXCEPTION 'the listener needs schema version %, the hub has %', schema_version, engine.schema_version()
            USING ERRCODE = 'CS002',
            HINT = 'Run ops/create_db.sql of the listener''s release, or start the listener that fits the hub.';
    END IF;
    -- Not recorded before something was read: a slip in the configuration would be so for good.
    PERFORM engine.require_office(kanzlei, database_name, host);
    IF anonymize THEN
        UPDATE sync.setting AS s SET anonymize_google_events = true WHERE NOT s.anonymize_google_events;
    END IF;
    PERFORM engine.prepare_audit();
    INSERT INTO sync.listener AS l (listener, schema_version, kanzlei, database_name, host)
    VALUES (listener_start.listener, listener_start.schema_version,
        listener_start.kanzlei, listener_start.database_name, listener_start.host)
    ON CONFLICT ON CONSTRAINT listener_pkey DO UPDATE
    SET heartbeat_at = clock_timestamp(), stopped_at = NULL, schema_version = excluded.schema_version,
        kanzlei = excluded.kanzlei, database_name = excluded.database_name, host = excluded.host;
END
$$;
COMMENT ON FUNCTION engine.listener_start(text, text, text, text, integer, boolean) IS
'Registers a listener. Raises CS001 when the hub is another office''s, CS002 for another version. anonymize: true turns it on for the office, false nothing.';
GRANT EXECUTE ON FUNCTION engine.listener_start(text, text, text, text, integer, boolean) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.heartbeat(listener text, fences bigint[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE sync.listener AS l SET heartbeat_at = clock_timestamp() WHERE l.listener = heartbeat.listener;
    -- A lease that has run out stays so: it may be taken over any moment.
    UPDATE sync.run AS r SET lease_until = clock_timestamp() + (SELECT s.lease FROM sync.setting AS s)
    WHERE r.listener = heartbeat.listener
        AND r.status = 'running'
        AND r.lease_until > clock_timestamp()
        -- One whose claim was never answered nobody works on.
        AND (fences IS NULL OR r.fence = ANY (fences));
END
$$;
COMMENT ON FUNCTION engine.heartbeat(text, bigint[]) IS
'Says that a listener lives and extends the leases of its runs: of those with these fencing tokens (NULL: of all).';
GRANT EXECUTE ON FUNCTION engine.heartbeat(text, bigint[]) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.listener_stop(listener text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE sync.listener AS l SET stopped_at = clock_timestamp() WHERE l.listener = listener_stop.listener;
    -- What it leaves unfinished can be taken over at once.
    UPDATE sync.run AS r SET lease_until = clock_timestamp() - interval '1 microsecond'
    WHERE r.listener = listener_stop.listener
        AND r.status = 'running';
    -- So can what it took and made no runs for. One that is being cancelled meanwhile is locked, and stays out.
    PERFORM engine.give_back_requests(ARRAY(
        SELECT q.request_id FROM sync.request AS q
        WHERE q.claimed_by = listener_stop.listener
            AND q.status = 'running'
            AND q.started_at IS NULL
        FOR NO KEY UPDATE SKIP LOCKED));
    -- The others go on with either.
    PERFORM engine.wake_listeners();
END
$$;
COMMENT ON FUNCTION engine.listener_stop(text) IS
'A listener leaves in order: its runs are free to be taken over, requests it took and made no runs for wait again, with what was merged into them.';
GRANT EXECUTE ON FUNCTION engine.listener_stop(text) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION sync.listener_alive() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT 1 FROM sync.listener AS l
        WHERE l.stopped_at IS NULL
            AND l.schema_version = engine.schema_version()
            AND l.heartbeat_at > clock_timestamp() - (SELECT s.lease FROM sync.setting AS s)
            -- From before the clock was set back it says nothing.
            AND l.heartbeat_at <= clock_timestamp())
$$;
COMMENT ON FUNCTION sync.listener_alive() IS
'Whether any listener of the hub''s version gave a heartbeat within the length of a lease.';
GRANT EXECUTE ON FUNCTION sync.listener_alive() TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
