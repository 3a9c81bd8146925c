CREATE OR REPLACE FUNCTION engine.ensure_audit_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    first_day date := date_trunc('month', month)::date;
    suffix text := to_char(first_day, 'YYYY_MM');
    parent text;
    part text;
BEGIN
    IF to_regclass('sync.calendar_sync_audit_' || suffix) IS NOT NULL AND to_regclass('sync.policy_audit_' || suffix) IS NOT NULL THEN
        RETURN;
    END IF;
    -- One at a time; who comes second finds them made. Writers and sealing go on meanwhile.
    LOCK TABLE engine.audit_gate IN SHARE UPDATE EXCLUSIVE MODE;
    FOREACH parent IN ARRAY ARRAY['calendar_sync_audit', 'policy_audit'] LOOP
        part := format('%s_%s', parent, suffix);
        CONTINUE WHEN to_regclass(format('sync.%I', part)) IS NOT NULL;
        -- Attached and not created as a partition, which would wait for everybody who reads the audit, and everybody else behind it.
        EXECUTE format('CREATE TABLE sync.%I (LIKE sync.%I INCLUDING ALL EXCLUDING IDENTITY)', part, parent);
        EXECUTE format('COMMENT ON TABLE sync.%I IS %L', part, format('Rows of sync.%s of %s (UTC).', parent, to_char(first_day, 'YYYY-MM')));
        EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON sync.%I FOR EACH STATEMENT EXECUTE FUNCTION engine.append_only()', part);
        EXECUTE format('ALTER TABLE sync.%I ATTACH PARTITION sync.%I FOR VALUES FROM (%L) TO (%L)', parent, part,
            first_day::timestamp AT TIME ZONE 'UTC', (first_day + interval '1 month') AT TIME ZONE 'UTC');
        EXECUTE format('ALTER TABLE sync.%I ENABLE ALWAYS TRIGGER append_only_truncate', part);
        EXECUTE format('ALTER TABLE sync.%I ENABLE ALWAYS TRIGGER append_only', part);
        EXECUTE format('ALTER TABLE sync.%I ENABLE ALWAYS TRIGGER lock_audit_day', part);
        EXECUTE format('REVOKE ALL ON sync.%I FROM PUBLIC', part);
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.ensure_audit_month(date) IS 'Makes the partitions of a month (UTC) of both audit tables where they are missing, append-only like their parents. Always both: sync.verify_audit can then tell that one was dropped.';

CREATE OR REPLACE FUNCTION engine.ensure_audit_partitions() RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT engine.ensure_audit_month((date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + make_interval(months => m))::date)
    FROM generate_series(0, 3) AS m
$$;
COMMENT ON FUNCTION engine.ensure_audit_partitions() IS 'Makes the audit''s partitions of this month and the next three ahead of time.';

CREATE OR REPLACE FUNCTION engine.append_only() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is not allowed', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP USING ERRCODE = '55000',
        HINT = 'Audit rows are neither changed nor removed, not even by the owner.';
END
$$;
COMMENT ON FUNCTION engine.append_only() IS 'Refuses UPDATE, DELETE and TRUNCATE on audit tables for everybody, session_replication_role = replica included.';

CREATE OR REPLACE FUNCTION engine.no_truncate() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '%.% is audited row by row: TRUNCATE is not allowed', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = '55000',
        HINT = 'DELETE leaves every row in the audit.';
END
$$;
COMMENT ON FUNCTION engine.no_truncate() IS 'Refuses TRUNCATE on audited tables, which would pass by the audit.';

CREATE OR REPLACE FUNCTION engine.gate_of(day date) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT (day - '0001-01-01'::date) % 400 $$;
COMMENT ON FUNCTION engine.gate_of(date) IS 'The row of engine.audit_gate that guards a day of the audit.';

CREATE OR REPLACE FUNCTION engine.audit_derived(action text, "timestamp" timestamptz, new_values jsonb, OUT day date, OUT change text)
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
COMMENT ON FUNCTION engine.audit_derived(text, timestamptz, jsonb) IS 'What follows from an audit row of a link and is kept beside it for reports: its day in Berlin and what kind of change it was. No seal covers them, because sync.verify_audit derives them anew.';

