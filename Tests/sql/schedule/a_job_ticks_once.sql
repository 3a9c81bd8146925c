-- Schedule rows: checked when written, due when they say, ticking once.
BEGIN;
\ir ../support/office.psql
SELECT no_plan();
CALL office('SB', 'MK');
CREATE FUNCTION job(name text) RETURNS sync.job LANGUAGE sql STABLE AS $$ SELECT j FROM sync.job AS j WHERE j.jobname = name $$;
CREATE FUNCTION berlin(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$ SELECT to_char(at AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD HH24:MI') $$;
-- Requests made since the last call of forget(), without those of other tests.
CREATE FUNCTION asked() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(concat_ws(' ', j.jobname, q.status, 'phase ' || q.phase, q.employee_kuerzel, CASE WHEN q.recheck THEN 'recheck' END, CASE WHEN NOT q.full_content THEN 'anonymised' END, CASE WHEN q.dry_run THEN 'dry' END), ', ' ORDER BY q.request_id), 'nothing')
    FROM sync.request AS q LEFT JOIN sync.job AS j ON j.jobid = q.jobid
$$;
CREATE PROCEDURE forget() LANGUAGE sql AS $$ DELETE FROM sync.request $$;
CREATE PROCEDURE due(name text, ago interval) LANGUAGE sql AS $$ UPDATE sync.job AS j SET next_run_at = clock_timestamp() - ago WHERE j.jobname = name $$;

-- Written as a row or through sync.schedule.

INSERT INTO sync.job (jobname, schedule) VALUES ('workday', '*/10 7-19 * * mon-fri');
SELECT is((j.time_zone, j.phase, j.employee_kuerzel, j.full_content, j.recheck, j.dry_run, j.active, j.username = session_user, j.ticks_skipped)::text, '(Europe/Berlin,,,t,f,f,t,t,0)', 'a row needs a name and a schedule, no more') FROM job('workday') AS j;
SELECT is(next_run_at, sync.next_run('*/10 7-19 * * mon-fri'), '… and says when it is due') FROM job('workday');
INSERT INTO sync.job (schedule) VALUES ('@daily');
INSERT INTO sync.job (schedule) VALUES ('@daily');
SELECT is(count(*)::integer, 2, 'a job needs no name') FROM sync.job WHERE jobname IS NULL;
SELECT sync.schedule('nightly', '15 3 * * *', recheck => true) AS nightly \gset
SELECT is((schedule, recheck)::text, '("15 3 * * *",t)', 'sync.schedule makes a job') FROM sync.job WHERE jobid = :nightly;
SELECT is(sync.schedule('nightly', '30 4 * * *', phase => 3, employee => 'SB', dry_run => true, time_zone => 'america/new_york'), :nightly::bigint, '… and changes the one of that name');
SELECT is((schedule, time_zone, phase, employee_kuerzel, full_content, recheck, dry_run)::text, '("30 4 * * *",America/New_York,3,SB,t,f,t)', '… to exactly what is given; a zone is stored as the system writes it') FROM sync.job WHERE jobid = :nightly;
SELECT is(next_run_at, sync.next_run('30 4 * * *', 'America/New_York'), '… with the next tick of the new schedule') FROM job('nightly');

-- Wrong input names the field, the value and what is allowed.

SELECT throws_like($$INSERT INTO sync.job (jobname, schedule) VALUES ('x', '61 * * * *')$$, 'schedule: minute, "61": 61 is out of range; allowed: 0-59', 'a schedule that cannot be read');
SELECT throws_like($$UPDATE sync.job SET schedule = '* * * *' WHERE jobname = 'workday'$$, 'schedule: "* * * *" has 4 fields;%', '… also at an UPDATE');
SELECT throws_like($$INSERT INTO sync.job (jobname, schedule, active) VALUES ('x', 'never', false)$$, 'schedule: "never" is one word;%', '… also of a paused job');
SELECT throws_like($$INSERT INTO sync.job (jobname) VALUES ('x')$$, 'schedule is missing%', 'no schedule');
SELECT throws_like($$INSERT INTO sync.job (schedule, time_zone) VALUES ('@daily', 'Berlin')$$, 'time_zone: "Berlin" is unknown; allowed: names such as Europe/Berlin%', 'an unknown time zone');
SELECT throws_like($$INSERT INTO sync.job (schedule, time_zone) VALUES ('@daily', 'Berlin3')$$, 'time_zone: "Berlin3" is unknown%', '… one that PostgreSQL would make up');
SELECT throws_like($$UPDATE sync.job SET time_zone = '' WHERE jobname = 'workday'$$, 'time_zone: "" is unknown%', '… none');
SELECT throws_like($$INSERT INTO sync.job (schedule, time_zone) VALUES ('@daily', NULL)$$, 'time_zone: "NULL" is unknown%', '… NULL');
SELECT throws_like($$INSERT INTO sync.job (schedule, employee_kuerzel) VALUES ('@daily', 'XX')$$, 'employee_kuerzel: "XX" is unknown; known: MK, SB', 'an unknown employee');
SELECT throws_like($$INSERT INTO sync.job (schedule, employee_kuerzel) VALUES ('@daily', 'far too long for one')$$, 'employee_kuerzel: "far too long for one" is unknown%', '… one that is too long for a Kürzel');
SELECT throws_like($$INSERT INTO sync.job (schedule, phase) VALUES ('@daily', 5)$$, 'phase: 5 is not a phase; allowed: 1 (new in Advoware)%', 'an unknown phase');
SELECT throws_like($$SELECT sync.schedule('x', '@daily', phase => 70000)$$, 'phase: 70000 is not a phase%', '… far out');
SELECT throws_like($$INSERT INTO sync.job (jobname, schedule) VALUES ('', '@daily')$$, 'jobname is empty%', 'an empty name');
SELECT throws_ok($$INSERT INTO sync.job (jobname, schedule) VALUES ('workday', '@daily')$$, '23505', NULL, 'a name that is taken');
SELECT throws_like($$SELECT sync.unschedule('x')$$, 'jobname: there is no job "x"; there are nightly, workday', 'unscheduling what is not there');
SELECT throws_like('SELECT sync.unschedule(987654)', 'jobid: there is no job 987654', '… by number');
SELECT is((SELECT count(*)::integer FROM sync.job), 4, 'nothing of that is stored');

-- Paused and gone.

UPDATE sync.job SET active = false WHERE jobname = 'workday';
SELECT is(next_run_at, NULL, 'a paused job is not due') FROM job('workday');
SELECT sync.schedule('workday', '*/15 7-19 * * mon-fri') \g /dev/null
SELECT is((active, next_run_at)::text, '(f,)', '… scheduling it again leaves it paused, as in pg_cron') FROM job('workday');
UPDATE sync.job SET active = true WHERE jobname = 'workday';
SELECT is(next_run_at, sync.next_run('*/15 7-19 * * mon-fri'), '… let go again it is due at its next tick; nothing is made up for') FROM job('workday');
CALL due('workday', '1 minute');
UPDATE sync.job SET phase = 2, recheck = true, active = true WHERE jobname = 'workday';
SELECT ok(next_run_at < now(), 'changing what it asks for leaves its tick where it is') FROM job('workday');
SELECT is(sync.unschedule('workday'), true, 'a job is removed by name');
SELECT is(sync.unschedule(:nightly), true, '… or by number');
DELETE FROM sync.job;

-- Ticking.

SELECT is(engine.run_due_jobs(), NULL, 'without jobs there is nothing to wait for');
SELECT sync.schedule('hourly', '@hourly', phase => 2, employee => 'SB', recheck => true, dry_run => true, full_content => false) \g /dev/null
SELECT ok(engine.run_due_jobs() BETWEEN 0 AND 3600, 'nothing due: the seconds until the next');
SELECT is(asked(), 'nothing', '… and no request');
CALL due('hourly', '1 millisecond');
SELECT ok(engine.run_due_jobs() BETWEEN 0 AND 3600, 'what is due makes its request');
SELECT is(asked(), 'hourly waiting phase 2 SB recheck anonymised dry', '… with all that the row says');
SELECT is((q.requested_by, q.jobid = j.jobid, q.message LIKE 'full_content = false: planned as if %', j.last_request_id = q.request_id, j.last_run_at > now(), j.ticks_skipped)::text,
    format('(%s,t,t,t,t,0)', session_user), '… and both tell of each other') FROM sync.request AS q, job('hourly') AS j;
SELECT is(next_run_at, sync.next_run('@hourly'), '… and it is due at its next tick') FROM job('hourly');
SELECT engine.run_due_jobs() \g /dev/null
SELECT is(asked(), 'hourly waiting phase 2 SB recheck anonymised dry', 'one tick is one request');
CALL due('hourly', '1 millisecond');
SELECT engine.run_due_jobs() \g /dev/null
SELECT is(asked(), 'hourly waiting phase 2 SB recheck anonymised dry, hourly waiting phase 2 SB recheck anonymised dry', 'the next tick waits beside one that still waits, until both are taken as one');

CALL forget();
DELETE FROM sync.job;
SELECT sync.schedule('minutely', '* * * * *') \g /dev/null
-- The minute may turn while this runs.
CREATE FUNCTION minutes_late(job sync.job) RETURNS bigint LANGUAGE sql AS $$ SELECT floor(extract(epoch FROM job.last_run_at - date_trunc('minute', now())) / 60)::bigint $$;
UPDATE sync.job SET next_run_at = date_trunc('minute', now()) - interval '50 minutes';
SELECT engine.run_due_jobs() \g /dev/null
SELECT is(asked() || ', skipped ' || ticks_skipped - minutes_late(job('minutely')), 'minutely waiting, skipped 50', 'ticks that were missed are made up for once, and a row says how many were not') FROM job('minutely');
SELECT is((due_at = date_trunc('minute', now()) - interval '50 minutes', ticks_skipped - minutes_late(job('minutely')), message)::text, '(t,50,)', '… so does the request, and for which tick it is') FROM sync.request;
SELECT ticks_skipped AS before FROM sync.job \gset
UPDATE sync.job SET next_run_at = date_trunc('minute', now()) - interval '1 minute';
SELECT engine.run_due_jobs() \g /dev/null
SELECT is(ticks_skipped, :before + 1 + minutes_late(job('minutely')), '… added up') FROM job('minutely');

CALL forget();
DELETE FROM sync.job;
SELECT sync.schedule('often', '10 seconds') \g /dev/null
SELECT ok(next_run_at - clock_timestamp() BETWEEN '9 seconds' AND '10 seconds', 'every ten seconds begins in ten seconds') FROM job('often');
UPDATE sync.job SET next_run_at = date_trunc('second', clock_timestamp()) - interval '34 seconds';
SELECT next_run_at AS was_due FROM sync.job \gset
SELECT engine.run_due_jobs() \g /dev/null
SELECT is((next_run_at - :'was_due'::timestamptz, ticks_skipped)::text, '(00:00:40,3)', 'late ticks do not make the later ones drift') FROM job('often');

-- What can no longer run says so and does not stop the others.

CALL forget();
SELECT sync.schedule('broken', '* * * * *') \g /dev/null
ALTER TABLE sync.job DISABLE TRIGGER check_job;
UPDATE sync.job SET time_zone = 'Europe/Atlantis' WHERE jobname = 'broken';
ALTER TABLE sync.job ENABLE TRIGGER check_job;
CALL due('broken', '1 minute');
CALL due('often', '1 millisecond');
SELECT ok(engine.run_due_jobs() < 60, 'a job whose zone has gone stops no other');
SELECT is(asked(), 'often waiting', '… it asks for nothing');
SELECT is((next_run_at, last_error)::text, '(,"time_zone: ""Europe/Atlantis"" is unknown; allowed: names such as Europe/Berlin, America/New_York, UTC")', '… and says why') FROM job('broken');
UPDATE sync.job SET time_zone = 'Europe/Berlin' WHERE jobname = 'broken';
SELECT is((last_error, next_run_at > clock_timestamp() - interval '1 minute')::text, '(,t)', 'fixed, it goes on') FROM job('broken');

-- What only runs change is neither audited nor notified; what people change is both.

CREATE FUNCTION audited() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM sync.policy_audit WHERE table_name = 'job' $$;
SELECT audited() AS before \gset
CALL due('often', '1 millisecond');
SELECT engine.run_due_jobs() \g /dev/null
SELECT is(audited(), :before::bigint, 'a tick is not a change of policy');
UPDATE sync.job SET schedule = '20 seconds' WHERE jobname = 'often';
SELECT is(audited(), :before::bigint + 1, 'a new schedule is one');
SELECT sync.unschedule('often') \g /dev/null
SELECT is(audited(), :before::bigint + 2, '… and so is its end');
SELECT is(string_agg(tgname || ' ' || CASE tgtype & 1 WHEN 1 THEN 'row' ELSE 'statement' END || ' ' || (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = tgrelid AND attnum = ANY (tgattr)), '; '),
    'notify_queue statement schedule,time_zone,active', 'listeners are woken once per statement, and not by a tick')
FROM pg_trigger WHERE tgrelid = 'sync.job'::regclass AND tgfoid = 'engine.notify_queue()'::regprocedure;

-- Who may.

SELECT is(string_agg(r || ' ' || f, ', ' ORDER BY f, r), wanted, 'only who may: ' || why)
FROM (VALUES
    ('schedules', '{"sync.schedule(text,text,integer,text,boolean,boolean,boolean,text)",sync.unschedule(text),sync.unschedule(bigint)}'::text[],
        'operator sync.schedule(text,text,integer,text,boolean,boolean,boolean,text), operator sync.unschedule(bigint), operator sync.unschedule(text)'),
    ('lets them tick', '{engine.run_due_jobs()}', 'user engine.run_due_jobs()'),
    ('tries one out', '{"sync.next_run(text,text,timestamp with time zone)"}', 'bi sync.next_run(text,text,timestamp with time zone), operator sync.next_run(text,text,timestamp with time zone), user sync.next_run(text,text,timestamp with time zone)')
) AS t (why, functions, wanted), unnest(functions) AS f, unnest('{user,operator,bi}'::text[]) AS r
WHERE has_function_privilege('calendar_sync_' || r, f, 'EXECUTE')
GROUP BY why, wanted;

SELECT * FROM finish();
ROLLBACK;
