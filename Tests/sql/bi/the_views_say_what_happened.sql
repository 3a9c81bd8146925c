-- The reporting views say what really happened, as the role that may read them.
BEGIN;
\ir ../support/office.psql
\ir ../support/by_trigger.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CREATE FUNCTION answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    PERFORM set_config('role', 'calendar_sync_bi', true);
    EXECUTE format('SELECT string_agg(regexp_replace(r::text, ''^\(|\)$'', '''', ''g''), '' / '' ORDER BY r::text) FROM (%s) AS r', query) INTO said;
    PERFORM set_config('role', 'none', true);
    RETURN said;
END
$$;
CREATE FUNCTION berlin_today() RETURNS date LANGUAGE sql AS $$ SELECT (now() AT TIME ZONE 'Europe/Berlin')::date $$;

-- Four links: 1 changes in Advoware, 2 is a copy that is edited, 3 changes on both sides, 4 may not be written. 5 and 6 are new.

CALL linked(1, 'advoware');
CALL linked(2, 'advoware');
CALL linked(3, 'google', 'last_change_wins');
CALL linked(4, 'google', may_write => false);
-- Nothing moves a change time back.
UPDATE sync.calendar_sync SET advoware_watermark = now() - interval '1 day', google_watermark = now() - interval '1 day';
CALL termin_is(1, 'talk@ten', now());
CALL event_is(event_id(2), 'lunch@nine', now());
CALL termin_is(3, 'talk@eleven', now());
CALL event_is('e3', 'talk@twelve', now() + interval '1 second');
CALL event_is('e4', 'talk@twelve', now());
CALL termin_is(5, 'hearing@nine', now());
CALL termin_is(6, 'old@nine', now() - interval '5 years');
CALL sync_once();

SELECT is(answer('SELECT day, employee_kuerzel, phases, status, events_created, events_updated, termine_updated, reverted, conflicts, refused, waited_seconds >= 0 AND took_seconds >= 0 FROM bi.runs'),
    format('%s,SB,all,done,2,2,1,1,1,1,t', berlin_today()), 'bi.runs: what a run did');
SELECT is(answer('SELECT day, written_in, kind, status, actions, median_seconds >= 0 FROM bi.actions_daily'),
    format('%1$s,advoware,update_termin,done,1,t / %1$s,advoware,update_termin,refused,1, / %1$s,google,create_event,done,2,t / %1$s,google,update_event,done,2,t', berlin_today()), 'bi.actions_daily: how much was written where');
SELECT is(answer('SELECT day, what, winner, kind, advoware_frnr FROM bi.conflicts'),
    format('%1$s,"changed on both sides",google,update_termin,3 / %1$s,"edit of the copy undone",advoware,update_event,2', berlin_today()), 'bi.conflicts: which edits lost');
SELECT is(answer('SELECT what, status, code, still_failed, advoware_frnr FROM bi.failures'), 'update_termin,refused,advoware_write_forbidden,t,4', 'bi.failures: what policy refused');
SELECT is(answer('SELECT direction, kind, advoware_frnr, seconds BETWEEN -1 AND 60 FROM bi.latency'),
    '"advoware to google",create_event,5,t / "advoware to google",update_event,1,t / "google to advoware",update_termin,3,t', 'bi.latency: what people waited for; not what was old before the hub came');
SELECT is(answer('SELECT DISTINCT day, advoware_frnr, change, run_id IS NOT NULL, phase, requested_by = session_user FROM bi.changes WHERE change IN (''event'', ''failed'')'),
    format('%1$s,4,failed,t,4,t / %1$s,5,event,t,1,t / %1$s,6,event,t,1,t', berlin_today()), 'bi.changes: what changed in which phase of whose run');
SELECT is(answer('SELECT day, employee_kuerzel, actor, change, changes FROM bi.changes_daily WHERE change IN (''new'', ''event'')'),
    format('%1$s,SB,%2$s,event,2 / %1$s,SB,%2$s,new,6', berlin_today(), session_user), 'bi.changes_daily: how much changed');
SELECT is(answer('SELECT advoware_frnr, began_in, status, last_error FROM bi.links'),
    '1,advoware,synced, / 2,advoware,synced, / 3,google,synced, / 4,google,failed,advoware_write_forbidden / 5,advoware,synced, / 6,advoware,synced,', 'bi.links: how the appointments are');

-- A run that could not be done, a dry run, a schedule.

CALL start_run();
SELECT engine.finish_run(run_id(), fence(), 'google_timeout') \g /dev/null
SELECT is(answer('SELECT what, status, code, run_id IS NOT NULL FROM bi.failures WHERE what = ''run'''), 'run,failed,google_timeout,t', 'a run that failed as a whole is a failure');
CALL event_is(event_id(1), 'lunch@nine', now());
CALL start_run(dry_run => true);
SELECT engine.dry_run(run_id(), fence(), reading() || jsonb_build_object('observed_at', (SELECT r.observed_at FROM engine.begin_reading(run_id(), fence(), key()) AS r))) \g /dev/null
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is(answer('SELECT dry_run, reverted FROM bi.runs WHERE dry_run'), 't,1', 'a dry run counts what it would do …');
SELECT is(answer('SELECT sum(actions) FROM bi.actions_daily') || answer('SELECT count(*) FROM bi.conflicts'), '62', '… which stands in no other view');
INSERT INTO sync.job (jobname, schedule, phase) VALUES ('workday', '*/10 7-19 * * *', 3);
UPDATE sync.job SET next_run_at = '2030-07-01 05:00:00+00' WHERE jobname = 'workday';
SELECT is(answer('SELECT jobname, schedule, phases, active, next_run_in_berlin, last_request_status FROM bi.schedule WHERE jobname = ''workday'''),
    'workday,"*/10 7-19 * * *","3 deleted",t,"2030-07-01 07:00:00",', 'bi.schedule: what is due when, in Berlin');