CREATE OR REPLACE FUNCTION engine.lock_audit_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_day date := (NEW."timestamp" AT TIME ZONE 'UTC')::date;
BEGIN
    -- Called for the INSERT of another trigger, it is the second one deep.
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '%.% is append-only: % is not allowed but to the triggers that write it', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP USING ERRCODE = '55000',
            HINT = 'Audit rows say who did what; whoever could write them could say anything.';
    END IF;
    -- Held until the transaction ends: sync.seal_audit seals a day only when nobody holds it.
    PERFORM 1 FROM engine.audit_gate AS g WHERE g.gate = engine.gate_of(its_day) FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'engine.audit_gate has no row %: without it % cannot be guarded', engine.gate_of(its_day), its_day USING ERRCODE = '55000',
            HINT = 'Its rows 0 to 399 are made by sql/011_limits.sql and never removed.';
    END IF;
    IF EXISTS (SELECT 1 FROM sync.audit_seal AS s WHERE s.day >= its_day) THEN
        RAISE EXCEPTION 'timestamp: % (UTC) is sealed; rows of %.% are written on their own day only', its_day, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = '55000';
    END IF;
    IF TG_ARGV[0] = 'links' THEN
        SELECT d.day, d.change INTO NEW.day, NEW.change FROM engine.audit_derived(NEW.action, NEW."timestamp", NEW.new_values) AS d;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION engine.lock_audit_day() IS 'Keeps a day of the audit from being sealed while a transaction writes into it, and refuses rows for a sealed day and rows that no trigger wrote (55000). With the argument links it also says on which day in Berlin it was and what kind of change.';

DO $guards$
DECLARE
    guarded regclass;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['sync.calendar_sync_audit', 'sync.policy_audit', 'sync.audit_seal', 'sync.audit_retention']::regclass[] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION engine.append_only()', guarded);
        EXECUTE format('CREATE OR REPLACE TRIGGER append_only_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION engine.append_only()', guarded);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', guarded);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_truncate', guarded);
    END LOOP;
    -- TRUNCATE fires no row trigger: what is audited is emptied by DELETE, which leaves its rows in the audit.
    FOREACH guarded IN ARRAY ARRAY['sync.calendar_sync', 'sync.employee', 'sync.setting', 'sync.job', 'sync.approval']::regclass[] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION engine.no_truncate()', guarded);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER no_truncate', guarded);
    END LOOP;
END
$guards$;
CREATE OR REPLACE TRIGGER lock_audit_day BEFORE INSERT ON sync.calendar_sync_audit FOR EACH ROW EXECUTE FUNCTION engine.lock_audit_day('links');
CREATE OR REPLACE TRIGGER lock_audit_day BEFORE INSERT ON sync.policy_audit FOR EACH ROW EXECUTE FUNCTION engine.lock_audit_day('policy');
ALTER TABLE sync.calendar_sync_audit ENABLE ALWAYS TRIGGER lock_audit_day;
ALTER TABLE sync.policy_audit ENABLE ALWAYS TRIGGER lock_audit_day;
SELECT engine.ensure_audit_partitions() \g /dev/null
-- Partitions of an older hub have no comments of their own.
DO $comments$
DECLARE
    piece record;
BEGIN
    FOR piece IN
        SELECT i.inhrelid::regclass AS part, a.attname, col_description(i.inhparent, a.attnum) AS says
        FROM pg_inherits AS i JOIN pg_attribute AS a ON a.attrelid = i.inhparent AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_attribute AS o ON o.attrelid = i.inhrelid AND o.attname = a.attname
        WHERE i.inhparent IN ('sync.calendar_sync_audit'::regclass, 'sync.policy_audit'::regclass)
            AND col_description(i.inhrelid, o.attnum) IS DISTINCT FROM col_description(i.inhparent, a.attnum)
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', piece.part, piece.attname, piece.says);
    END LOOP;
END
$comments$;

