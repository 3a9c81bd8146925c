-- rules 2: paused (office or employee): nothing is read, planned or written; an action not yet begun ends superseded; nothing is forgotten.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
UPDATE sync.office SET highest_frnr = 1000;
CREATE FUNCTION run_says(id bigint DEFAULT run_id()) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(', ', status, error_code) FROM sync.run WHERE run_id = id
$$;
CREATE FUNCTION request_says(id bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(': ', status, message) FROM sync.request WHERE request_id = id
$$;
CREATE FUNCTION asked(employee text) RETURNS bigint LANGUAGE sql AS $$ SELECT sync.request_sync(employee => asked.employee) $$;

-- Who asks for it.

SELECT is((anonymize_from, paused_from)::text, '(nobody,nobody)', 'when neither asks, nobody does') FROM sync.effective_policy WHERE employee_kuerzel = 'SB';
UPDATE sync.setting SET paused = true, anonymize_google_events = true;
SELECT is((anonymize_from, paused_from)::text, '(office,office)', '… the office') FROM sync.effective_policy WHERE employee_kuerzel = 'SB';
UPDATE sync.employee SET paused = true, anonymize = true WHERE kuerzel = 'SB';
SELECT is((anonymize_from, paused_from)::text, '(both,both)', '… both, so that switching off one is known to be not enough') FROM sync.effective_policy WHERE employee_kuerzel = 'SB';
UPDATE sync.setting SET paused = false, anonymize_google_events = false;
SELECT is((anonymize_from, paused_from)::text, '(employee,employee)', '… the employee') FROM sync.effective_policy WHERE employee_kuerzel = 'SB';
UPDATE sync.employee SET paused = false, anonymize = false;

-- A request while paused ends at once and says so.

UPDATE sync.employee SET paused = true WHERE kuerzel = 'SB';
SELECT asked('SB') AS asked \gset
SELECT is_empty($$SELECT * FROM engine.claim_run('listener')$$, 'a run of a paused employee is not begun');
SELECT is(request_says(:asked), 'done: paused: nothing (more) was done for SB', '… its request has ended and says why');
SELECT is((SELECT concat_ws(', ', status, error_code) FROM sync.run WHERE request_id = :asked), 'done, paused', '… and so has the run');
SELECT asked(NULL) AS asked \gset
SELECT engine.open_request(request_id, 'listener') FROM engine.claim_run('listener') \g /dev/null
SELECT is((SELECT employee_kuerzel FROM engine.claim_run('listener')), 'MK', 'the others go on');
SELECT engine.finish_run(run_id, fence, NULL) FROM sync.run WHERE request_id = :asked AND employee_kuerzel = 'MK' \g /dev/null
SELECT engine.claim_run('listener') \g /dev/null
SELECT is(request_says(:asked), 'done: paused: nothing (more) was done for SB', '… and the request names who was paused');
SELECT is((SELECT needs FROM bi.health WHERE employee_kuerzel = 'SB'), 'paused: UPDATE sync.employee SET paused = false WHERE kuerzel = ''SB''', 'bi.health says how to end it');
UPDATE sync.setting SET paused = true;
SELECT is((SELECT needs FROM bi.health WHERE employee_kuerzel = 'MK'), 'paused: UPDATE sync.setting SET paused = false', '… whoever paused');
SELECT is((SELECT needs_attention FROM bi.health WHERE employee_kuerzel = 'MK'), false, 'a pause is meant: nobody has to look');
UPDATE sync.setting SET paused = false;
UPDATE sync.employee SET paused = false;

-- Paused between the claim and the calendar, and between the calendar and the reading.

CALL start_run();
UPDATE sync.employee SET paused = true WHERE kuerzel = 'SB';
SELECT is_empty(format('SELECT * FROM engine.begin_calendar(%s, %s)', run_id(), fence()), 'paused after the claim: the calendar is not asked for');
SELECT is(run_says(), 'done, paused', '… and the run has ended');
SELECT throws_ok(format('SELECT * FROM engine.begin_reading(%s, %s, test.key())', run_id(), fence()), 'CS003', NULL, '… its listener has nothing more to do with it');
UPDATE sync.employee SET paused = false;
CALL start_run();
SELECT isnt_empty(format('SELECT * FROM engine.begin_calendar(%s, %s)', run_id(), fence()), 'not paused: it is asked for');
UPDATE sync.setting SET paused = true;
SELECT is_empty(format('SELECT * FROM engine.begin_reading(%s, %s, test.key())', run_id(), fence()), 'paused after that: nothing is read');
SELECT is(run_says(), 'done, paused', '… and the run has ended');
UPDATE sync.setting SET paused = false;
CALL start_run(dry_run => true);
UPDATE sync.setting SET paused = true;
SELECT is_empty(format('SELECT * FROM engine.begin_reading(%s, %s, test.key())', run_id(), fence()), 'a dry run reads nothing either');
UPDATE sync.setting SET paused = false;

-- Paused between two actions.

CALL linked(1, 'google');
CALL linked(2, 'google');
CALL linked(3, 'advoware');
CALL event_is('e1', 'lunch@ten');
CALL event_is('e2', 'lunch@ten');
CALL termin_is(3, 'brief@nine');
UPDATE sync.employee SET last_good_sync = NULL;
CALL start_run();
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
CALL carry_out(action_of(1));
UPDATE sync.employee SET paused = true WHERE kuerzel = 'SB';
CALL carry_out(action_of(2));
CALL carry_out(action_of(3));
SELECT is(happened(link_id(1)), 'update_termin done', 'what had begun before the pause is finished');
SELECT is(happened(link_id(2)) || ', ' || happened(link_id(3)), 'update_termin superseded (paused), update_event superseded (paused)', 'what had not begun ends superseded');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'done', 'a pause is not a failure');
SELECT is(run_says(), 'done, paused', '… but the run says what it left');
SELECT is((SELECT last_good_sync FROM sync.employee WHERE kuerzel = 'SB'), NULL, '… and is no good sync');
UPDATE sync.employee SET paused = false;
CALL sync_once();
SELECT is(outcome(2) || '; ' || outcome(3), 'update_termin done | synced | lunch@ten | lunch@ten; update_event done | synced | brief@nine | brief@nine', 'after the pause all that waited is done');
SELECT isnt((SELECT last_good_sync FROM sync.employee WHERE kuerzel = 'SB'), NULL, '… and that is a good sync');

