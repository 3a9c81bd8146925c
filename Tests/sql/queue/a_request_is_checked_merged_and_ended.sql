-- What people ask for: checked at the INSERT, merged, cancelled, ended; and what a NOTIFY may say.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();

CREATE FUNCTION request_says(id bigint) RETURNS text LANGUAGE sql AS $$
    SELECT status || CASE WHEN merged_into IS NULL THEN '' ELSE ' into ' || merged_into END FROM sync.request WHERE request_id = id
$$;

-- Checked at once, with the field, the value and what is allowed.

SELECT throws_ok($$INSERT INTO sync.request (employee_kuerzel) VALUES ('SB')$$, '22023',
    'employee_kuerzel: "SB" is unknown; known are none yet (a listener reads them from Advoware when it starts)', 'before any listener started no employee is known');
CALL office('SB', 'MK');
SELECT throws_ok($$INSERT INTO sync.request (phase) VALUES (5)$$, '22023',
    'phase: 5 is not a phase; allowed are 1 (new in Advoware), 2 (new in Google), 3 (deleted), 4 (changed), or NULL for all', 'an unknown phase is refused at the INSERT');
SELECT throws_ok($$INSERT INTO sync.request (phase) VALUES (0)$$, '22023', NULL, '… also 0');
SELECT throws_like(format('INSERT INTO sync.request (employee_kuerzel) VALUES (%L)', repeat('X', 5000)), 'employee_kuerzel: "' || repeat('X', 40) || '" is unknown%', 'however long the value, 40 characters of it are enough');
SELECT throws_ok($$INSERT INTO sync.request (employee_kuerzel) VALUES ('XX')$$, '22023', 'employee_kuerzel: "XX" is unknown; known are MK, SB', 'an unknown employee is refused at the INSERT');
SELECT throws_ok($$SELECT sync.request_sync(phase => 7)$$, '22023', NULL, 'request_sync refuses the same');
SELECT throws_ok($$SELECT sync.request_sync(employee => 'xx')$$, '22023', NULL, '… and a Kürzel is taken as it is written');
SELECT throws_like($$SELECT sync.request_sync(employee => 'a Kürzel that is too long')$$, '%employee%', 'one that is too long for a Kürzel is refused by name');

-- Merged with an equal one that waits.

INSERT INTO sync.request DEFAULT VALUES RETURNING request_id AS first \gset
SELECT is((phase, employee_kuerzel, full_content, dry_run, status, requested_by = session_user)::text, '(,,f,f,waiting,t)', 'a request without values asks for everything')
FROM sync.request WHERE request_id = :first;
SELECT sync.request_sync() AS second \gset
SELECT is(request_says(:second), 'merged into ' || :first, 'an equal one is merged with it');
SELECT is(request_says(sync.request_sync(phase => 1)), 'waiting', 'another phase is another request');
SELECT is(request_says(sync.request_sync(employee => 'SB')), 'waiting', '… so is another employee');
SELECT is(request_says(sync.request_sync(full_content => true)), 'waiting', '… full_content');
SELECT is(request_says(sync.request_sync(dry_run => true)), 'waiting', '… and a dry run');
SELECT sync.request_sync(phase => 1) AS third \gset
SELECT alike(request_says(:third), 'merged into %', 'equal in every column is equal');
SELECT throws_ok($$INSERT INTO sync.request (phase) VALUES ('two')$$, '22P02', NULL, 'what is no number is no phase');

-- Cancelling one does not cancel the other.

SELECT sync.request_sync() AS fourth \gset
SELECT is(sync.cancel_request(:second), 'cancelled', 'a merged request can be cancelled');
SELECT is(request_says(:first) || ', ' || request_says(:fourth), 'waiting, merged into ' || :first, '… the others are not');
SELECT is(sync.cancel_request(:first), 'cancelled', 'so can the one that it was merged with');
SELECT is(request_says(:fourth), 'waiting', '… the merged one waits on its own account');
SELECT is(sync.cancel_request(:first), 'cancelled', 'cancelling again changes nothing');
SELECT throws_ok('SELECT sync.cancel_request(987654)', '22023', NULL, 'cancelling an unknown request says so');
DELETE FROM sync.request;

