-- What is out of bounds is refused with the field, the value and what is allowed, in whatever way it is written.
BEGIN;
\ir ../support/office.psql
SELECT no_plan();
CALL office();

SELECT throws_ok(format('UPDATE sync.setting SET %s = %s', s.field, s.value), s.code, s.says, s.field || ' = ' || s.value || ' is refused with what is allowed')
FROM (VALUES
    ('brake_share', '200', '23514', 'brake_share: 200.00; allowed: 0 to 100 percent'), ('brake_count', '-1', '23514', 'brake_count: -1; allowed: 0 and more'),
    ('lease', '''1 second''', '23514', 'lease: 00:00:01; allowed: 5 seconds to 10 minutes'), ('lease', 'NULL', '23514', 'lease: NULL; allowed: 5 seconds to 10 minutes'),
    ('advoware_writes', '''some''', '23514', 'advoware_writes: some; allowed: none, own, all'),
    ('window_past_days', '-3', '23514', 'window_past_days: -3; allowed: 0 to 3650 days'), ('expand_days', '0', '23514', 'expand_days: 0; allowed: 1 to 3660 days'),
    ('in_doubt_wait', '''2 days''', '23514', 'in_doubt_wait: 2 days; allowed: 0 seconds to 1 day'),
    ('google_concurrency', '65', '23514', 'google_concurrency: 65; allowed: 1 to 64'),
    ('keep_runs', '''1 hour''', '22023', 'keep_runs: 01:00:00; allowed: 1 day to 1000 years')) AS s (field, value, code, says);
SELECT throws_ok($$UPDATE sync.employee SET advoware_writes = 'some'$$, '23514', 'advoware_writes: some; allowed: none, own, all, or NULL for sync.setting''s', 'an employee''s too');
SELECT throws_ok($$INSERT INTO sync.job (schedule, active) VALUES ('@daily', NULL)$$, '22023', 'active: NULL; allowed: true and false', 'a job is active or it is not');
SELECT throws_like($$UPDATE sync.setting SET paused = NULL$$, 'paused: NULL; allowed: true and false', 'the office is paused or it is not');
SET LOCAL session_replication_role = replica;
SELECT throws_ok($$INSERT INTO sync.request (phase) VALUES (9)$$, '23514', NULL, 'no way to ask for a phase that does not exist: no listener could open it');
SELECT lives_ok($$INSERT INTO sync.request (phase, status) VALUES (4, 'done')$$, 'what is copied by replication or restored is taken as it is');
SELECT is((SELECT status FROM sync.request WHERE phase = 4), 'done', '… old requests do not wait again');

SELECT * FROM finish();
ROLLBACK;
