-- Lets a real pg_cron insert the requests instead of the listener: moves the active rows of sync.job to pg_cron and pauses them.
--
--   psql -f ops/pg_cron.sql [-v db=calendar_sync_db] [-v cron_user=ROLE]
--
-- Run it as a superuser of a server whose shared_preload_libraries holds pg_cron (1.4 or later). cron_user is who inserts: a login
-- that is a member of calendar_sync_operator (default: whoever runs this). Can be repeated: jobs keep their pg_cron names. What is changed in
-- a row that was moved stays there: make it active again, and repeat. What was renamed meanwhile is another job to pg_cron.
-- pg_cron has one time zone for all its jobs and its own rule for clock changes (what falls into the gap is lost, what comes twice runs
-- twice); rows of another zone are refused, and nothing is moved. Back again:
--   SELECT cron.unschedule('calendar_sync nightly');   UPDATE sync.job SET active = true WHERE jobname = 'nightly';
\set ON_ERROR_STOP on
\set QUIET on
\set SHOW_CONTEXT never
\if :{?db}
\else
    \set db calendar_sync_db
\endif
\if :{?cron_user}
\else
    SELECT current_user AS cron_user \gset
\endif

SELECT coalesce(pg_catalog.current_setting('cron.database_name', true), '') AS cron_db,
    coalesce(pg_catalog.current_setting('cron.timezone', true), 'GMT') AS cron_zone \gset
SELECT :'cron_db' = '' AS no_cron \gset
\if :no_cron
    DO $$ BEGIN
        RAISE EXCEPTION 'pg_cron is not loaded: add pg_cron to shared_preload_libraries and restart the server';
    END $$;
\endif

\connect :"db"
SELECT pg_catalog.set_config('calendar_sync.cron_zone', :'cron_zone', false), pg_catalog.set_config('calendar_sync.cron_user', :'cron_user', false) \g /dev/null
DO $$
DECLARE
    who text := pg_catalog.current_setting('calendar_sync.cron_user');
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles AS r WHERE r.rolname = who AND r.rolcanlogin) THEN
        RAISE EXCEPTION 'cron_user: "%" is not a role that may log in; expected a login that is a member of calendar_sync_operator', who USING HINT = 'Nothing was moved.';
    END IF;
    IF NOT (pg_catalog.has_schema_privilege(who, 'sync', 'USAGE') AND pg_catalog.has_any_column_privilege(who, 'sync.request', 'INSERT')) THEN
        RAISE EXCEPTION 'cron_user: "%" may not INSERT INTO sync.request; expected a login that is a member of calendar_sync_operator', who
            USING HINT = pg_catalog.format('Nothing was moved. GRANT calendar_sync_operator TO %I;', who);
    END IF;
END
$$;
DO $$
DECLARE
    stray record;
BEGIN
    -- One zone has several names; what counts is what their clocks show.
    FOR stray IN
        SELECT j.jobid, j.jobname, j.time_zone FROM sync.job AS j
        WHERE j.active AND EXISTS (
            SELECT 1 FROM pg_catalog.generate_series(pg_catalog.now(), pg_catalog.now() + interval '1 year', interval '7 days') AS t
            WHERE t AT TIME ZONE j.time_zone <> t AT TIME ZONE pg_catalog.current_setting('calendar_sync.cron_zone'))
            AND NOT EXISTS (SELECT 1 FROM engine.parse_schedule(j.schedule) AS p WHERE p.every_seconds IS NOT NULL)
    LOOP
        RAISE EXCEPTION 'job % (%): its time zone is %, pg_cron''s is %', stray.jobid, coalesce(stray.jobname, 'without a name'), stray.time_zone,
            pg_catalog.current_setting('calendar_sync.cron_zone')
            USING HINT = 'Set cron.timezone (pg_cron 1.6), or rewrite the job: UPDATE sync.job SET time_zone = …, schedule = …. Nothing was moved.';
    END LOOP;
END
$$;
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('jobid', j.jobid,
    'name', 'calendar_sync ' || coalesce(j.jobname, 'job ' || j.jobid),
    -- To pg_cron sun is 0 wherever it stands, so that a week that ends on it would never come; 7 is Sunday as well.
    'schedule', pg_catalog.regexp_replace(j.schedule, '(?<!sun)-sun', '-7', 'gi'),
    'command', pg_catalog.format('INSERT INTO sync.request (phase, employee_kuerzel, full_content, recheck, dry_run) VALUES (%L, %L, %L, %L, %L)',
        j.phase, j.employee_kuerzel, j.full_content, j.recheck, j.dry_run))), '[]') AS jobs
FROM sync.job AS j WHERE j.active \gset

\connect :"cron_db"
BEGIN;
CREATE EXTENSION IF NOT EXISTS pg_cron;
\pset footer off
SELECT cron.schedule_in_database(j.name, j.schedule, j.command, :'db', :'cron_user') AS "pg_cron job", j.name, j.schedule, :'cron_user' AS "runs as"
FROM pg_catalog.json_to_recordset(:'jobs') AS j (name text, schedule text, command text);
COMMIT;

\connect :"db"
UPDATE sync.job SET active = false WHERE jobid IN (SELECT m.jobid FROM pg_catalog.json_to_recordset(:'jobs') AS m (jobid bigint));
