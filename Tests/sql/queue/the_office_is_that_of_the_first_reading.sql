-- A hub belongs to one office, the one of the first listener whose reading succeeded: a slip in the configuration at the first start ties it to nothing.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CREATE PROCEDURE starts(name text, kanzlei text) LANGUAGE sql AS $$ SELECT engine.listener_start(name, kanzlei, 'office', 'example.test', engine.schema_version(), false) $$;
CREATE FUNCTION office_is() RETURNS text LANGUAGE sql STABLE AS $$ SELECT coalesce((SELECT concat_ws(' ', o.kanzlei, o.database_name, o.host) FROM sync.office AS o), 'nobody''s') $$;

CALL starts('typo', '1243');
SELECT is(office_is(), 'nobody''s', 'a listener that starts ties the hub to nothing');
SELECT sync.request_sync() AS asked \gset
SELECT request_id FROM engine.claim_run('typo') \gset
SELECT engine.open_request(:request_id, 'typo', employees_error => 'advoware_login_refused') \g /dev/null
SELECT is(office_is(), 'nobody''s', '… nor does a login that is refused');
SELECT engine.listener_stop('typo') \g /dev/null
SELECT lives_ok($$CALL test.starts('right', '1234')$$, 'with the right name another one starts');
SELECT is(office_is(), 'nobody''s', '… and has read nothing yet');

SAVEPOINT before;
SELECT engine.store_employees('{SB}') \g /dev/null
SELECT is(office_is(), '1234 office example.test', 'the list of employees is a reading: the hub is this office''s');
SELECT throws_ok($$CALL test.starts('other', '4321')$$, 'CS001', NULL, '… and refuses every other');
ROLLBACK TO before;

-- Two that differ, both before the first reading.
CALL starts('other', '4321');
SELECT engine.store_employees('{SB}') \g /dev/null
SELECT is(office_is(), 'nobody''s', 'a list of nobody knows which listener decides nothing while they differ');
UPDATE sync.employee SET google_calendar_id = 'calendar of SB', calendar_shared = true;
SELECT sync.request_sync(employee => 'SB') \g /dev/null
SELECT * FROM engine.claim_run('right') \gset
SELECT set_config('test.run', :'run_id', true), set_config('test.fence', :'fence', true) \g /dev/null
CALL termin_is(7, 'talk@nine');
CALL read();
SELECT is(office_is(), '1234 office example.test', 'a reading says whose it is');
SELECT is((SELECT highest_frnr FROM sync.office), 7::bigint, '… and what it read is known with it');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT sync.request_sync(employee => 'SB') \g /dev/null
SELECT * FROM engine.claim_run('other') \gset
SELECT set_config('test.run', :'run_id', true), set_config('test.fence', :'fence', true) \g /dev/null
SELECT throws_ok('CALL test.read()', 'CS001', NULL, 'what a listener of another office read is not stored');
SELECT sync.request_sync() \g /dev/null
SELECT throws_ok($$SELECT engine.open_request(1, 'other', '{MK}')$$, 'CS001', NULL, '… nor its employees');

SELECT * FROM finish();
ROLLBACK;
