CREATE OR REPLACE FUNCTION sync.window_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- What lies in the new window may never have been listed: read whole.
    UPDATE sync.reading AS r SET sync_token = NULL WHERE r.sync_token IS NOT NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION sync.window_changed() IS 'Changing a window drops the sync tokens (RULES 1).';
REVOKE ALL ON FUNCTION sync.window_changed() FROM PUBLIC;

CREATE OR REPLACE TRIGGER window_changed AFTER UPDATE OF window_past_days, window_future_days ON sync.setting
    FOR EACH ROW WHEN ((OLD.window_past_days, OLD.window_future_days) IS DISTINCT FROM (NEW.window_past_days, NEW.window_future_days))
    EXECUTE FUNCTION sync.window_changed();
