-- rules 2: lists have been seen to come back wrongly empty. Absence is proven by a single GET before anything is deleted or created again because of it.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(900, 'the control@nine');

CREATE FUNCTION verdict(kind text) RETURNS text LANGUAGE sql AS $$ SELECT b.verdict FROM engine.begin_action(action(kind), fence()) AS b $$;
CREATE PROCEDURE plan(phase integer) LANGUAGE plpgsql AS $$
BEGIN
    CALL start_run(phase);
    CALL read();
    PERFORM engine.plan_phase(run_id(), phase);
END
$$;
CREATE PROCEDURE finish_run() LANGUAGE sql AS $$ SELECT engine.finish_run(run_id(), fence(), NULL) $$;

-- Missing from the list, but there: nothing happens.

CALL linked(1, 'advoware');
UPDATE termin SET listed = false WHERE frnr = 1;
CALL plan(3);
SELECT is((SELECT (status, unproven, missing_side)::text FROM sync.action WHERE action_id = action('delete_event')), '(planned,t,advoware)', 'what a list lacks is planned as not yet proven');
SELECT is(verdict('delete_event'), 'prove_advoware', 'an event is not deleted before a GET of its Termin');
SELECT is(verdict('delete_event'), 'prove_advoware', '… however often one asks');
CALL prove(action('delete_event'), 'advoware');
SELECT is(verdict('delete_event'), 'ended', 'the GET finds it: nothing is sent');
SELECT is(outcome(1), 'delete_event superseded (plan_no_longer_holds) | synced | talk@nine | talk@nine', '… the plan no longer applies');
SELECT is((SELECT (present, observed_at > r.started_at)::text FROM sync.seen, sync.run AS r WHERE side = 'advoware' AND entry_id = '1' AND r.run_id = run_id()), '(t,t)',
    'the answer of the GET is the reading of that entry');
SELECT is(engine.plan_phase(run_id(), 3), 0, '… and the next plan finds nothing missing');
CALL finish_run();
UPDATE termin SET listed = true;

CALL linked(2, 'advoware');
UPDATE event SET listed = false WHERE id = event_id(2);
CALL plan(3);
SELECT is(verdict('recreate_event'), 'prove_google', 'an event is not created again before a GET of it');
CALL prove(action('recreate_event'), 'google');
SELECT is(verdict('recreate_event'), 'ended', 'the GET finds it: re-creating what was never gone would duplicate it');
CALL finish_run();
UPDATE event SET listed = true;

CALL linked(3, 'google');
UPDATE event SET listed = false WHERE id = 'e3';
UPDATE termin SET listed = false WHERE frnr = 3;
CALL plan(3);
SELECT is(verdict('soft_delete'), 'prove_google', 'missing on both sides: the event is asked for …');
CALL event_gone('e3');
CALL prove(action('soft_delete'), 'google');
SELECT is(verdict('soft_delete'), 'prove_advoware', '… and the Termin');
CALL prove(action('soft_delete'), 'advoware');
SELECT is(verdict('soft_delete'), 'ended', 'one of them is there: no soft delete');
SELECT is(outcome(3), 'soft_delete superseded (plan_no_longer_holds) | synced | talk@nine | gone', '… the link is planned anew');
SELECT is(engine.plan_phase(run_id(), 3), 1, '… in the same run');
CALL carry_out(action('delete_termin'));
SELECT is(link_says(3), 'deleted', '… as gone in Google, where it began');
CALL finish_run();
DELETE FROM termin WHERE frnr = 3;

CALL linked(4, 'google');
UPDATE termin SET listed = false WHERE frnr = 4;
CALL plan(3);
SELECT is(verdict('recreate_termin'), 'prove_advoware', 'a Termin is not created again before a GET of it');
CALL termin_gone(4);
CALL prove(action('recreate_termin'), 'advoware');
SELECT is(verdict('recreate_termin'), 'go', 'proven gone: it is created again');
CALL finish_run();
DELETE FROM sync.action WHERE status = 'in_doubt';
UPDATE sync.calendar_sync SET deleted = true WHERE sync_id = link_id(4);