-- Claimed, opened, ended; everybody merged sees the same end.

SELECT sync.request_sync() AS first \gset
SELECT sync.request_sync() AS second \gset
SELECT is(engine.claim_request('listener'), :first::bigint, 'a listener takes the oldest');
SELECT is(engine.claim_request('another'), NULL, '… once');
SELECT sync.request_sync() AS third \gset
SELECT is(request_says(:third), 'waiting', 'a request made while an equal one runs is one of its own');
SELECT is(engine.open_request(:first), 2, 'one run per active employee');
SELECT is(engine.open_request(:first), 0, '… once');
SELECT run_id, fence FROM engine.claim_run('listener') \gset
SELECT is(engine.finish_run(:run_id, :fence, NULL), 'done', 'the first run ends');
SELECT is(request_says(:first), 'running', 'the request goes on while a run does');
SELECT run_id, fence FROM engine.claim_run('listener') \gset
SELECT is(engine.finish_run(:run_id, :fence, 'google_http_500'), 'failed', 'the last run ends');
SELECT is(request_says(:first), 'failed', 'a request with a failed run is failed');
SELECT is((SELECT status FROM sync.request WHERE request_id = :second), 'failed', '… and so is the one merged into it');
SELECT is(sync.cancel_request(:first), 'failed', 'what has ended is not cancelled');
SELECT engine.claim_request('listener') \g /dev/null
UPDATE sync.employee SET active = false;
SELECT is(engine.open_request(:third), 0, 'no active employee: nothing to do');
SELECT is((SELECT status || ': ' || message FROM sync.request WHERE request_id = :third), 'done: no active employee: nothing to do', '… and the request says so');
UPDATE sync.employee SET active = true;
SELECT sync.request_sync() AS first \gset
SELECT engine.claim_request('listener') \g /dev/null
UPDATE sync.request SET claimed_at = claimed_at - interval '20 minutes' WHERE request_id = :first;
SELECT is(engine.claim_request('another'), :first::bigint, 'a request whose listener was lost before it made the runs is taken again');
DELETE FROM sync.request;

-- For one employee nothing is read first: whoever claims a run opens the request.

SELECT sync.request_sync(employee => 'SB') AS first \gset
SELECT sync.request_sync(employee => 'SB') AS merged \gset
SELECT sync.request_sync(phase => 3, employee => 'SB') AS second \gset
SELECT sync.request_sync(phase => 3, employee => 'MK') AS third \gset
SELECT is(engine.claim_request('listener'), NULL, 'for one active employee no list of employees is read');
SELECT run_id, fence, request_id FROM engine.claim_run('listener') \gset
SELECT is(:request_id::bigint, :first::bigint, '… the oldest is opened by whoever claims a run, and claimed with it');
SELECT is(request_says(:first) || ', ' || request_says(:merged) || ', ' || request_says(:second), format('running, merged into %s, waiting', :first), '… with all that ask for the same, and no other');
SELECT is((SELECT request_id FROM engine.claim_run('another')), :third::bigint, 'one for an employee who is busy does not keep the next one waiting');
SELECT is(request_says(:second), 'running', '… its run waits its turn');
SELECT is_empty($$SELECT * FROM engine.claim_run('another')$$, '… and is not begun');
SELECT engine.finish_run(:run_id, :fence, NULL) \g /dev/null
SELECT is(request_says(:first) || ', ' || request_says(:merged), format('done, done into %s', :first), 'both who asked for the same see its end');
SELECT is((SELECT request_id FROM engine.claim_run('another')), :second::bigint, 'then the next one is');
UPDATE sync.run SET status = 'done', finished_at = clock_timestamp();
DELETE FROM sync.run;
DELETE FROM sync.request;
SELECT sync.request_sync(employee => 'SB') AS first \gset
SELECT sync.request_sync(phase => 2, employee => 'MK') AS second \gset
UPDATE sync.request SET requested_at = requested_at - interval '2 seconds' WHERE request_id = :first;
SELECT is(engine.claim_request('busy'), NULL, 'no worker is free: a listener takes the request all the same');
SELECT is(request_says(:first) || ', ' || request_says(:second), 'running, waiting', '… when nobody has opened it for a second');
SELECT is((SELECT status FROM sync.run WHERE request_id = :first), 'waiting', '… and its run waits for a worker');
DELETE FROM sync.run;
DELETE FROM sync.request;
SELECT sync.request_sync(employee => 'SB') AS first \gset
UPDATE sync.request SET status = 'running', claimed_by = 'a lost one', claimed_at = clock_timestamp() - interval '20 minutes' WHERE request_id = :first;
SELECT is((SELECT request_id FROM engine.claim_run('another')), :first::bigint, 'one that a lost listener had claimed is opened by the next');
UPDATE sync.run SET status = 'done', finished_at = clock_timestamp();
DELETE FROM sync.run;
DELETE FROM sync.request;

