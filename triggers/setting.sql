CREATE OR REPLACE FUNCTION engine.check_setting() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong record;
BEGIN
    -- The one place for these bounds: a CHECK would only name itself.
    SELECT b.* INTO wrong
    FROM (VALUES
        ('paused', NEW.paused IS NOT NULL, 'true and false'),
        ('anonymize_google_events', NEW.anonymize_google_events IS NOT NULL, 'true and false'),
        ('default_strategy', NEW.default_strategy IS NOT NULL, array_to_string(enum_range(NEW.default_strategy), ', ')),
        ('advoware_writes', NEW.advoware_writes IN ('none', 'own', 'all'), 'none, own, all'),
        ('window_past_days', NEW.window_past_days BETWEEN 0 AND 3650, '0 to 3650 days'),
        ('window_future_days', NEW.window_future_days BETWEEN 1 AND 7300, '1 to 7300 days'),
        ('brake_count', NEW.brake_count >= 0, '0 and more'),
        ('brake_share', NEW.brake_share BETWEEN 0 AND 100, '0 to 100 percent'),
        ('in_doubt_wait', NEW.in_doubt_wait BETWEEN '0 seconds' AND '1 day', '0 seconds to 1 day'),
        ('lease', NEW.lease BETWEEN '5 seconds' AND '10 minutes', '5 seconds to 10 minutes'),
        ('expand_days', NEW.expand_days BETWEEN 1 AND 3660, '1 to 3660 days'),
        ('retry_first', NEW.retry_first BETWEEN '0 seconds' AND '1 day', '0 seconds to 1 day'),
        ('retry_longest', NEW.retry_longest BETWEEN '1 second' AND '30 days', '1 second to 30 days'),
        ('keep_runs', NEW.keep_runs BETWEEN '1 day' AND '1000 years', '1 day to 1000 years'),
        ('keep_audit', NEW.keep_audit BETWEEN '30 days' AND '1000 years', '30 days to 1000 years'),
        ('advoware_concurrency', NEW.advoware_concurrency BETWEEN 1 AND 64, '1 to 64'),
        ('google_concurrency', NEW.google_concurrency BETWEEN 1 AND 64, '1 to 64')
    ) AS b (field, fits, allowed)
    WHERE b.fits IS NOT TRUE
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: %; allowed: %',
            wrong.field, coalesce(to_jsonb(NEW) ->> wrong.field, 'NULL'), wrong.allowed
            -- 23514 as a CHECK raises it; keep_… never had one.
            USING ERRCODE = CASE WHEN wrong.field LIKE 'keep%' THEN '22023' ELSE '23514' END;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION engine.check_setting() IS
'Refuses a setting that is out of bounds. Raises 23514 (keep_…: 22023) that names the setting, the value and what is allowed.';

CALL pg_temp.make_trigger('sync.setting', 'check_setting', 'BEFORE INSERT OR UPDATE',
    'FOR EACH ROW EXECUTE FUNCTION engine.check_setting()', always => true);

CREATE OR REPLACE FUNCTION engine.check_employee() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.advoware_writes NOT IN ('none', 'own', 'all') THEN
        RAISE EXCEPTION 'advoware_writes: %; allowed: none, own, all, or NULL for sync.setting''s',
            left(NEW.advoware_writes, 40)
            USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION engine.check_employee() IS
'Refuses an unknown advoware_writes of an employee with an error that names the field, the value and what is allowed.';

CALL pg_temp.make_trigger('sync.employee', 'check_employee', 'BEFORE INSERT OR UPDATE OF advoware_writes',
    'FOR EACH ROW EXECUTE FUNCTION engine.check_employee()');

CREATE OR REPLACE FUNCTION engine.window_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- What lies in the new window may never have been listed: read whole.
    UPDATE sync.reading AS r SET sync_token = NULL WHERE r.sync_token IS NOT NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION engine.window_changed() IS 'Changing a window drops the sync tokens (rules 1).';

CALL pg_temp.make_trigger('sync.setting', 'window_changed', 'AFTER UPDATE OF window_past_days, window_future_days',
    'FOR EACH ROW WHEN (((old.window_past_days IS DISTINCT FROM new.window_past_days) '
        'OR (old.window_future_days IS DISTINCT FROM new.window_future_days))) '
    'EXECUTE FUNCTION engine.window_changed()');