CALL linked(5, 'google');
CALL event_gone('e5');
CALL plan(3);
SELECT is(verdict('delete_termin'), 'prove_google', 'a Termin is not deleted before a GET of its event');
CALL prove(action('delete_termin'), 'google');
SELECT is((SELECT proof FROM sync.seen WHERE entry_id = 'e5'), 'cancelled', 'cancelled is a proof');
CALL finish_run();

-- A proof is worth something for the run that fetched it.

CALL plan(3);
SELECT is(verdict('delete_termin'), 'prove_google', 'the next run asks again');
SELECT engine.record_proof(action('delete_termin'), fence(), 'google', 'gone', clock_timestamp()) \g /dev/null
SELECT is(verdict('delete_termin'), 'go', '404 is a proof');
SELECT is((b.frnr, b.expected_fingerprint, b.meant_fingerprint)::text, (5, fingerprint('talk@nine'), NULL)::text, 'what is deleted has to be what the plan saw')
FROM (SELECT t.advoware_frnr AS frnr, s.fingerprint AS expected_fingerprint, t.meant_fingerprint FROM sync.action AS t
    JOIN sync.seen AS s ON s.side = 'advoware' AND s.entry_id = '5' WHERE t.action_id = action('delete_termin')) AS b;
CALL finish_run();
DELETE FROM sync.action WHERE status = 'in_doubt';
UPDATE sync.calendar_sync SET deleted = true WHERE sync_id = link_id(5);

-- No proof to be had.

CALL linked(6, 'advoware');
CALL termin_gone(6);
CALL plan(3);
SELECT is((SELECT control_frnr FROM engine.begin_action(action('delete_event'), fence())) IS NOT NULL, true, 'a control Termin is named for the GET that answers with an empty body');
SELECT isnt((SELECT control_frnr FROM engine.begin_action(action('delete_event'), fence())), 6::bigint, '… another one than that in question');
SELECT engine.record_proof(action('delete_event'), fence(), 'advoware', 'unproven', clock_timestamp()) \g /dev/null
SELECT is(action_says(action('delete_event')), 'held: absence_not_provable', 'no control possible: held');
SELECT is(verdict('delete_event'), 'ended', '… and not sent');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'held', '… the run ends held');
SELECT is(outcome(6), 'delete_event held (absence_not_provable) | synced | gone | talk@nine', '… and both sides are as they were');
UPDATE sync.seen SET observed_at = observed_at - interval '2 days', present = entry_id = '900' WHERE side = 'advoware';
UPDATE sync.reading SET whole_at = whole_at - interval '2 days';
CALL start_run(3);
SELECT engine.settle(run_id(), fence()) \g /dev/null
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is((SELECT control_frnr FROM engine.begin_action(action('delete_event'), fence())), NULL, 'a Termin last seen more than a day ago is not a control');
CALL finish_run();
SELECT throws_ok($$SELECT engine.record_proof(test.action('delete_event'), fence(), 'google', 'gone', clock_timestamp())$$, 'CS003', NULL, 'a proof with a lost lease is refused');
CALL plan(3);
SELECT throws_ok($$SELECT engine.record_proof(test.action('delete_event'), fence(), 'outlook', 'gone', clock_timestamp())$$, '22023', NULL, 'a proof for an unknown side is refused');
SELECT throws_ok($$SELECT engine.record_proof(test.action('delete_event'), fence(), 'google', 'perhaps', clock_timestamp())$$, '22023', NULL, 'an unknown outcome is refused');

-- An older answer proves nothing.

SELECT engine.record_proof(action('delete_event'), fence(), 'advoware', 'gone', now() - interval '1 day') \g /dev/null
SELECT is(verdict('delete_event'), 'prove_advoware', 'an answer that is older than what is known is not a proof');
CALL prove(action('delete_event'), 'advoware');
SELECT is(verdict('delete_event'), 'go', 'a new one is');
CALL finish_run();

SELECT * FROM finish();
ROLLBACK;
