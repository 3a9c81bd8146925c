-- What people ask for is checked at the INSERT, what a NOTIFY says when it is heard; the answer names field, value and what is allowed.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();

-- Checked at once, with the field, the value and what is allowed.

SELECT throws_ok($$INSERT INTO sync.request (employee_kuerzel) VALUES ('SB')$$, '22023',
    'employee_kuerzel: "SB" is unknown; known: none yet (a listener reads them from Advoware when it starts)', 'before any listener started no employee is known');
CALL office('SB', 'MK');
SELECT throws_ok($$INSERT INTO sync.request (phase) VALUES (5)$$, '22023',
    'phase: 5 is not a phase; allowed: 1 (new in Advoware), 2 (new in Google), 3 (deleted), 4 (changed), or NULL for all', 'an unknown phase is refused at the INSERT');
SELECT throws_ok($$INSERT INTO sync.request (phase) VALUES (0)$$, '22023', NULL, '… also 0');
SELECT throws_like(format('INSERT INTO sync.request (employee_kuerzel) VALUES (%L)', repeat('X', 5000)), 'employee_kuerzel: "' || repeat('X', 40) || '" is unknown%', 'however long the value, 40 characters of it are enough');
SELECT throws_ok($$INSERT INTO sync.request (employee_kuerzel) VALUES ('XX')$$, '22023', 'employee_kuerzel: "XX" is unknown; known: MK, SB', 'an unknown employee is refused at the INSERT');
SELECT throws_ok($$SELECT sync.request_sync(phase => 7)$$, '22023', NULL, 'request_sync refuses the same');
SELECT throws_ok($$SELECT sync.request_sync(employee => 'xx')$$, '22023', NULL, '… and a Kürzel is taken as it is written');
SELECT throws_like($$SELECT sync.request_sync(employee => 'a Kürzel that is too long')$$, '%employee%', 'one that is too long for a Kürzel is refused by name');

INSERT INTO sync.request DEFAULT VALUES RETURNING request_id AS first \gset
SELECT is((phase, employee_kuerzel, full_content, recheck, dry_run, status, requested_by = session_user)::text, '(,,t,f,f,waiting,t)', 'a request without values asks for everything')
FROM sync.request WHERE request_id = :first;
SELECT throws_ok($$INSERT INTO sync.request (phase) VALUES ('two')$$, '22P02', NULL, 'what is no number is not a phase');
DELETE FROM sync.request;

-- NOTIFY calendar_sync.

