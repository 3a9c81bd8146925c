CREATE OR REPLACE FUNCTION engine.notification_queue_usage() RETURNS double precision
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_notification_queue_usage() $$;
COMMENT ON FUNCTION engine.notification_queue_usage() IS
'How full the server''s queue of notifications is, 0 to 1: one session that listens in an open transaction fills it for everybody.';
GRANT EXECUTE ON FUNCTION engine.notification_queue_usage()
    TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION engine.wake_listeners() RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- With a full queue every transaction that notifies fails. The listeners' poll is there.
    IF engine.notification_queue_usage() >= 0.1 THEN
        RETURN false;
    END IF;
    -- A constant: every commit that notifies takes a cluster-wide lock, and everyone connected can listen.
    PERFORM pg_notify('calendar_sync', 'queue');
    RETURN true;
END
$$;
COMMENT ON FUNCTION engine.wake_listeners() IS
'Tells the listeners to look, with the constant payload "queue"; false: not, because the server''s queue of notifications fills up.';
GRANT EXECUTE ON FUNCTION engine.wake_listeners() TO calendar_sync_user, calendar_sync_operator;