-- Unpaused in the middle of a run: the rest of it is planned again.

CALL event_is('e1', 'dinner@six');
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
UPDATE sync.setting SET paused = true;
CALL carry_out(action_of(1));
UPDATE sync.setting SET paused = false;
CALL carry_out_phase(4);
SELECT is(happened(link_id(1)), 'update_termin superseded (paused), update_termin done', 'unpaused in the middle of a run: its second round does what the first had to leave');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is(outcome(1), 'update_termin superseded (paused), update_termin done | synced | dinner@six | dinner@six', '… once');

-- What waits for a person waits on.

CALL linked(4, 'google');
CALL linked(5, 'google');
CALL linked(6, 'google');
CALL event_gone('e4');
UPDATE sync.setting SET brake_count = 0, brake_share = 0;
CALL sync_once();
SELECT is(happened(link_id(4)), 'delete_termin held (brake_too_many)', 'held by the guard …');
SELECT sync.approve_held(run_id()) AS approval \gset
UPDATE sync.setting SET paused = true;
SELECT is_empty($$SELECT * FROM engine.claim_run('listener')$$, '… approved during a pause: nothing is done');
SELECT is((SELECT count(*) FROM sync.approval WHERE spent_at IS NULL), 1::bigint, '… and the approval is not spent');
UPDATE sync.setting SET paused = false;
CALL sync_once();
SELECT is(happened(link_id(4)), 'delete_termin done', '… after the pause it holds');

-- A listener lost during a pause leaves nothing open.

CALL event_is('e5', 'lunch@ten');
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
UPDATE sync.setting SET paused = true;
UPDATE sync.run SET lease_until = clock_timestamp() - interval '1 second' WHERE run_id = run_id();
SELECT is_empty($$SELECT * FROM engine.claim_run('another')$$, 'a lost listener''s run is not taken up while paused');
SELECT is(run_says(), 'done, paused', '… it ends');
SELECT is(happened(link_id(5)), 'update_termin superseded (listener_lost)', '… and its plan with it');
UPDATE sync.setting SET paused = false;
CALL sync_once();
SELECT is(link_says(5), 'synced', '… nothing is forgotten');

SELECT * FROM finish();
ROLLBACK;