-- Runs are worked on in the order of asking, whoever opens the request.

SELECT sync.request_sync(phase => 2, employee => 'SB') AS first \gset
SELECT sync.request_sync(phase => 2) AS second \gset
SELECT engine.open_request(engine.claim_request('listener')) \g /dev/null
SELECT is((SELECT format('%s %s', employee_kuerzel, request_id = :first) FROM engine.claim_run('listener')), 'SB t', 'who asked for one employee first comes first');
UPDATE sync.run SET status = 'done', finished_at = clock_timestamp();
DELETE FROM sync.run;
DELETE FROM sync.request;

-- Who asks for the same in transactions that do not see each other, or too late.

SELECT sync.request_sync(phase => 2) AS first \gset
SELECT sync.request_sync(phase => 2) AS second \gset
SELECT sync.request_sync(phase => 2) AS third \gset
UPDATE sync.request SET status = 'waiting', merged_into = NULL WHERE request_id = :second;
UPDATE sync.request SET merged_into = :second WHERE request_id = :third;
SELECT engine.claim_request('listener') \g /dev/null
SELECT is(request_says(:second) || ', ' || request_says(:third), format('merged into %s, merged into %s', :first, :first), 'equal requests that did not see each other are merged when the first is claimed');
SELECT is(engine.claim_request('another'), NULL, '… and are not claimed on their own');
SELECT sync.request_sync(phase => 2) AS late \gset
UPDATE sync.request SET status = 'merged', merged_into = :first WHERE request_id = :late;
UPDATE sync.employee SET active = false;
SELECT engine.open_request(:first) \g /dev/null
UPDATE sync.employee SET active = true;
SELECT is(request_says(:first) || ', ' || request_says(:second) || ', ' || request_says(:third), format('done, done into %s, done into %s', :first, :first), 'all of them see the same end');
SELECT is(request_says(:late), 'merged into ' || :first, 'one that became visible after the claim does not: what was read may be older than it');
SELECT is(engine.claim_request('listener'), :late::bigint, '… it is claimed on its own');
SELECT is(request_says(:late), 'running', '… as a request like any');
SELECT sync.request_sync(phase => 3) AS first \gset
SELECT sync.request_sync(phase => 3) AS second \gset
SELECT engine.claim_request('listener') \g /dev/null
SELECT is(sync.cancel_request(:first), 'cancelled', 'cancelled while the employees are being read …');
SELECT is(engine.open_request(:first), 0, '… it makes no runs');
SELECT is(request_says(:second), 'waiting', '… and the one merged with it waits again');
DELETE FROM sync.request;

-- A listener that leaves gives back what it has taken and made no runs for.

