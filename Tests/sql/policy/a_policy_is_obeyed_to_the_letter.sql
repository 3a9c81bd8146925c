-- What applies to whom: office and employee, W to the letter, pause at once, refusals said once.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
SELECT throws_like($$SELECT sync.apply_policy('SB')$$, 'employee: "SB" is unknown; known: none yet (a listener reads them from Advoware when it starts)', 'without any employee apply_policy says why none is known');
CALL office('SB', 'MK');
UPDATE sync.office SET highest_frnr = 1000;

CREATE FUNCTION policy() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s (%s), %s (%s), anonymize %s, paused %s', sync_strategy, sync_strategy_from, advoware_writes, advoware_writes_from, anonymize, paused)
    FROM sync.effective_policy WHERE employee_kuerzel = 'SB'
$$;
SELECT is(policy(), 'source_system_wins (office), own (office), anonymize f, paused f', 'an employee''s row that says nothing follows the office');
UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all';
SELECT is(policy(), 'last_change_wins (office), all (office), anonymize f, paused f', '… when the office changes its mind too');
UPDATE sync.employee SET sync_strategy = 'source_system_wins', advoware_writes = 'none' WHERE kuerzel = 'SB';
SELECT is(policy(), 'source_system_wins (employee), none (employee), anonymize f, paused f', 'what the employee''s row says applies');
UPDATE sync.setting SET anonymize_google_events = true, paused = true;
SELECT is(policy(), 'source_system_wins (employee), none (employee), anonymize t, paused t', 'anonymisation and pause: the office is enough');
UPDATE sync.setting SET anonymize_google_events = false, paused = false;
UPDATE sync.employee SET anonymize = true, paused = true WHERE kuerzel = 'SB';
SELECT is(policy(), 'source_system_wins (employee), none (employee), anonymize t, paused t', '… and so is the employee');
SELECT throws_ok($$UPDATE sync.employee SET advoware_writes = 'some'$$, '23514', NULL, 'an unknown value of advoware_writes is refused');
SELECT throws_ok($$UPDATE sync.setting SET brake_share = 101$$, '23514', NULL, 'a share of more than 100 percent is refused');
UPDATE sync.employee SET sync_strategy = NULL, advoware_writes = NULL, anonymize = false, paused = false;
UPDATE sync.setting SET default_strategy = 'source_system_wins', advoware_writes = 'own';

-- W is the link's flag and the employee's advoware_writes; nothing else.

CALL linked(1, 'google');
CALL event_is('e1', 'lunch@ten');
UPDATE sync.employee SET advoware_writes = 'none' WHERE kuerzel = 'SB';
CALL sync_once();
SELECT is(outcome(1), 'update_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | talk@nine | lunch@ten', 'advoware_writes none: nothing reaches Advoware though the link may write');
CALL sync_once();
SELECT is(happened(), 'nothing', 'a refusal is said once');
UPDATE sync.employee SET advoware_writes = 'own' WHERE kuerzel = 'SB';
CALL sync_once();
SELECT is(outcome(1), 'update_termin done | synced | lunch@ten | lunch@ten', '… and looked at again when the policy changes');
UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE sync_id = link_id(1);
CALL event_is('e1', 'party@ten');
CALL sync_once();
SELECT is(outcome(1), 'update_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | lunch@ten | party@ten', 'the flag changed by hand is obeyed to the letter');
CALL event_is('e1', 'party@eleven');
CALL sync_once();
SELECT is(happened(), 'update_termin refused (advoware_write_forbidden)', 'a refusal is looked at again when Google changes');
CALL termin_is(1, 'brief@ten');
CALL sync_once();
SELECT is(happened(), 'update_termin refused (advoware_write_forbidden)', '… and when Advoware changes');
CALL termin_is(1, 'party@eleven');
CALL sync_once();
SELECT is(outcome(1), 'nothing | synced | party@eleven | party@eleven', 'a refused link whose sides agree again is settled');
UPDATE sync.employee SET advoware_writes = 'all' WHERE kuerzel = 'SB';
CALL event_is('e1', 'dinner@six');
CALL sync_once();
SELECT is(happened(), 'update_termin refused (advoware_write_forbidden)', 'advoware_writes all does not overrule a flag that is false');

-- apply_policy.

CALL linked(2, 'advoware', may_write => false);
CALL linked(3, 'google', 'last_change_wins', false);
CALL linked(-4, 'advoware', may_write => false);
CALL linked(5, 'google', employee => 'MK', may_write => false);
UPDATE sync.employee SET sync_strategy = 'last_change_wins';
SELECT is(sync.apply_policy('SB'), 4, 'apply_policy says how many links changed');
SELECT results_eq($$SELECT advoware_frnr, sync_strategy::text, advoware_write_allowed FROM sync.calendar_sync ORDER BY 1$$,
    $$VALUES (-4, 'last_change_wins', false), (1, 'last_change_wins', true), (2, 'last_change_wins', true), (3, 'last_change_wins', true), (5, 'source_system_wins', false)$$,
    'strategy and flag become what new links would get, for that employee, never for derived Termine');
