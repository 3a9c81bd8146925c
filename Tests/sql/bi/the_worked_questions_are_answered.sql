-- The worked questions of ops/bi, asked by the role that may, of a year of history whose answers are known.
BEGIN;
\ir ../support/history.psql
SELECT no_plan();
CREATE FUNCTION answer(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    said text[];
BEGIN
    PERFORM set_config('role', 'calendar_sync_bi', true);
    EXECUTE format('SELECT array_agg(a.line) FROM (SELECT r::text AS line FROM (%s) AS r) AS a', rtrim(query, E'; \n')) INTO said;
    PERFORM set_config('role', 'none', true);
    RETURN QUERY SELECT unnest(said);
END
$$;
CREATE FUNCTION month_of(days_ago integer) RETURNS text LANGUAGE sql STABLE AS $$ SELECT to_char(today() - days_ago, 'YYYY-MM') $$;
SELECT ok((SELECT count(*) FROM sync.run) > 7000 AND (SELECT count(*) FROM sync.action) > 10000 AND (SELECT count(*) FROM sync.calendar_sync_audit) > 10000, 'a year of history of an office of five');
SELECT clock_timestamp() AS began \gset

\set query `cat ops/bi/01_what_changed_for_an_employee.sql`
SELECT run_on('SB', today() - last_tuesday(), 1) AS first, run_on('SB', today() - last_tuesday(), 4) AS fourth, run_on('SB', today() - last_tuesday(), 5) AS fifth \gset
SELECT results_eq(format('SELECT test.answer(%L)', :'query'), $$VALUES
    ('(08:00:05,settled,40011,event40011,"the sync as calendar_sync_user, run $$ || :first || $$, phase 4, asked for by schedule","update_event (done): changed in Advoware")'),
    ('(10:30:00,policy,40016,event40016,"boss with psql","advoware_write_allowed: true → false")'),
    ('(14:00:05,deleted,40012,event40012,"the sync as calendar_sync_user, run $$ || :fourth || $$, phase 3, asked for by schedule","delete_event (done): gone in Advoware")'),
    ('(16:00:05,failed,40016,event40016,"the sync as calendar_sync_user, run $$ || :fifth || $$, phase 4, asked for by schedule","update_termin (refused): advoware_write_forbidden")')$$,
    'what changed for SB last Tuesday, and who or what did it');

\set query `cat ops/bi/02_created_twice.sql`
SELECT results_eq(format('SELECT test.answer(%L)', :'query'), format('VALUES (%L), (%L), (%L)',
    format('(AL,%s,{event10028},{10028},synced,"new in Google (late_answer)")', link_id(10028)),
    format('(MK,%s,"{%sv1,event30021}",{30021},synced,"gone in Google, Advoware wins")', link_id(30021), md5('30021')),
    format('(TB,%s,{event50024},"{50024,55024}",synced,"gone in Advoware, Google wins (created)")', link_id(50024))),
    'which appointments were ever created twice, and why');

\set query `cat ops/bi/03_how_long_to_google.sql`
-- A month of a few days need not have a slow change.
SELECT results_eq(format($$SELECT count(*), sum(v[1]), min(v[2]), max(v[2]), min(v[3]) FILTER (WHERE v[1] > 300), max(v[3]), max(v[4])
    FROM (SELECT string_to_array(substr(btrim(a, '()'), 9), ',')::integer[] AS v FROM test.answer(%L) AS a) AS a$$, :'query'),
    $$SELECT count(DISTINCT to_char(day, 'YYYY-MM')), (SELECT count(*) FROM test.deed WHERE kind = 'update_event' AND status = 'done' AND NOT reverted), 300, 300, 1800, 1800, 1800 FROM test.workday$$,
    'how long from a change in Advoware to Google: half within five minutes, most within half an hour, every month');

\set query `cat ops/bi/04_edits_undone.sql`
SELECT results_eq(format('SELECT split_part(ltrim(a, ''(''), '','', 1), sum(split_part(a, '','', 3)::integer) FROM test.answer(%L) AS a GROUP BY 1 ORDER BY 1', :'query'), $$VALUES ('MK', 3::bigint), ('SB', 7)$$,
    'how many edits of copies were undone, and whose');

\set query `cat ops/bi/05_who_changed_the_policy.sql`
SELECT results_eq(format('SELECT test.answer(%L)', :'query'), format('VALUES (%L), (%L), (%L)',
    format('("%s 08:00:00",calendar_sync_user,calendar-sync,4711,employee,MK,UPDATE,"anonymize: false → true")', today() - 10),
    format('("%s 16:15:00",deputy,pgAdmin,,setting,true,UPDATE,"brake_count: 10 → 25")', today() - 20),
    format('("%s 09:00:00",boss,psql,,employee,SB,UPDATE,"paused: false → true")', today() - 40)), 'who changed settings, policies or schedules in the last 90 days');

\set query `cat ops/bi/06_failures.sql`
SELECT results_eq(format('SELECT test.answer(%L)', :'query'), format('VALUES (%L), (%L), (%L)',
    format('(google_timeout,failed,12,1,2,%s,"if it lasts for hours: calendar-sync check")', (SELECT max(day) FROM slot WHERE run_id = run_on('AL', 3))),
    format('(advoware_unreachable,failed,1,1,0,%s,"if it lasts for hours: calendar-sync check")', (SELECT day FROM slot WHERE run_id = run_on('AL', 20, 6))),
    format('(advoware_write_forbidden,refused,1,1,1,%s,"allow it (employee.advoware_writes, calendar_sync.advoware_write_allowed), or leave it")', last_tuesday())), 'what fails, how often, and what is still open');

\set query `cat ops/bi/07_work_done.sql`
SELECT results_eq(format('SELECT test.answer(%L)', :'query'),
    $$SELECT format('(%s,%s,%s,%s)', s.kuerzel, count(*) FILTER (WHERE d.kind LIKE '%event'), count(*) FILTER (WHERE d.kind LIKE '%termin'), count(DISTINCT s.day))
      FROM test.deed AS d JOIN test.slot AS s USING (run_id) WHERE d.status = 'done' AND s.day > test.today() - interval '12 months' GROUP BY s.kuerzel ORDER BY s.kuerzel$$,
    'how much the sync did for each employee');

\set query `cat ops/bi/08_longest_without_sync.sql`
SELECT results_eq(format('SELECT a FROM test.answer(%L) AS a WHERE a LIKE ''(JR,%%''', :'query'), format('VALUES (%L)', format('(JR,"5 days %s:00:00",%s,%s)', lpad((14
    - extract(epoch FROM (outage() - 1 + time '18:00') AT TIME ZONE 'Europe/Berlin' AT TIME ZONE 'UTC' - (outage() - 1 + time '18:00'))::integer / 3600
    + extract(epoch FROM (outage() + 5 + time '08:00') AT TIME ZONE 'Europe/Berlin' AT TIME ZONE 'UTC' - (outage() + 5 + time '08:00'))::integer / 3600)::text, 2, '0'), outage() - 1, outage() + 5)),
    'how long JR was without a good sync, and when');
SELECT is(count(*), 5::bigint, '… and everybody else') FROM answer(:'query');

\set query `cat ops/bi/09_written_in_advoware.sql`
SELECT results_eq(format('SELECT a FROM test.answer(%L) AS a WHERE a LIKE ''%%recreate%%'' OR a LIKE ''%%create_termin,%%'' OR a LIKE ''(' || to_char(last_tuesday(), 'YYYY-MM') || ',update%%''', :'query'),
    $$SELECT format('(%s,%s,%s,%s,%s)', to_char(s.day, 'YYYY-MM'), d.kind, count(*) FILTER (WHERE d.status = 'done'), count(*) FILTER (WHERE d.status = 'refused'), count(*) FILTER (WHERE d.status = 'failed'))
      FROM test.deed AS d JOIN test.slot AS s USING (run_id)
      WHERE d.kind IN ('create_termin', 'recreate_termin') OR (d.kind = 'update_termin' AND to_char(s.day, 'YYYY-MM') = to_char(test.last_tuesday(), 'YYYY-MM'))
      GROUP BY to_char(s.day, 'YYYY-MM'), d.kind ORDER BY to_char(s.day, 'YYYY-MM'), d.kind$$,
    'what the sync wrote in Advoware, and what policy kept away');

\set query `cat ops/bi/10_held_and_approved.sql`
SELECT results_eq(format('SELECT test.answer(%L)', :'query'), format('VALUES (%L)',
    format('(%s,%s,MK,6,6,boss,"%s 09:30:00")', (SELECT day FROM slot WHERE run_id = run_on('MK', 50, 4)), run_on('MK', 50, 4), today() - 49)), 'what the guard held, and who let it pass');

SELECT cmp_ok(extract(epoch FROM clock_timestamp() - :'began'::timestamptz), '<', 20::numeric, 'all ten are answered in less than 20 seconds');

SELECT * FROM finish();
ROLLBACK;