SELECT sync.request_sync(phase => 3) AS first \gset
SELECT sync.request_sync(phase => 3) AS second \gset
SELECT sync.request_sync(phase => 1, employee => 'SB') AS third \gset
SELECT engine.claim_request('leaving') \g /dev/null
SELECT engine.claim_run('leaving') \g /dev/null
SELECT is(request_says(:first) || ', ' || request_says(:second) || ', ' || request_says(:third), format('running, merged into %s, running', :first), 'one is taken, one is merged into it, one has its run');
SELECT engine.listener_stop('another') \g /dev/null
SELECT is(request_says(:first), 'running', 'another listener that leaves changes nothing of them');
SELECT engine.listener_stop('leaving') \g /dev/null
SELECT is(request_says(:first) || ', ' || request_says(:second), format('waiting, merged into %s', :first), 'what waits for its runs goes back to the queue, with what is merged into it');
SELECT is(count(*), 0::bigint, '… as if nobody had taken them') FROM sync.request WHERE request_id IN (:first, :second) AND (claimed_by IS NOT NULL OR claimed_at IS NOT NULL);
SELECT is(request_says(:third), 'running', '… what has its runs does not');
SELECT is(engine.open_request(:first), 0, 'the one that left opens it no more');
SELECT is(engine.claim_request('another'), :first::bigint, 'another listener takes it at once');
SELECT is(request_says(:second) || ' ' || (claimed_by = 'another'), 'merged into ' || :first || ' true', '… and with it what is merged into it') FROM sync.request WHERE request_id = :second;
SELECT engine.open_request(:first) \g /dev/null
UPDATE sync.run SET status = 'done', finished_at = clock_timestamp() WHERE request_id = :first;
SELECT engine.end_request(:first) \g /dev/null
SELECT is(request_says(:first) || ', ' || request_says(:second), format('done, done into %s', :first), '… both see the same end');
DELETE FROM sync.request;

-- A running request is cancelled between two actions.

CALL linked(1, 'google');
CALL linked(2, 'google');
CALL event_is('e1', 'lunch@ten');
CALL event_is('e2', 'lunch@ten');
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
CALL carry_out(action_of(1));
SELECT is(sync.cancel_request(request_id), 'cancelled', 'a running request can be cancelled') FROM sync.run WHERE run_id = run_id();
CALL carry_out(action_of(2));
SELECT is(happened(link_id(1)) || ', ' || happened(link_id(2)), 'update_termin done, update_termin cancelled (request_cancelled)', '… it stops between two actions');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'cancelled', '… its run is cancelled');
SELECT is((SELECT status FROM sync.request), 'cancelled', '… and stays so');

CALL event_is('e2', 'party@ten');
SELECT sync.request_sync(4, 'SB') \g /dev/null
CALL start_run(4);
SELECT max(request_id) AS second FROM sync.request \gset
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT sync.cancel_request(request_id) FROM sync.run WHERE run_id = run_id() \g /dev/null
CALL carry_out(action_of(2));
SELECT is(happened(link_id(2)), 'update_termin done', 'work that another request was merged into goes on for it');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'done', '… to the end');
SELECT is(request_says(:second) LIKE 'done%', true, '… which it sees');

-- Employees: only a complete, non-empty list says who is active.

SELECT is(engine.store_employees('{SB,ÄÖ}'), 2, 'a list of employees is stored');
SELECT results_eq('SELECT kuerzel::text, active FROM sync.employee ORDER BY kuerzel', $$VALUES ('MK', false), ('SB', true), ('ÄÖ', true)$$, 'new ones are added, missing ones become inactive');
SELECT isnt((SELECT google_calendar_id FROM sync.employee WHERE kuerzel = 'MK'), NULL, '… their calendar stays');
SELECT throws_ok($$SELECT engine.store_employees('{}')$$, '22023', NULL, 'an empty list deactivates nobody');
SELECT throws_ok($$SELECT engine.store_employees(NULL)$$, '22023', NULL, '… nor does none');
SELECT engine.store_employees('{MK,SB}') \g /dev/null
SELECT is((SELECT active FROM sync.employee WHERE kuerzel = 'MK'), true, 'who is named again is active again');
DELETE FROM sync.request;

-- NOTIFY calendar_sync.