CREATE OR REPLACE FUNCTION engine.audit_time() RETURNS timestamptz
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    began timestamptz := now();
    last_sealed date := (SELECT max(s.day) FROM sync.audit_seal AS s);
BEGIN
    -- The snapshot of a transaction older than the day need not show that yesterday was sealed.
    IF (began AT TIME ZONE 'UTC')::date < (clock_timestamp() AT TIME ZONE 'UTC')::date THEN
        began := clock_timestamp();
    END IF;
    -- A clock that was set back must not stop the sync.
    RETURN greatest(began, (last_sealed + 1)::timestamp AT TIME ZONE 'UTC');
END
$$;
COMMENT ON FUNCTION engine.audit_time() IS 'The timestamp of an audit row: the start of the transaction, or the clock when it began on an earlier day (UTC); never in a sealed day.';

CREATE OR REPLACE FUNCTION engine.audit_login() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT nullif(pg_get_userbyid(a.usesysid), session_user) FROM pg_stat_get_activity(pg_backend_pid()) AS a WHERE a.usesysid <> 0);
END
$$;
COMMENT ON FUNCTION engine.audit_login() IS 'The role that this session authenticated as when that is not session_user (SET SESSION AUTHORIZATION); else NULL.';

CREATE OR REPLACE FUNCTION engine.audit_run(OUT run_id bigint, OUT phase smallint)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Anybody can set these; only a listener is believed, and only numbers.
    IF pg_has_role(session_user, 'calendar_sync_user', 'MEMBER') THEN
        run_id := substring(current_setting('sync.run_id', true) FROM '^[0-9]{1,18}$');
        phase := substring(current_setting('sync.phase', true) FROM '^[1-4]$');
    END IF;
END
$$;
COMMENT ON FUNCTION engine.audit_run() IS 'Which run and phase the transaction says it works for (sync.run_id, sync.phase), if the role that logged in may work for one; NULL: none, or what is there is no number.';

CREATE OR REPLACE FUNCTION engine.audit_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- The values are the same whoever writes them.
SET timezone = 'UTC'
AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    link sync.calendar_sync := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    written_for timestamptz;
    run record;
    was jsonb;
    is_now jsonb;
BEGIN
    IF before IS NOT DISTINCT FROM after THEN
        RETURN NULL;
    END IF;
    written_for := engine.audit_time();
    run := engine.audit_run();
    SELECT CASE WHEN TG_OP <> 'INSERT' THEN jsonb_object_agg(v.key, before -> v.key) END, CASE WHEN TG_OP <> 'DELETE' THEN jsonb_object_agg(v.key, after -> v.key) END
    INTO was, is_now
    FROM jsonb_each(coalesce(after, before)) AS v
    WHERE (TG_OP <> 'UPDATE' OR v.value <> before -> v.key) AND v.key NOT LIKE '%fingerprint%' AND v.key NOT LIKE '%basis' AND v.key NOT LIKE '%token%' AND v.key NOT LIKE '%etag%';
    PERFORM engine.ensure_audit_month((written_for AT TIME ZONE 'UTC')::date);
    INSERT INTO sync.calendar_sync_audit (sync_id, action, "timestamp", employee_kuerzel, run_id, phase, actor, application, transaction_id, old_values, new_values,
        login, statement_at, written_at)
    VALUES (link.sync_id, TG_OP, written_for, link.employee_kuerzel,
        run.run_id, run.phase,
        session_user, current_setting('application_name', true), pg_current_xact_id()::text::bigint, was, is_now,
        engine.audit_login(), statement_timestamp(), clock_timestamp());
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION engine.audit_link() IS 'Writes every change of a link to sync.calendar_sync_audit: who, by which application, in which run and phase, and what changed. No fingerprint, etag or token.';

CREATE OR REPLACE TRIGGER audit_link AFTER INSERT OR UPDATE OR DELETE ON sync.calendar_sync FOR EACH ROW EXECUTE FUNCTION engine.audit_link();
ALTER TABLE sync.calendar_sync ENABLE ALWAYS TRIGGER audit_link;

