-- What the audit costs and how fast it answers, in a throwaway database that holds nothing but a fresh hub; run by ops/benchmarks/audit.sh, or
--
--   POSTGRES_PASSWORD=… psql -f ops/create_db.sql -v db=bench && psql -d bench -f ops/benchmarks/audit.sql [-v rows=10000000] && dropdb bench
--
-- As a superuser. Ten million rows over twelve months take some minutes and 6 GB. Prints one line per number: what, how much, unit.
\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\pset format unaligned
\if :{?rows}
\else
    \set rows 10000000
\endif
SET client_min_messages = warning;
SELECT count(*) > 0 AS used FROM sync.calendar_sync_audit \gset
\if :used
    DO $$ BEGIN RAISE EXCEPTION 'this hub has an audit already: the bench is for a throwaway database'; END $$;
\endif

-- 1. An update of a link as a run makes it, with and without the trigger, in one transaction each.

INSERT INTO sync.employee (kuerzel) SELECT 'E' || i FROM generate_series(1, 20) AS i;
INSERT INTO sync.calendar_sync (sync_id, employee_kuerzel, advoware_frnr, source_system, sync_status, advoware_fingerprint, google_fingerprint)
SELECT md5(i::text)::uuid, 'E' || 1 + i % 20, i, 'advoware', 'pending', md5(i::text), md5(i::text) FROM generate_series(1, 5000) AS i;
CREATE PROCEDURE pg_temp.updates(label text) LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
BEGIN
    FOR link IN 1..5000 LOOP
        began := clock_timestamp();
        UPDATE sync.calendar_sync SET google_watermark = began, last_sync = began, sync_status = 'pending', attempts = attempts + 1 WHERE sync_id = md5(link::text)::uuid;
        INSERT INTO bench VALUES (label, extract(epoch FROM clock_timestamp() - began) * 1e6);
    END LOOP;
END
$$;
CREATE TEMPORARY TABLE bench (label text, microseconds double precision);
VACUUM ANALYZE sync.calendar_sync;
BEGIN;
CALL pg_temp.updates('with');
ALTER TABLE sync.calendar_sync DISABLE TRIGGER audit_link;
CALL pg_temp.updates('without');
-- The median: neighbours on the same machine cost the others.
SELECT format('update of a link %s audit %s microseconds', label, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds))) FROM bench GROUP BY label ORDER BY label DESC;
ROLLBACK;

-- 2. Many rows: twelve months up to this one, 20 employees, nine of ten rows from the listener. The guard that would look at each is off for the load.

SELECT engine.ensure_audit_month(m::date) FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '11 months', now() AT TIME ZONE 'UTC', '1 month') AS m \g /dev/null
ALTER TABLE sync.calendar_sync_audit DISABLE TRIGGER lock_audit_day;
SELECT clock_timestamp() AS began, date_trunc('month', now() AT TIME ZONE 'UTC') - interval '11 months' AS first_month \gset
INSERT INTO sync.calendar_sync_audit (sync_id, action, "timestamp", employee_kuerzel, run_id, phase, actor, application, transaction_id, old_values, new_values,
    statement_at, written_at, day, change)
SELECT md5((i % 5000)::text)::uuid, 'UPDATE', at, 'E' || 1 + i % 20, i / 20, 1 + i % 4, CASE WHEN i % 10 = 0 THEN 'operator' ELSE 'calendar_sync_user' END, 'calendar-sync', i,
    jsonb_build_object('attempts', 0, 'starts_at', at, 'ends_at', at), v.new_values, at, at, d.day, d.change
FROM generate_series(1, :rows) AS i,
    LATERAL (SELECT :'first_month'::timestamp AT TIME ZONE 'UTC' + i * ((now() - :'first_month'::timestamp AT TIME ZONE 'UTC') / :rows) AS at) AS t,
    LATERAL (SELECT jsonb_build_object('attempts', 1, 'starts_at', at, 'ends_at', at) || (ARRAY['{"last_sync": "2026-01-01"}', '{}', '{}', '{"last_error": "google_timeout"}',
        '{"google_event_id": "e1"}', '{"last_sync": "2026-01-01"}', '{}']::jsonb[])[1 + i % 7] AS new_values) AS v,
    LATERAL engine.audit_derived('UPDATE', at, v.new_values) AS d;
VACUUM ANALYZE sync.calendar_sync_audit;
ALTER TABLE sync.calendar_sync_audit ENABLE ALWAYS TRIGGER lock_audit_day;
SELECT format('%s audit rows written in %s seconds', :rows, round(extract(epoch FROM clock_timestamp() - :'began'::timestamptz)));

-- 3. One month of them, as people ask: the best of three, after one that asks the disk.

CREATE PROCEDURE pg_temp.ask(label text, query text) LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
    took numeric;
    answer record;
BEGIN
    FOR round IN 1..4 LOOP
        began := clock_timestamp();
        FOR answer IN EXECUTE query LOOP
        END LOOP;
        took := least(CASE WHEN round > 1 THEN took END, extract(epoch FROM clock_timestamp() - began) * 1000);
    END LOOP;
    INSERT INTO answers VALUES (label, took);
END
$$;
CREATE TEMPORARY TABLE answers (label text, milliseconds numeric);
SELECT (:'first_month'::date + interval '5 months')::date AS from_day, (:'first_month'::date + interval '6 months')::date AS to_day \gset
CALL pg_temp.ask('one month, changes per day, employee and kind', format('SELECT * FROM bi.changes_daily WHERE day >= %L AND day < %L', :'from_day', :'to_day'));
CALL pg_temp.ask('one month, one employee, per day', format('SELECT * FROM bi.changes_daily WHERE day >= %L AND day < %L AND employee_kuerzel = ''E7''', :'from_day', :'to_day'));
CALL pg_temp.ask('one month, what people changed themselves', format('SELECT actor, sum(changes) FROM bi.changes_daily WHERE day >= %L AND day < %L GROUP BY actor', :'from_day', :'to_day'));
CALL pg_temp.ask('one month, counted by timestamp', format('SELECT count(*) FROM sync.calendar_sync_audit WHERE "timestamp" >= %L AND "timestamp" < %L', :'from_day', :'to_day'));
CALL pg_temp.ask('one day of one employee, every change', format('SELECT * FROM bi.changes WHERE day = %L AND employee_kuerzel = ''E7''', :'from_day'));
CALL pg_temp.ask('everything about one appointment', 'SELECT * FROM bi.changes WHERE sync_id = md5(''77'')::uuid');
SELECT format('%s %s milliseconds', label, round(milliseconds, 1)) FROM answers;

-- 4. Sealing and verifying.

SELECT clock_timestamp() AS began \gset
SELECT sync.seal_audit() AS days \gset
SELECT format('%s days sealed in %s seconds', :days, round(extract(epoch FROM clock_timestamp() - :'began'::timestamptz)));
SELECT clock_timestamp() AS began \gset
SELECT count(*) AS problems FROM sync.verify_audit() \gset
SELECT format('verified in %s seconds, %s problems', round(extract(epoch FROM clock_timestamp() - :'began'::timestamptz)), :problems);
