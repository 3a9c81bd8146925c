-- rules 6: before it writes the first name a hub without memory looks at the whole calendar, once: anonymised copies may all lie before the window.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CREATE FUNCTION from_when() RETURNS timestamptz LANGUAGE sql AS $$ SELECT r.google_from FROM engine.begin_reading(run_id(), fence(), key()) AS r $$;
CREATE FUNCTION token() RETURNS text LANGUAGE sql AS $$ SELECT r.google_token FROM engine.begin_reading(run_id(), fence(), key()) AS r $$;
CREATE FUNCTION anonymize() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT e.anonymize FROM sync.employee AS e WHERE e.kuerzel = 'SB' $$;
CREATE FUNCTION google_says() RETURNS text LANGUAGE sql STABLE AS $$ SELECT string_agg(e.content, ', ' ORDER BY e.content) FROM event AS e WHERE NOT e.cancelled $$;
CREATE FUNCTION long_ago() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT now() - interval '400 days' $$;
CREATE FUNCTION tag(frnr integer) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('tag_sync_id', engine.advoware_link_id('SB', frnr), 'tag_frnr', frnr, 'tag_kuerzel', 'SB', 'tag_source', 'advoware', 'tag_anonymized', true)
$$;

-- Once.

CALL start_run();
SELECT is(from_when(), NULL, 'a new hub has the whole calendar listed');
SELECT is(token(), NULL, '… whole');
SELECT is(from_when(), NULL, 'a listener that is lost before it has stored the reading leaves it to the next');
CALL read();
SELECT is(from_when(), engine.window_from() - interval '1 day', 'that is on record with the reading: the next listing begins with the window');
SELECT is(token(), 'token', '… or goes on from its token');
UPDATE sync.setting SET window_past_days = 40;
SELECT is(from_when(), engine.window_from() - interval '1 day', 'a whole listing for another reason is an ordinary one');
CALL read();
UPDATE sync.employee SET google_calendar_id = 'another';
SELECT is(from_when(), NULL, 'another calendar is looked at whole');
CALL read();
SELECT is(from_when(), engine.window_from() - interval '1 day', '… once');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
DELETE FROM sync.reading;

-- Copies before the window.

SAVEPOINT lost;
CALL event_is('old', 'blocked@nine', later(), tag(77), long_ago());
CALL termin_is(1, 'client@ten');
CALL sync_once(1);
SELECT is(google_says(), 'blocked@nine, blocked@ten', 'tagged anonymised copies that all lie before the window: no name is written, even by a run of phase 1 alone');
SELECT is(anonymize(), true, '… the employee is anonymised');
UPDATE sync.employee SET anonymize = false;
CALL sync_once();
CALL sync_once();
SELECT is(anonymize(), false, 'turned off on purpose it stays off');
SELECT is((SELECT string_agg(kind, ', ') FROM sync.action WHERE kind = 'link_event'), NULL, 'nobody asks Advoware for what ended before the window');
ROLLBACK TO lost;

CALL event_is('old', 'blocked@nine', later(), '{}', long_ago());
CALL termin_is(1, 'client@ten');
CALL sync_once();
SELECT is(google_says(), 'blocked@nine, blocked@ten', 'so it is with copies of the program that ran before, which have no tag');
SELECT is((SELECT needs FROM bi.health), 'nothing', '… of what ended before the window nothing is asked');
SELECT is((SELECT count(*) FROM termin), 1::bigint, '… and nothing posted');
ROLLBACK TO lost;

CALL event_is('old', 'something@nine', later(), '{}', long_ago());
CALL termin_is(1, 'client@ten');
CALL sync_once();
SELECT is(google_says(), 'client@ten, something@nine', 'a calendar without anonymised copies is none');
SELECT is((SELECT count(*) FROM termin), 1::bigint, '… what ended before the window is not posted');
ROLLBACK TO lost;

-- A crash between the reading and the plan.

CALL event_is('old', 'blocked@nine', later(), tag(77), long_ago());
CALL termin_is(1, 'client@ten');
CALL start_run();
SELECT engine.store_reading(run_id(), fence(), jsonb_set(reading(), '{google,boundless}', 'true') || jsonb_build_object('observed_at', clock_timestamp())) \g /dev/null
SELECT engine.finish_run(run_id(), fence(), 'lease_lost') \g /dev/null
UPDATE event SET listed = false;
CALL sync_once();
SELECT is((SELECT content FROM event WHERE id <> 'old'), 'blocked@ten', 'a run that ends between reading and plan has learned it all the same');
ROLLBACK TO lost;

-- A link of the program that ran before, whose copy lies before the window.

CALL event_is('old', 'blocked@nine', later(), '{}', long_ago());
CALL termin_is(1, 'client@ten');
CALL sync_once();
UPDATE sync.employee SET anonymize = false;
SELECT count(*) FROM sync.adopt_rows(jsonb_build_array(jsonb_build_object('sync_id', link_id(5), 'employee_kuerzel', 'SB', 'advoware_frnr', 5, 'google_event_id', 'old',
    'source_system', 'advoware', 'sync_strategy', 'source_system_wins', 'advoware_write_allowed', false, 'deleted', false))) \g /dev/null
CALL start_run();
SELECT is(from_when(), NULL, 'who adopts links has the calendar looked at again');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once();
SELECT is((SELECT anonymized FROM sync.calendar_sync WHERE sync_id = link_id(5)), true, 'an adopted copy before the window is known as anonymised');
SELECT is(anonymize(), true, '… and turns anonymisation on');

SELECT * FROM finish();
ROLLBACK;
