-- Called by the audit's triggers, whose search_path they share: setting it again would cost each audit row as much as
-- these functions do.

CREATE OR REPLACE FUNCTION engine.audit_time() RETURNS timestamptz
LANGUAGE plpgsql
AS $$
DECLARE
    began timestamptz := now();
    last_sealed date := (SELECT s.day FROM sync.audit_seal AS s ORDER BY s.day DESC LIMIT 1);
BEGIN
    -- The snapshot of a transaction older than the day need not show that yesterday was sealed.
    IF (began AT TIME ZONE 'UTC')::date < (clock_timestamp() AT TIME ZONE 'UTC')::date THEN
        began := clock_timestamp();
    END IF;
    -- A clock that was set back must not stop the sync.
    RETURN greatest(began, (last_sealed + 1)::timestamp AT TIME ZONE 'UTC');
END
$$;
COMMENT ON FUNCTION engine.audit_time() IS
'The timestamp of an audit row: the transaction''s start, or the clock if that was on an earlier day (UTC); never in a sealed day.';

CREATE OR REPLACE FUNCTION engine.audit_login() RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT nullif(pg_get_userbyid(a.usesysid), session_user)
        FROM pg_stat_get_activity(pg_backend_pid()) AS a
        WHERE a.usesysid <> 0);
END
$$;
COMMENT ON FUNCTION engine.audit_login() IS
'The role that this session authenticated as when that is not session_user (SET SESSION AUTHORIZATION); else NULL.';

CREATE OR REPLACE FUNCTION engine.audit_run(OUT run_id bigint, OUT phase smallint)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    -- Anybody can set these; only a listener is believed, and only numbers.
    IF pg_has_role(session_user, 'calendar_sync_user', 'MEMBER') THEN
        run_id := substring(current_setting('sync.run_id', true) FROM '^[0-9]{1,18}$');
        phase := substring(current_setting('sync.phase', true) FROM '^[1-4]$');
    END IF;
END
$$;
COMMENT ON FUNCTION engine.audit_run() IS
'The run and phase that a listener''s transaction says it works for (sync.run_id, sync.phase); NULL: none, or nobody to be believed.';
