-- rules 1: a reading is complete or it does not exist; an older observation never replaces a newer one; what the token is worth.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL start_run();

-- Hand-made readings of this run.
CREATE FUNCTION stores(side text, part jsonb, seen_at timestamptz DEFAULT clock_timestamp()) RETURNS boolean LANGUAGE sql AS $$
    SELECT engine.store_reading(run_id(), fence(), jsonb_build_object('observed_at', seen_at, 'key_prefix', key(), side, '{"unidentifiable": 0}' || part))
$$;
CREATE FUNCTION whole(new_token text, VARIADIC entries jsonb[] DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('whole', true, 'base_token', NULL, 'new_token', new_token, 'entries', to_jsonb(entries))
$$;
CREATE FUNCTION since(base_token text, new_token text, VARIADIC entries jsonb[] DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('whole', false, 'base_token', base_token, 'new_token', new_token, 'entries', to_jsonb(entries))
$$;
CREATE FUNCTION an(id text, content text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'ts', at(1), 'fingerprint', fingerprint(content), 'time_fingerprint', time_fingerprint(content), 'etag', '1', 'starts_at', tomorrow(), 'ends_at', tomorrow() + interval '1 hour') || more
$$;
CREATE FUNCTION seen_is(side text, id text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT CASE WHEN s.present THEN split_part(s.fingerprint, ':', 3) ELSE 'gone' END
        FROM sync.seen AS s WHERE s.side::text = seen_is.side AND s.entry_id = seen_is.id), 'never seen')
$$;
CREATE FUNCTION token() RETURNS text LANGUAGE sql STABLE AS $$ SELECT r.sync_token FROM sync.reading AS r WHERE r.employee_kuerzel = 'SB' AND r.side = 'google' $$;

-- The window, once the whole calendar has been looked at.

SELECT stores('google', whole(NULL) || '{"boundless": true}', now() - interval '1 minute') \g /dev/null

SELECT is(r.window_from, (date_trunc('day', now() AT TIME ZONE 'Europe/Berlin') - interval '30 days') AT TIME ZONE 'Europe/Berlin', 'the window begins at Berlin midnight 30 days ago')
FROM engine.begin_reading(run_id(), fence(), key()) AS r;
SELECT is(r.window_to, (date_trunc('day', now() AT TIME ZONE 'Europe/Berlin') + interval '1826 days') AT TIME ZONE 'Europe/Berlin', '… and ends with the day that is 1825 days ahead')
FROM engine.begin_reading(run_id(), fence(), key()) AS r;
SELECT is(r.google_from, r.window_from - interval '1 day', '… in Google one day earlier') FROM engine.begin_reading(run_id(), fence(), key()) AS r;
SELECT ok(r.observed_at BETWEEN now() AND clock_timestamp(), 'observed_at is the database''s time now') FROM engine.begin_reading(run_id(), fence(), key()) AS r;

-- Older and newer.

SELECT ok(stores('google', whole('t1', an('a', 'new@nine')), now() + interval '2 seconds'), 'a reading is stored');
SELECT ok(stores('google', whole('t1', an('a', 'old@nine')), now() + interval '1 second'), 'one that was sent earlier comes later');
SELECT is(seen_is('google', 'a'), 'new@nine', 'an older observation never replaces a newer one');
SELECT stores('google', whole('t1'), now() + interval '1 second') \g /dev/null
SELECT is(seen_is('google', 'a'), 'new@nine', '… and does not make it missing');
SELECT stores('google', whole('t1', an('a', 'newest@nine')), now() + interval '3 seconds') \g /dev/null
SELECT is(seen_is('google', 'a'), 'newest@nine', 'a newer one does');
SELECT stores('google', since('t1', 't1', '{"id": "a", "present": false}'), now() + interval '2 seconds') \g /dev/null
SELECT is(seen_is('google', 'a'), 'newest@nine', 'an older tombstone does not');

-- Missing only inside the window.

CREATE FUNCTION soon(more interval) RETURNS timestamptz LANGUAGE sql AS $$ SELECT now() + interval '4 seconds' + more $$;
SELECT stores('advoware', whole(NULL, an('1', 'in@nine'), an('2', 'past@nine', jsonb_build_object('starts_at', now() - interval '90 days', 'ends_at', now() - interval '89 days')),
    an('3', 'far@nine', jsonb_build_object('starts_at', now() + interval '3000 days', 'ends_at', now() + interval '3001 days')),
    an('4', 'reaching in@nine', jsonb_build_object('starts_at', now() - interval '90 days', 'ends_at', now() - interval '1 day')),
    an('5', 'endless@nine', jsonb_build_object('starts_at', now() - interval '90 days', 'ends_at', 'infinity'))), soon('0')) \g /dev/null
SELECT stores('advoware', whole(NULL, an('9', 'other@nine')), soon('1 second')) \g /dev/null
SELECT is(seen_is('advoware', id), wanted, says)
FROM (VALUES
    ('1', 'gone', 'a whole reading makes missing what lies inside its window'), ('2', 'past@nine', '… not what ended before it'), ('3', 'far@nine', '… not what begins after it'),
    ('4', 'gone', '… but what reaches into it'), ('5', 'gone', '… and what never ends'), ('9', 'other@nine', '… and not what it lists')
) AS s (id, wanted, says);
SELECT is((SELECT proof FROM sync.seen WHERE side = 'advoware' AND entry_id = '1'), NULL, 'missing from a list is not proven');
SELECT is((SELECT fingerprint FROM sync.seen WHERE side = 'advoware' AND entry_id = '1'), fingerprint('in@nine'), 'of an entry that is gone the last known content stays');
SELECT stores('google', since('t1', 't2', an('b', 'b@nine')), soon('0')) \g /dev/null
SELECT is(seen_is('google', 'a'), 'newest@nine', 'an incremental listing makes nothing missing …');
SELECT stores('google', since('t2', 't3', jsonb_build_object('id', 'a', 'present', false, 'ts', at(77)), '{"id": "unheard of", "present": false}'), soon('1 second')) \g /dev/null
SELECT is(seen_is('google', 'a'), 'gone', '… but what it calls cancelled');
SELECT is((SELECT (gone_at, proof, api_timestamp)::text FROM sync.seen WHERE entry_id = 'a'), (at(77), NULL, at(1))::text, '… with the time of the cancellation, not yet proven');
SELECT is(seen_is('google', 'unheard of'), 'never seen', 'a tombstone of something never seen tells nothing');
SELECT stores('google', since('t3', 't4', an('a', 'back@nine')), soon('2 seconds')) \g /dev/null
SELECT is((SELECT (present, gone_at)::text FROM sync.seen WHERE entry_id = 'a'), (true, NULL)::text, 'what is there again is there');

-- The token.

SELECT is(token(), 't4', 'entries and token are stored together');
SELECT is(google_token, 't4', 'the next reading goes on from it') FROM engine.begin_reading(run_id(), fence(), key());
SELECT is(stores('google', since('t3', 't5', an('c', 'c@nine')), soon('3 seconds')), false, 'a reading that began with another token than the stored one is thrown away');
SELECT is(seen_is('google', 'c') || token(), 'never seent4', '… with entries and token');
SELECT ok(stores('google', since('t4', 't5', an('c', 'c@nine')) || '{"unidentifiable": 1}', soon('4 seconds')), 'a reading with an entry that cannot be identified is stored');
SELECT is(seen_is('google', 'c') || token(), 'c@ninet4', '… but keeps the old token');
SELECT ok(stores('google', whole('t6', an('c', 'c@nine')), soon('5 seconds')), 'after 410 the listing is whole');
SELECT is(seen_is('google', 'b') || token(), 'gonet6', '… and what it lacks is missing');
UPDATE sync.setting SET brake_count = 11;
SELECT is(token(), 't6', 'another setting leaves the token');
UPDATE sync.setting SET window_past_days = 31;
SELECT is(token(), NULL, 'changing the window into the past drops the token');
SELECT stores('google', whole('t7', an('c', 'c@nine')), soon('6 seconds')) \g /dev/null
UPDATE sync.setting SET window_future_days = 1000;
SELECT is(token(), NULL, 'changing the window into the future drops the token');
SELECT stores('google', whole('t8', an('c', 'c@nine')), soon('7 seconds')) \g /dev/null
SELECT is(google_token, NULL, 'another key of the fingerprints: the token is not used') FROM engine.begin_reading(run_id(), fence(), '1:other');
UPDATE sync.employee SET google_calendar_id = 'another' WHERE kuerzel = 'SB';
SELECT is(google_token, NULL, 'another calendar: the token is not used') FROM engine.begin_reading(run_id(), fence(), key());
UPDATE sync.employee SET google_calendar_id = 'calendar of SB' WHERE kuerzel = 'SB';
DELETE FROM sync.reading;
SELECT stores('google', whole('t9', an('c', 'c@nine')) || '{"unidentifiable": 1}', soon('8 seconds')) \g /dev/null
SELECT is(token(), NULL, 'a first reading with an entry that cannot be identified has no old token: none is kept');

-- The window that a reading began with has to be the present one.

CREATE FUNCTION with_window(part jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('observed_at', soon('8500 milliseconds'), 'key_prefix', key(), 'window_from', r.window_from, 'window_to', r.window_to, 'google', '{"unidentifiable": 0}' || part)
    FROM engine.begin_reading(run_id(), fence(), key()) AS r
$$;
CREATE TEMPORARY TABLE in_flight AS SELECT with_window(whole('t20', an('c', 'c@nine'))) AS reading;
UPDATE sync.setting SET window_past_days = 10;
SELECT is((SELECT engine.store_reading(run_id(), fence(), f.reading) FROM in_flight AS f), false, 'a window that changed while the reading was under way: the reading is thrown away');
SELECT is(token(), NULL, '… with its token');
UPDATE in_flight SET reading = with_window(whole('t20', an('c', 'c@nine')));
UPDATE sync.setting SET window_future_days = 20;
SELECT is((SELECT engine.store_reading(run_id(), fence(), f.reading) FROM in_flight AS f), false, '… also one that changed into the future');
SELECT ok(engine.store_reading(run_id(), fence(), with_window(whole('t20', an('c', 'c@nine')))), 'with the present window it is stored');
UPDATE sync.setting SET window_past_days = 31, window_future_days = 1000;

-- What a reading says of itself.

SELECT stores('advoware', whole(NULL), soon('9 seconds')), stores('advoware', whole(NULL), soon('10 seconds')) \g /dev/null
SELECT is((complete, whole, entries, empty_since)::text, (true, true, 0, soon('9 seconds'))::text, 'empty readings in a row remember the first')
FROM sync.reading WHERE side = 'advoware';
SELECT stores('advoware', whole(NULL, an('9', 'other@nine')), soon('11 seconds')) \g /dev/null
SELECT is((entries, empty_since)::text, (1, NULL)::text, 'a reading that is not empty ends the row') FROM sync.reading WHERE side = 'advoware';
SELECT is((SELECT highest_frnr FROM sync.office), 9::bigint, 'the hub remembers the highest frNr it has ever seen');
SELECT stores('advoware', whole(NULL, an('-20', 'derived@nine'), an('7', 'seven@nine')), soon('12 seconds')) \g /dev/null
SELECT is((SELECT highest_frnr FROM sync.office), 9::bigint, '… a lower or derived one changes nothing');
SELECT throws_ok($$SELECT engine.store_reading(run_id(), fence(), '{"key_prefix": "1:k1"}')$$, '22023', NULL, 'a reading without observed_at is refused');
SELECT throws_ok($$SELECT engine.store_reading(run_id(), fence() - 1, '{"observed_at": "2030-01-01"}')$$, 'CS003', NULL, 'a reading with a stale fence is refused');
SELECT is((SELECT count(*) FROM sync.seen WHERE side = 'google'), 3::bigint, 'a side that was not read is left as it is');

-- Present and unusable.

SELECT stores('google', whole('t10', an('c', 'c@nine', '{"unusable": "bad_time", "fingerprint": null}')), soon('13 seconds')) \g /dev/null
SELECT is((present, unusable)::text, '(t,bad_time)', 'an entry that can be identified but not understood is present and unusable') FROM sync.seen WHERE entry_id = 'c';
SELECT stores('google', whole('t11', an('c', 'c@nine')), soon('14 seconds')) \g /dev/null
SELECT is((present, unusable)::text, '(t,)', '… until it can be understood') FROM sync.seen WHERE entry_id = 'c';

-- recheck trusts no token.

SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL start_run(recheck => true);
SELECT is(google_token, NULL, 'recheck: the token is not used') FROM engine.begin_reading(run_id(), fence(), key());

-- Calendars.

SELECT engine.store_calendar(run_id(), fence(), 'calendar of SB', false) \g /dev/null
SELECT is((google_calendar_id, calendar_shared)::text, ('calendar of SB', false)::text, 'creating and sharing are recorded each on its own') FROM sync.employee WHERE kuerzel = 'SB';
SELECT throws_ok($$SELECT engine.store_calendar(run_id(), fence(), '', false)$$, '22023', NULL, 'a calendar without id is refused');

SELECT * FROM finish();
ROLLBACK;