CREATE OR REPLACE FUNCTION engine.audit_policy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET intervalstyle = 'postgres'
AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    written_for timestamptz;
    run record;
    was jsonb;
    is_now jsonb;
BEGIN
    -- What only runs change is not policy.
    SELECT CASE WHEN TG_OP <> 'INSERT' THEN jsonb_object_agg(v.key, before -> v.key) END, CASE WHEN TG_OP <> 'DELETE' THEN jsonb_object_agg(v.key, after -> v.key) END
    INTO was, is_now
    FROM jsonb_each(coalesce(after, before)) AS v
    WHERE (TG_OP <> 'UPDATE' OR v.value <> before -> v.key)
        AND v.key NOT IN ('last_good_sync', 'next_run_at', 'last_run_at', 'last_request_id', 'ticks_skipped', 'last_error', 'only_row');
    IF was IS NULL AND is_now IS NULL THEN
        RETURN NULL;
    END IF;
    written_for := engine.audit_time();
    run := engine.audit_run();
    PERFORM engine.ensure_audit_month((written_for AT TIME ZONE 'UTC')::date);
    INSERT INTO sync.policy_audit (table_name, row_key, action, "timestamp", run_id, phase, actor, application, transaction_id, old_values, new_values,
        login, statement_at, written_at)
    VALUES (TG_TABLE_NAME, coalesce(after, before) ->> TG_ARGV[0], TG_OP, written_for,
        run.run_id, run.phase,
        session_user, current_setting('application_name', true), pg_current_xact_id()::text::bigint, was, is_now,
        engine.audit_login(), statement_timestamp(), clock_timestamp());
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION engine.audit_policy() IS 'Writes every change of policy and schedule to sync.policy_audit. The trigger''s argument names the key column.';

CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.employee FOR EACH ROW EXECUTE FUNCTION engine.audit_policy('kuerzel');
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.setting FOR EACH ROW EXECUTE FUNCTION engine.audit_policy('only_row');
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.job FOR EACH ROW EXECUTE FUNCTION engine.audit_policy('jobid');
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT OR UPDATE OR DELETE ON sync.approval FOR EACH ROW EXECUTE FUNCTION engine.audit_policy('approval_id');
ALTER TABLE sync.employee ENABLE ALWAYS TRIGGER audit_policy;
ALTER TABLE sync.setting ENABLE ALWAYS TRIGGER audit_policy;
ALTER TABLE sync.job ENABLE ALWAYS TRIGGER audit_policy;
ALTER TABLE sync.approval ENABLE ALWAYS TRIGGER audit_policy;
-- What a person sets, and so stops sealing; not what housekeeping says of itself, as the owner on behalf of a listener.
CREATE OR REPLACE TRIGGER audit_policy AFTER UPDATE OF next_at ON sync.housekeeping FOR EACH ROW
    WHEN (OLD.next_at IS DISTINCT FROM NEW.next_at AND NOT (current_user = 'calendar_sync_owner' AND pg_catalog.pg_has_role(session_user, 'calendar_sync_user', 'MEMBER')))
    EXECUTE FUNCTION engine.audit_policy('only_row');
ALTER TABLE sync.housekeeping ENABLE ALWAYS TRIGGER audit_policy;

CREATE OR REPLACE FUNCTION engine.stamp_retention() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Whoever writes the record by hand is named all the same.
    NEW.dropped_by := coalesce(engine.audit_login(), session_user);
    NEW.dropped_at := clock_timestamp();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION engine.stamp_retention() IS 'Writes who dropped a month of the audit and when into its record, whatever the statement says.';
CREATE OR REPLACE TRIGGER stamp_retention BEFORE INSERT ON sync.audit_retention FOR EACH ROW EXECUTE FUNCTION engine.stamp_retention();
ALTER TABLE sync.audit_retention ENABLE ALWAYS TRIGGER stamp_retention;
CREATE OR REPLACE TRIGGER audit_policy AFTER INSERT ON sync.audit_retention FOR EACH ROW EXECUTE FUNCTION engine.audit_policy('month');
ALTER TABLE sync.audit_retention ENABLE ALWAYS TRIGGER audit_policy;
