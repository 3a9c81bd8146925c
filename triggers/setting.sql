CREATE OR REPLACE FUNCTION sync.check_setting() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.keep_runs NOT BETWEEN '1 day' AND '1000 years' THEN
        RAISE EXCEPTION 'keep_runs: %; allowed are 1 day to 1000 years', NEW.keep_runs USING ERRCODE = '22023';
    END IF;
    IF NEW.keep_audit NOT BETWEEN '30 days' AND '1000 years' THEN
        RAISE EXCEPTION 'keep_audit: %; allowed are 30 days to 1000 years', NEW.keep_audit USING ERRCODE = '22023';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION sync.check_setting() IS 'Refuses how long things are kept where it is out of bounds, with an error that names the setting, the value and what is allowed; the table''s CHECK would only name itself.';
REVOKE ALL ON FUNCTION sync.check_setting() FROM PUBLIC;

CREATE OR REPLACE TRIGGER check_setting BEFORE UPDATE OF keep_runs, keep_audit ON sync.setting FOR EACH ROW EXECUTE FUNCTION sync.check_setting();

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
