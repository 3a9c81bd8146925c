-- What the installation itself needs, gone with its session. A hub that is current is left as it is, and nobody who
-- works with it waits: views, triggers and options are compared first, and only what differs is locked. What has to be
-- locked is asked for briefly, a few times, so that whoever works never waits long behind us.

-- As the role that installs, which sees more of other sessions than the owner does.
CREATE OR REPLACE FUNCTION pg_temp.in_use_by(tables pg_catalog.regclass[]) RETURNS pg_catalog.text
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('session %s (user %s, application %s, in its transaction since %s)',
        a.pid, coalesce(a.usename, '?'), coalesce(nullif(a.application_name, ''), '?'),
        coalesce(to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS TZ'), '?'))
    FROM pg_locks AS l
    JOIN pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.relation = ANY (tables::oid[])
        AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
        AND l.granted
        AND l.pid <> pg_backend_pid()
    ORDER BY a.xact_start NULLS LAST
    LIMIT 1
$$;

-- Executes a statement that locks these tables. It waits half a second for each lock, less than PostgreSQL needs to
-- call anybody the victim of a deadlock, and tries again.
CREATE OR REPLACE PROCEDURE pg_temp.execute_briefly(
    statement pg_catalog.text, tables pg_catalog.regclass[], tries pg_catalog.int4 DEFAULT 10)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    patience text := current_setting('lock_timeout');
    holder text;
BEGIN
    FOR try IN 1 .. tries LOOP
        BEGIN
            PERFORM set_config('lock_timeout', '500ms', true);
            EXECUTE statement;
            PERFORM set_config('lock_timeout', patience, true);
            RETURN;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            holder := coalesce(pg_temp.in_use_by(tables), holder);
            PERFORM pg_sleep(0.1 * try);
        END;
    END LOOP;
    RAISE EXCEPTION 'the hub is in use: % holds what has to be changed; nothing has been changed',
        coalesce(holder, 'a session that has ended since')
        USING ERRCODE = '55P03',
        HINT = 'Ask there to end that transaction (or SELECT pg_terminate_backend(…) of that session), '
            'then install again.';
END
$$;

CREATE OR REPLACE PROCEDURE pg_temp.lock_hub(lock_mode pg_catalog.text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- In the order in which listeners lock them.
    first_ones text[] := '{setting,listener,job,request,run,employee,action,calendar_sync,reading,seen}';
    tables regclass[] := ARRAY(
        SELECT c.oid FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('sync', 'engine')
            AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition
        ORDER BY array_position(first_ones, c.relname::text), c.relname);
    used_through regclass[] := ARRAY(
        SELECT c.oid FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('sync', 'engine', 'bi')
            AND (c.relkind = 'v' OR c.relispartition));
BEGIN
    IF cardinality(tables) > 0 THEN
        CALL pg_temp.execute_briefly(
            format('LOCK TABLE %s IN %s MODE', array_to_string(tables, ', '), lock_mode),
            tables || used_through);
    END IF;
END
$$;

CREATE OR REPLACE PROCEDURE pg_temp.make_view(view_name pg_catalog.text, query pg_catalog.text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made regclass := to_regclass(view_name);
    -- Says what a view is, columns included.
    says CONSTANT text := 'SELECT pg_get_viewdef($1) || string_agg(a.attname || a.atttypid || a.atttypmod, '','' '
        'ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = $1 AND a.attnum > 0';
    now_says text;
    then_says text;
BEGIN
    IF made IS NOT NULL THEN
        EXECUTE format('CREATE TEMPORARY VIEW candidate AS %s', query);
        EXECUTE says INTO now_says USING made;
        EXECUTE says INTO then_says USING 'pg_temp.candidate'::regclass;
        DROP VIEW pg_temp.candidate;
        IF now_says = then_says THEN
            RETURN;
        END IF;
    END IF;
    CALL pg_temp.execute_briefly(format('CREATE OR REPLACE VIEW %s AS %s', view_name, query), ARRAY[made]);
END
$$;

-- events and action: as pg_get_triggerdef shows them, events in the order INSERT, DELETE, UPDATE, TRUNCATE.
-- always: fires also where session_replication_role = replica would switch it off, as what guards the audit must.
CREATE OR REPLACE PROCEDURE pg_temp.make_trigger(
    on_table pg_catalog.regclass, trigger_name pg_catalog.text, events pg_catalog.text, action pg_catalog.text,
    always pg_catalog.bool DEFAULT false)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted text := format('CREATE TRIGGER %I %s ON %s %s', trigger_name, events, on_table, action);
    fires "char" := CASE WHEN always THEN 'A' ELSE 'O' END;
    one_table regclass;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_trigger AS t
        WHERE t.tgrelid = on_table
            AND t.tgname = trigger_name
            AND pg_get_triggerdef(t.oid) = wanted)
    THEN
        CALL pg_temp.execute_briefly(
            format('CREATE OR REPLACE TRIGGER %I %s ON %s %s', trigger_name, events, on_table, action),
            ARRAY[on_table]);
    END IF;
    -- Of a partition each trigger is its own.
    FOR one_table IN
        SELECT t.tgrelid::regclass FROM pg_trigger AS t
        WHERE t.tgname = trigger_name
            AND t.tgenabled <> fires
            AND (t.tgrelid = on_table
                OR t.tgrelid IN (SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = on_table))
        ORDER BY t.tgrelid <> on_table, t.tgrelid
    LOOP
        CALL pg_temp.execute_briefly(
            format('ALTER TABLE %s ENABLE %s TRIGGER %I', one_table, CASE WHEN always THEN 'ALWAYS' ELSE '' END,
                trigger_name),
            ARRAY[on_table, one_table]);
    END LOOP;
END
$$;

CREATE OR REPLACE PROCEDURE pg_temp.set_options(on_table pg_catalog.regclass, options pg_catalog.text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (SELECT c.reloptions FROM pg_class AS c WHERE c.oid = on_table)
        @> string_to_array(replace(replace(options, ' = ', '='), ', ', ','), ',')
    THEN
        RETURN;
    END IF;
    CALL pg_temp.execute_briefly(format('ALTER TABLE %s SET (%s)', on_table, options), ARRAY[on_table]);
END
$$;
