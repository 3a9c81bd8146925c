-- An employee leaves (a complete list without the Kürzel), and returns: calendar and links stay, and go on without duplicates.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK', 'ÄÖß');
UPDATE sync.office SET highest_frnr = 1000;
CREATE FUNCTION request_says(id bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(': ', status, message) FROM sync.request WHERE request_id = id
$$;
CALL linked(1, 'advoware');
CALL linked(2, 'google');
CALL linked(3, 'advoware');
CALL sync_once();

-- Leaves.

SELECT engine.store_employees('{MK,ÄÖß,SB}', false) \g /dev/null
SELECT engine.store_employees('{MK,ÄÖß}', false) \g /dev/null
SELECT is((SELECT active FROM sync.employee WHERE kuerzel = 'SB'), true, 'a list that was not complete deactivates nobody');
SELECT sync.request_sync(employee => 'SB') AS before \gset
SELECT engine.open_request_for_one('listener') \g /dev/null
SELECT engine.store_employees('{MK,ÄÖß}') \g /dev/null
SELECT is((SELECT active FROM sync.employee WHERE kuerzel = 'SB'), false, 'a complete one without the Kürzel does');
SELECT is_empty($$SELECT * FROM engine.claim_run('listener')$$, 'a run that was asked for before is not begun any more');
SELECT is(request_says(:before), 'done: inactive: nothing (more) was done for SB', '… and says so');
SELECT is((SELECT (google_calendar_id, calendar_shared)::text FROM sync.employee WHERE kuerzel = 'SB'), '("calendar of SB",t)', 'the calendar stays');
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE employee_kuerzel = 'SB' AND NOT deleted AND sync_status = 'synced'), 3::bigint, '… and so do the links');

-- What an operator sees meanwhile.

SELECT sync.request_sync(employee => 'SB') AS asked \gset
SELECT is((run_id, request_id)::text, format('(,%s)', :asked), 'a request for who left has the employees read first: they may be back') FROM engine.claim_run('listener');
SELECT is(engine.open_request(:asked, 'listener', '{MK,ÄÖß}'), 0, '… no run is made for who is not');
SELECT is(request_says(:asked), 'done: SB is inactive, Advoware does not name this employee any more: nothing was done; calendar and links stay', '… the request ends at once and says why');
SELECT sync.request_sync(employee => 'SB') AS asked \gset
SELECT engine.open_request(request_id, 'listener', employees_error => 'advoware_timeout') FROM engine.claim_run('listener') \g /dev/null
SELECT is(request_says(:asked), 'failed: advoware_timeout', '… and fails when the employees could not be read: nobody knows');
SELECT matches((SELECT needs FROM bi.health WHERE employee_kuerzel = 'SB'), '^inactive: Advoware does not name', 'bi.health says so');
UPDATE sync.calendar_sync SET sync_status = 'failed', last_error = 'google_timeout' WHERE sync_id = link_id(1);
SELECT is((SELECT needs_attention FROM bi.health WHERE employee_kuerzel = 'SB'), false, 'whatever was left: nobody has to look');
UPDATE sync.calendar_sync SET sync_status = 'synced', last_error = NULL WHERE sync_id = link_id(1);
SELECT lives_ok($$SELECT sync.apply_policy('SB')$$, 'policy can be set meanwhile');

-- Returns: what changed and what vanished meanwhile is carried as if nothing had been.

CALL termin_is(1, 'brief@nine');
CALL event_is('e2', 'lunch@ten');
CALL termin_gone(3);
CALL termin_is(20, 'new@six');
SELECT engine.store_employees('{MK,SB,ÄÖß}') \g /dev/null
CALL sync_once();
SELECT is(outcome(1), 'update_event done | synced | brief@nine | brief@nine', 'back again: a change in Advoware is carried');
SELECT is(outcome(2), 'update_termin done | synced | lunch@ten | lunch@ten', '… a change in Google too');
SELECT is(outcome(3), 'delete_event done | deleted | gone | gone', '… a deletion is proven and carried');
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE employee_kuerzel = 'SB' AND NOT deleted), 3::bigint, '… what is new has a link, and nothing has two');
SELECT is((SELECT count(*) FROM event WHERE NOT cancelled), 3::bigint, '… nor two events');
SELECT is((SELECT (google_calendar_id, calendar_shared)::text FROM sync.employee WHERE kuerzel = 'SB'), '("calendar of SB",t)', '… in the calendar of before');
CALL sync_once();
SELECT is(happened(), 'nothing', 'and then there is peace');
SELECT is((SELECT needs FROM bi.health WHERE employee_kuerzel = 'SB'), 'nothing', '… bi.health needs nothing');

-- Returns to an account that was emptied: that is held, not carried.

CALL termin_is(21, 'new@seven');
CALL sync_once();
SELECT engine.store_employees('{MK,ÄÖß}') \g /dev/null
DELETE FROM termin;
SELECT engine.store_employees('{MK,SB,ÄÖß}') \g /dev/null
CALL sync_once();
SELECT is((SELECT string_agg(DISTINCT kind || ' ' || status || ' ' || result, ', ') FROM sync.action WHERE run_id = run_id() AND sync_id IN (link_id(1), link_id(2))),
    'delete_event held brake_empty_side, recreate_termin held brake_empty_side', 'what vanished while the employee was away passes the guard like everything else');

-- A Kürzel with umlauts is a Kürzel.

SELECT sync.request_sync(employee => 'ÄÖß') AS asked \gset
SELECT is((SELECT employee_kuerzel FROM engine.claim_run('listener')), 'ÄÖß', 'a Kürzel with umlauts can be asked for');
SELECT engine.accept_notification('{"employee": "ÄÖß", "phase": 1}') AS asked \gset
SELECT is((SELECT employee_kuerzel FROM sync.request WHERE request_id = :asked), 'ÄÖß', '… by a notification too');
SELECT throws_ok($$SELECT sync.request_sync(employee => 'äöß')$$, '22023', NULL, '… as it is written');

-- Only a complete, non-empty list says who is active.

SELECT is(engine.store_employees('{SB,ÄÖ}'), 2, 'a list of employees is stored');
SELECT results_eq('SELECT kuerzel::text, active FROM sync.employee ORDER BY kuerzel', $$VALUES ('MK', false), ('SB', true), ('ÄÖ', true), ('ÄÖß', false)$$, 'new ones are added, missing ones become inactive');
SELECT isnt((SELECT google_calendar_id FROM sync.employee WHERE kuerzel = 'MK'), NULL, '… their calendar stays');
SELECT throws_ok($$SELECT engine.store_employees('{}')$$, '22023', NULL, 'an empty list deactivates nobody');
SELECT throws_ok($$SELECT engine.store_employees(NULL)$$, '22023', NULL, '… nor does none');
SELECT engine.store_employees('{MK,SB}') \g /dev/null
SELECT is((SELECT active FROM sync.employee WHERE kuerzel = 'MK'), true, 'who is named again is active again');

SELECT * FROM finish();
ROLLBACK;
