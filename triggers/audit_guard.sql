CREATE OR REPLACE FUNCTION engine.append_only() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is not allowed', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = '55000', HINT = 'Audit rows are neither changed nor removed, not even by the owner.';
END
$$;
COMMENT ON FUNCTION engine.append_only() IS
'Refuses UPDATE, DELETE and TRUNCATE on audit tables for everybody, session_replication_role = replica included.';

CREATE OR REPLACE FUNCTION engine.no_truncate() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '%.% is audited row by row: TRUNCATE is not allowed', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = '55000', HINT = 'DELETE leaves every row in the audit.';
END
$$;
COMMENT ON FUNCTION engine.no_truncate() IS 'Refuses TRUNCATE on audited tables, which would pass by the audit.';

CREATE OR REPLACE FUNCTION engine.gate_of(day date) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT (day - '0001-01-01'::date) % 400 $$;
COMMENT ON FUNCTION engine.gate_of(date) IS 'The row of engine.audit_gate that guards a day of the audit.';

CREATE OR REPLACE FUNCTION engine.audit_derived(
    action text, "timestamp" timestamptz, new_values jsonb, OUT day date, OUT change text)
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    day := ("timestamp" AT TIME ZONE 'Europe/Berlin')::date;
    change := CASE
        WHEN action = 'INSERT' THEN 'new'
        WHEN action = 'DELETE' THEN 'removed'
        WHEN new_values -> 'deleted' = 'true' THEN 'deleted'
        WHEN new_values -> 'deleted' = 'false' THEN 'revived'
        WHEN new_values ?| ARRAY['advoware_write_allowed', 'sync_strategy'] THEN 'policy'
        WHEN new_values -> 'sync_status' = '"failed"' OR new_values ->> 'last_error' <> '' THEN 'failed'
        WHEN new_values ->> 'google_event_id' <> '' THEN 'event'
        WHEN new_values ->> 'advoware_frnr' <> '' THEN 'termin'
        WHEN new_values ?| ARRAY['advoware_watermark', 'google_watermark', 'last_sync'] THEN 'settled'
        ELSE 'bookkeeping' END;
END
$$;
-- No seal covers them, because sync.verify_audit derives them anew.
COMMENT ON FUNCTION engine.audit_derived(text, timestamptz, jsonb) IS
'What follows from an audit row of a link and is kept beside it for reports: its day in Berlin and what kind of change it was.';

CREATE OR REPLACE FUNCTION engine.lock_audit_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_day date := (NEW."timestamp" AT TIME ZONE 'UTC')::date;
    derived record;
BEGIN
    -- Called for the INSERT of another trigger, it is the second one deep.
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '%.% is append-only: % is not allowed but to the triggers that write it',
            TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
            USING ERRCODE = '55000', HINT = 'Audit rows say who did what; whoever could write them could say anything.';
    END IF;
    -- Held until the transaction ends: sync.seal_audit seals a day only when nobody holds it.
    PERFORM 1 FROM engine.audit_gate AS g WHERE g.gate = engine.gate_of(its_day) FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'engine.audit_gate has no row %: without it % cannot be guarded',
            engine.gate_of(its_day), its_day
            USING ERRCODE = '55000', HINT = 'Its rows 0 to 399 are made by the install and never removed.';
    END IF;
    IF EXISTS (SELECT FROM sync.audit_seal AS s WHERE s.day >= its_day) THEN
        RAISE EXCEPTION 'timestamp: % (UTC) is sealed; rows of %.% are written on their own day only',
            its_day, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = '55000';
    END IF;
    IF TG_ARGV[0] = 'links' THEN
        derived := engine.audit_derived(NEW.action, NEW."timestamp", NEW.new_values);
        NEW.day := derived.day;
        NEW.change := derived.change;
    END IF;
    RETURN NEW;
END
$$;
-- With the argument links it also says on which day in Berlin it was and what kind of change.
COMMENT ON FUNCTION engine.lock_audit_day() IS
'Keeps a day from being sealed while a transaction writes into it. Raises 55000 for a sealed day and for a row that no trigger wrote.';

DO $guards$
DECLARE
    guarded regclass;
    part regclass;
BEGIN
    FOREACH guarded IN ARRAY
        ARRAY['sync.calendar_sync_audit', 'sync.policy_audit', 'sync.audit_seal', 'sync.audit_retention']::regclass[]
    LOOP
        CALL pg_temp.make_trigger(guarded, 'append_only', 'BEFORE DELETE OR UPDATE',
            'FOR EACH ROW EXECUTE FUNCTION engine.append_only()', always => true);
        -- Partitions get their row triggers from their parent, and this one each for itself.
        FOR part IN
            SELECT guarded
            UNION ALL
            SELECT i.inhrelid::regclass FROM pg_inherits AS i WHERE i.inhparent = guarded
        LOOP
            CALL pg_temp.make_trigger(part, 'append_only_truncate', 'BEFORE TRUNCATE',
                'FOR EACH STATEMENT EXECUTE FUNCTION engine.append_only()', always => true);
        END LOOP;
    END LOOP;
    -- TRUNCATE fires no row trigger: what is audited is emptied by DELETE, which leaves its rows in the audit.
    FOREACH guarded IN ARRAY
        ARRAY['sync.calendar_sync', 'sync.employee', 'sync.setting', 'sync.job', 'sync.approval']::regclass[]
    LOOP
        CALL pg_temp.make_trigger(guarded, 'no_truncate', 'BEFORE TRUNCATE',
            'FOR EACH STATEMENT EXECUTE FUNCTION engine.no_truncate()', always => true);
    END LOOP;
END
$guards$;
CALL pg_temp.make_trigger('sync.calendar_sync_audit', 'lock_audit_day', 'BEFORE INSERT',
    'FOR EACH ROW EXECUTE FUNCTION engine.lock_audit_day(''links'')', always => true);
CALL pg_temp.make_trigger('sync.policy_audit', 'lock_audit_day', 'BEFORE INSERT',
    'FOR EACH ROW EXECUTE FUNCTION engine.lock_audit_day(''policy'')', always => true);
SELECT engine.ensure_audit_partitions() \g /dev/null

-- Partitions of an older hub have no comments of their own.
DO $comments$
DECLARE
    piece record;
BEGIN
    FOR piece IN
        SELECT i.inhrelid::regclass AS part, a.attname, col_description(i.inhparent, a.attnum) AS says
        FROM pg_inherits AS i
        JOIN pg_attribute AS a ON a.attrelid = i.inhparent AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_attribute AS o ON o.attrelid = i.inhrelid AND o.attname = a.attname
        WHERE i.inhparent IN ('sync.calendar_sync_audit'::regclass, 'sync.policy_audit'::regclass)
            AND col_description(i.inhrelid, o.attnum) IS DISTINCT FROM col_description(i.inhparent, a.attnum)
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', piece.part, piece.attname, piece.says);
    END LOOP;
END
$comments$;
