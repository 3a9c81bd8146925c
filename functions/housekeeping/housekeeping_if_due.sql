CREATE OR REPLACE FUNCTION engine.housekeeping_if_due() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
    failed text;
BEGIN
    PERFORM 1 FROM sync.housekeeping AS h WHERE h.next_at <= clock_timestamp() FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- Each part on its own: one that fails undoes none of the others. Whoever looks for work must find it all the same.
    BEGIN
        removed := sync.housekeeping();
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'housekeeping failed: % (%)', SQLERRM, SQLSTATE;
        failed := SQLSTATE;
    END;
    IF removed > 0 THEN
        -- There may be more: at the next look into the queue.
        UPDATE sync.housekeeping AS h SET last_error = NULL WHERE h.last_error IS NOT NULL;
        RETURN;
    END IF;
    -- What else is done once a day.
    BEGIN
        PERFORM engine.ensure_audit_partitions();
        PERFORM sync.seal_audit(31);
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'sealing the audit failed: % (%)', SQLERRM, SQLSTATE;
        failed := coalesce(failed, SQLSTATE);
    END;
    BEGIN
        PERFORM sync.drop_audit_before();
    EXCEPTION
        WHEN lock_not_available THEN
            -- Somebody reads or writes the audit: tomorrow, then.
            NULL;
        WHEN OTHERS THEN
            RAISE WARNING 'retention of the audit failed: % (%)', SQLERRM, SQLSTATE;
            failed := coalesce(failed, SQLSTATE);
    END;
    UPDATE sync.housekeeping AS h
    SET next_at = clock_timestamp() + CASE WHEN failed IS NULL THEN interval '1 day' ELSE interval '1 hour' END,
        last_error = failed;
END
$$;
-- When nothing is left to remove, the audit's partitions are made ahead of time, its closed days are sealed, what
-- keep_audit gives up is dropped, and it is due again in a day. Called when nothing waits: the listeners' poll is its
-- clock. A part that fails is noted (bi.hub_health shows it) and tried again after an hour.
COMMENT ON FUNCTION engine.housekeeping_if_due() IS
'One batch of housekeeping if it is due (sync.housekeeping.next_at) and nobody else is at it. It never raises.';