SELECT is(sync.apply_policy('SB'), 0, '… and then there is nothing more to change');
SELECT throws_ok($$SELECT sync.apply_policy('XX')$$, '22023', NULL, 'apply_policy for an unknown employee says so');
SELECT matches((SELECT actor FROM sync.calendar_sync_audit WHERE sync_id = link_id(3) AND new_values ? 'advoware_write_allowed' AND action = 'UPDATE'), session_user::text,
    'the audit names who changed the flag');
SELECT throws_ok($$UPDATE sync.calendar_sync SET advoware_write_allowed = true WHERE advoware_frnr = -4$$, '23514', NULL, 'a derived Termin can never be given W');
UPDATE sync.employee SET sync_strategy = NULL, advoware_writes = NULL;
CALL sync_once();

-- A pause takes effect at the next action; nothing is planned or written, and nothing forgotten.

CALL linked(6, 'google');
CALL linked(7, 'google');
CALL event_is('e6', 'lunch@ten');
CALL event_is('e7', 'lunch@ten');
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
CALL carry_out(action_of(6));
UPDATE sync.setting SET paused = true;
CALL carry_out(action_of(7));
SELECT is(happened(link_id(6)) || ', ' || happened(link_id(7)), 'update_termin done, update_termin superseded (paused)', 'paused between two actions: the second one ends superseded');
SELECT is((SELECT (superseded_count, sync_status, (engine.pending_write_of(l)).side)::text FROM sync.calendar_sync AS l WHERE sync_id = link_id(7)), '(0,synced,)', '… and is not held against its link');
SELECT is(engine.plan_phase(run_id(), 4), 0, 'paused: nothing is planned');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT sync.request_sync(employee => 'SB') AS asked \gset
SELECT is_empty($$SELECT * FROM engine.claim_run('listener')$$, 'paused: no run is begun');
SELECT results_eq(format('SELECT status, error_code FROM sync.run WHERE request_id = %s', :asked), $$VALUES ('done', 'paused')$$, '… it ends at once and says why');
SELECT is((SELECT status FROM sync.request WHERE request_id = :asked), 'done', '… and so does its request');
UPDATE sync.setting SET paused = false;
CALL sync_once(4);
SELECT is(outcome(7), 'update_termin done | synced | lunch@ten | lunch@ten', 'after the pause what waited is done');
UPDATE sync.employee SET paused = true WHERE kuerzel = 'SB';
SELECT sync.request_sync() \g /dev/null
SELECT engine.open_request(request_id, 'listener') FROM engine.claim_run('listener') \g /dev/null
SELECT is((SELECT employee_kuerzel FROM engine.claim_run('listener')), 'MK', 'one employee''s pause does not stop the others');

-- What can never be.

SELECT throws_ok($$UPDATE sync.calendar_sync SET source_system = 'advoware' WHERE sync_id = test.link_id(7)$$, '23514', NULL, 'source_system of a living link never changes');
SELECT throws_ok($$UPDATE sync.calendar_sync SET sync_id = gen_random_uuid() WHERE sync_id = test.link_id(7)$$, '23514', NULL, 'sync_id never changes');
SELECT throws_ok($$UPDATE sync.calendar_sync SET employee_kuerzel = 'MK' WHERE sync_id = test.link_id(7)$$, '23514', NULL, 'a link stays its employee''s');
SELECT throws_ok($$UPDATE sync.calendar_sync SET google_event_id = NULL WHERE sync_id = test.link_id(7)$$, '23514', NULL, 'a half link cannot be synced');
SELECT throws_like(format('INSERT INTO sync.calendar_sync (employee_kuerzel, source_system, %s) VALUES (''SB'', ''advoware'', %s)', c, v), 'link %: a half link (%) cannot be synced; allowed: pending and failed', '… from the beginning: with nothing but ' || c)
FROM (VALUES ('advoware_frnr', '991'), ('google_event_id', '''lonely''')) AS x (c, v);
SELECT lives_ok($$INSERT INTO sync.calendar_sync (employee_kuerzel, source_system, advoware_frnr, google_event_id) VALUES ('SB', 'advoware', 992, 'both')$$, 'with both ids a new link is synced unless it says otherwise');
DELETE FROM sync.calendar_sync WHERE advoware_frnr = 992;
SELECT throws_ok($$UPDATE sync.calendar_sync SET advoware_frnr = 6 WHERE sync_id = test.link_id(7)$$, '23505', NULL, 'one Termin has one living link of an employee');
SELECT throws_ok($$UPDATE sync.calendar_sync SET google_event_id = 'e6' WHERE sync_id = test.link_id(7)$$, '23505', NULL, 'one event has one living link of an employee');
SELECT throws_ok($$UPDATE sync.calendar_sync SET last_error = 'Müller vs. Meier' WHERE sync_id = test.link_id(7)$$, '23514', NULL, 'last_error is a code, never text of a remote answer');

SELECT * FROM finish();
ROLLBACK;