SELECT is(engine.accept_notification('queue'), NULL, 'the product''s own payload is no request');
CREATE FUNCTION notified(payload text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id bigint;
    asked sync.request;
BEGIN
    DELETE FROM sync.request;
    id := engine.accept_notification(payload);
    SELECT q.* INTO asked FROM sync.request AS q WHERE q.request_id = id;
    RETURN asked.status || CASE asked.status WHEN 'rejected' THEN ': ' || asked.message
        ELSE format(' phase %s, employee %s, full_content %s, dry_run %s', coalesce(asked.phase::text, '-'), coalesce(asked.employee_kuerzel, '-'), asked.full_content, asked.dry_run) END;
END
$$;
SELECT is(notified(payload), wanted, format('NOTIFY calendar_sync, ''%s''', payload))
FROM (VALUES
    ('', 'waiting phase -, employee -, full_content f, dry_run f'),
    (NULL, 'waiting phase -, employee -, full_content f, dry_run f'),
    ('  ', 'waiting phase -, employee -, full_content f, dry_run f'),
    ('1', 'waiting phase 1, employee -, full_content f, dry_run f'),
    (' 4 ', 'waiting phase 4, employee -, full_content f, dry_run f'),
    ('{}', 'waiting phase -, employee -, full_content f, dry_run f'),
    ('{"phase": 2, "employee": "SB"}', 'waiting phase 2, employee SB, full_content f, dry_run f'),
    ('{"full_content": true, "dry_run": true}', 'waiting phase -, employee -, full_content t, dry_run t'),
    ('{"phase": null, "employee": null, "full_content": null, "dry_run": null}', 'waiting phase -, employee -, full_content f, dry_run f')
) AS s (payload, wanted);
SELECT alike(notified(payload), 'rejected: ' || wanted, format('NOTIFY calendar_sync, ''%s'' is rejected, and the row says why', payload))
FROM (VALUES
    ('0', 'phase: 0 is not a phase; allowed are 1 (new in Advoware), 2 (new in Google), 3 (deleted), 4 (changed)'), ('5', 'phase: 5 is not a phase; allowed are %'),
    ('99999999999999999999', 'payload: "99999999999999999999" is neither empty, nor 1 to 4, nor %'),
    ('all', 'payload: "all" is neither empty, nor 1 to 4, nor a JSON object with phase, employee, full_content, dry_run'),
    ('{"phase": 2', 'payload: "{"phase": 2" is neither empty, nor 1 to 4, nor a JSON object with %'), ('[2]', 'payload: "[2]" is neither %'), ('"2"', 'payload: ""2"" is neither %'),
    ('null', 'payload: "null" is neither %'), ('true', 'payload: "true" is neither %'), (repeat('x', 7000), 'payload: "' || repeat('x', 40) || '" is neither %'),
    ('{"phases": 2}', 'payload: unknown key phases; allowed are phase, employee, full_content, dry_run'), ('{"' || repeat('k', 99) || '": 2}', 'payload: unknown key ' || repeat('k', 40) || '; allowed are %'),
    ('{"phase": "2"}', 'phase: "2"; expected a number 1 to 4, not a string'), ('{"phase": 2.5}', 'phase: 2.5 is not a phase; allowed are %'), ('{"phase": [1]}', 'phase: [1]; expected a number 1 to 4, not an array'),
    ('{"phase": 1e300}', 'phase: 1' || repeat('0', 39) || ' is not a phase; allowed are %'), ('{"phase": true}', 'phase: true; expected a number 1 to 4, not a boolean'), ('{"phase": {}}', 'phase: {}; expected a number 1 to 4, not an object'),
    ('{"employee": "XX"}', 'employee_kuerzel: "XX" is unknown; known are MK, SB%'), ('{"employee": 7}', 'employee: 7 is no Kürzel; expected a string such as "SB"'),
    ('{"employee": ' || repeat('[', 50) || repeat(']', 50) || '}', 'employee: ' || repeat('[', 40) || ' is no Kürzel; expected a string such as "SB"'),
    ('{"employee": ""}', 'employee_kuerzel: "" is unknown%'), ('{"employee": "a Kürzel that is too long"}', 'employee: "a Kürzel that is too long" is unknown; a Kürzel has 10 characters at most'),
    ('{"full_content": "yes"}', 'full_content: "yes"; allowed are true and false'), ('{"dry_run": 1}', 'dry_run: 1; allowed are true and false')
) AS s (payload, wanted);
SELECT ok(length(notified(repeat('x', 7000))) < 200, 'a long payload leaves a short message');
SELECT isnt((SELECT finished_at FROM sync.request), NULL, 'a rejected request has ended');
DELETE FROM sync.request;
SELECT sync.request_sync(phase => 2) AS first \gset
SELECT is(request_says(engine.accept_notification('2')), 'merged into ' || :first, 'a notification that equals a waiting request is merged with it');

-- run_now cannot wait inside a transaction.

SELECT throws_ok('CALL sync.run_now()', '25001', NULL, 'run_now inside a transaction block says that it has to be called outside');

SELECT * FROM finish();
ROLLBACK;
