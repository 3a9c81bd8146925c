-- rules 5: a Termin that an attempt made is nobody else's, also before a reading joins it with its link.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.setting SET in_doubt_wait = '0';
CALL event_is('a', 'one@nine');
CALL event_is('b', 'two@nine');
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
CREATE FUNCTION attempt(event text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT max(t.action_id) FROM sync.action AS t WHERE t.google_event_id = event AND t.kind = 'create_termin'
$$;
SELECT engine.begin_action(attempt('a'), fence()), engine.begin_action(attempt('b'), fence()) \g /dev/null
SELECT engine.doubt_action(attempt('a'), fence(), 'advoware_timeout') \g /dev/null
CALL termin_is(7, 'two@nine');
SELECT engine.complete_action(attempt('b'), fence(), clock_timestamp(), NULL, 7) \g /dev/null
-- The re-reading fails.
SELECT engine.finish_run(run_id(), fence(), 'advoware_unreachable') \g /dev/null

SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE advoware_frnr = 7), 0::bigint, 'the Termin is not joined with its link yet');
SELECT throws_ok(format('SELECT sync.settle_attempt(%s, 7)', attempt('a')), '22023', 'frnr: 7 already belongs to another link of SB',
    '… and nobody can give it to another attempt by mistake');

-- Whatever gave it to another link all the same: the next run goes on.
UPDATE sync.calendar_sync SET advoware_frnr = 7 WHERE google_event_id = 'a';
CALL start_run(2);
SELECT lives_ok('CALL read()', 'a number that went to another link stops no run');
SELECT is((SELECT t.attempt || ': ' || t.result FROM sync.action AS t WHERE t.action_id = attempt('b')), 'in_doubt: advoware_no_number',
    '… and the attempt is in doubt');
SELECT * FROM finish();
ROLLBACK;