-- Days are days in Berlin.

CALL by_trigger($$INSERT INTO sync.calendar_sync_audit (sync_id, action, "timestamp", employee_kuerzel, actor, transaction_id)
VALUES (test.link_id(1), 'UPDATE', (date_trunc('month', now()) + interval '1 month 14 days 22 hours 30 minutes'), 'ZZ', 'x', 1)$$);
SET LOCAL TimeZone = 'Asia/Tokyo';
SELECT is(answer('SELECT day FROM bi.changes_daily WHERE employee_kuerzel = ''ZZ'''),
    answer('SELECT (max("timestamp") AT TIME ZONE ''Europe/Berlin'')::date FROM sync.calendar_sync_audit'), 'the day is Berlin''s, whatever the session''s zone');

-- For people.

SELECT is_empty($$SELECT c.relname || '.' || a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid WHERE c.relnamespace = 'bi'::regnamespace AND c.relkind = 'v'
    AND a.attnum > 0 AND (col_description(c.oid, a.attnum) IS NULL OR col_description(c.oid, a.attnum) !~ '[.…]$')$$, 'every column of every view is explained in a sentence');
SELECT is_empty($$SELECT c.relname || '.' || a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid WHERE c.relnamespace = 'bi'::regnamespace AND c.relkind = 'v'
    AND a.attname ~ 'fingerprint|token|etag|fence|basis'$$, 'no view shows a fingerprint or token');
SELECT is_empty($$SELECT v FROM bi.changes, jsonb_each_text(coalesce(old_values, '{}') || coalesce(new_values, '{}')) AS v WHERE v.value LIKE '%1:k1:%'$$, '… by value either');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class AS c WHERE c.relnamespace = 'bi'::regnamespace AND c.relkind = 'v' AND NOT (has_table_privilege('calendar_sync_bi', c.oid, 'SELECT') AND has_table_privilege('calendar_sync_operator', c.oid, 'SELECT'))$$, 'reporting and operator read every view');

SELECT * FROM finish();
ROLLBACK;