SELECT is(engine.accept_notification('queue'), NULL, 'the product''s own payload is not a request');
CREATE FUNCTION notified(payload text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id bigint;
    asked sync.request;
BEGIN
    DELETE FROM sync.request;
    id := engine.accept_notification(payload);
    SELECT q.* INTO asked FROM sync.request AS q WHERE q.request_id = id;
    RETURN asked.status || CASE asked.status WHEN 'rejected' THEN ': ' || asked.message
        ELSE format(' phase %s, employee %s, full_content %s, recheck %s, dry_run %s', coalesce(asked.phase::text, '-'), coalesce(asked.employee_kuerzel, '-'), asked.full_content, asked.recheck, asked.dry_run) END;
END
$$;
SELECT is(notified(payload), wanted, format('NOTIFY calendar_sync, ''%s''', payload))
FROM (VALUES
    ('', 'waiting phase -, employee -, full_content t, recheck f, dry_run f'),
    (NULL, 'waiting phase -, employee -, full_content t, recheck f, dry_run f'),
    ('  ', 'waiting phase -, employee -, full_content t, recheck f, dry_run f'),
    ('1', 'waiting phase 1, employee -, full_content t, recheck f, dry_run f'),
    (' 4 ', 'waiting phase 4, employee -, full_content t, recheck f, dry_run f'),
    ('{}', 'waiting phase -, employee -, full_content t, recheck f, dry_run f'),
    ('{"phase": 2, "employee": "SB"}', 'waiting phase 2, employee SB, full_content t, recheck f, dry_run f'),
    ('{"recheck": true, "dry_run": true}', 'waiting phase -, employee -, full_content t, recheck t, dry_run t'),
    ('{"full_content": false}', 'waiting phase -, employee -, full_content f, recheck f, dry_run f'),
    ('{"kuerzel": "SB"}', 'waiting phase -, employee SB, full_content t, recheck f, dry_run f'),
    ('{"kuerzel": "SB", "employee": "SB"}', 'waiting phase -, employee SB, full_content t, recheck f, dry_run f'),
    ('{"kuerzel": "SB", "employee": null}', 'waiting phase -, employee SB, full_content t, recheck f, dry_run f'),
    ('{"kuerzel": "ALL", "phase": 1}', 'waiting phase 1, employee -, full_content t, recheck f, dry_run f'),
    ('{"employee": "all"}', 'waiting phase -, employee -, full_content t, recheck f, dry_run f'),
    ('{"employee": "All"}', 'waiting phase -, employee -, full_content t, recheck f, dry_run f'),
    ('{"phase": null, "employee": null, "kuerzel": null, "full_content": null, "recheck": null, "dry_run": null}', 'waiting phase -, employee -, full_content t, recheck f, dry_run f')
) AS s (payload, wanted);
SELECT alike(notified(payload), 'rejected: ' || wanted, format('NOTIFY calendar_sync, ''%s'' is rejected, and the row says why', payload))
FROM (VALUES
    ('0', 'phase: 0 is not a phase; allowed: 1 (new in Advoware), 2 (new in Google), 3 (deleted), 4 (changed)'), ('5', 'phase: 5 is not a phase; allowed: %'),
    ('99999999999999999999', 'payload: "99999999999999999999" is neither empty, nor 1 to 4, nor %'),
    ('all', 'payload: "all" is neither empty, nor 1 to 4, nor a JSON object with phase, employee (or kuerzel), full_content, recheck, dry_run'),
    ('{"phase": 2', 'payload: "{"phase": 2" is neither empty, nor 1 to 4, nor a JSON object with %'), ('[2]', 'payload: "[2]" is neither %'), ('"2"', 'payload: ""2"" is neither %'),
    ('null', 'payload: "null" is neither %'), ('true', 'payload: "true" is neither %'), (repeat('x', 7000), 'payload: "' || repeat('x', 40) || '" is neither %'),
    ('{"phases": 2}', 'payload: unknown key phases; allowed: phase, employee (or kuerzel), full_content, recheck, dry_run'), ('{"' || repeat('k', 99) || '": 2}', 'payload: unknown key ' || repeat('k', 40) || '; allowed: %'),
    ('{"phase": "2"}', 'phase: "2"; expected a number 1 to 4, not a string'), ('{"phase": 2.5}', 'phase: 2.5 is not a phase; allowed: %'), ('{"phase": [1]}', 'phase: [1]; expected a number 1 to 4, not an array'),
    ('{"phase": 1e300}', 'phase: 1' || repeat('0', 39) || ' is not a phase; allowed: %'), ('{"phase": true}', 'phase: true; expected a number 1 to 4, not a boolean'), ('{"phase": {}}', 'phase: {}; expected a number 1 to 4, not an object'),
    ('{"employee": "XX"}', 'employee_kuerzel: "XX" is unknown; known: MK, SB%'), ('{"employee": 7}', 'employee: 7 is not a Kürzel; expected a string such as "SB"'),
    ('{"employee": ' || repeat('[', 50) || repeat(']', 50) || '}', 'employee: ' || repeat('[', 40) || ' is not a Kürzel; expected a string such as "SB"'),
    ('{"employee": ""}', 'employee_kuerzel: "" is unknown%'), ('{"employee": "a Kürzel that is too long"}', 'employee: "a Kürzel that is too long" is unknown; a Kürzel has 10 characters at most'),
    ('{"full_content": "yes"}', 'full_content: "yes"; allowed: true and false'), ('{"recheck": 0}', 'recheck: 0; allowed: true and false'),
    ('{"kuerzel": "SB", "employee": "MK"}', 'kuerzel: "SB", and employee: "MK"; expected one of them'), ('{"kuerzel": true}', 'kuerzel: true is not a Kürzel; expected a string such as "SB"'), ('{"dry_run": 1}', 'dry_run: 1; allowed: true and false')
) AS s (payload, wanted);
SELECT ok(length(notified(repeat('x', 7000))) < 200, 'a long payload leaves a short message');
SELECT isnt((SELECT finished_at FROM sync.request), NULL, 'a rejected request has ended');
DELETE FROM sync.request;

-- run_now cannot wait inside a transaction.

SELECT throws_ok('CALL sync.run_now()', '25001', NULL, 'run_now inside a transaction block says that it has to be called outside');

SELECT * FROM finish();
ROLLBACK;
