-- Merging happens when a request is taken, and only then; what asks faster than the work is done waits, and becomes one.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();

CREATE FUNCTION request_says(id bigint) RETURNS text LANGUAGE sql AS $$
    SELECT status || CASE WHEN merged_into IS NULL THEN '' ELSE ' into ' || merged_into END FROM sync.request WHERE request_id = id
$$;
-- The request for which a listener has to read the employees first.
CREATE FUNCTION to_read_for(listener text) RETURNS bigint LANGUAGE sql AS $$
    SELECT c.request_id FROM engine.claim_run(listener) AS c WHERE c.run_id IS NULL
$$;
-- How many requests wait, are merged, run.
CREATE FUNCTION queue_says() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(n || ' ' || status, ', ' ORDER BY status) FROM (SELECT status, count(*) AS n FROM sync.request GROUP BY status) AS c
$$;
CREATE PROCEDURE forget() LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sync.run SET status = 'done', finished_at = clock_timestamp();
    DELETE FROM sync.run;
    DELETE FROM sync.request;
END
$$;
CALL office('SB', 'MK');

-- Waiting

SELECT sync.request_sync() AS first \gset
SELECT sync.request_sync() AS second \gset
SELECT is(request_says(:first) || ', ' || request_says(:second), 'waiting, waiting', 'equal requests wait beside each other until one is taken');
SELECT sync.request_sync(phase => 1) AS phase_1 \gset
SELECT sync.request_sync(recheck => true) AS recheck \gset
SELECT sync.request_sync(full_content => false) AS full_content \gset
SELECT sync.request_sync(dry_run => true) AS dry \gset
SELECT sync.request_sync(employee => 'SB') AS for_one \gset

-- Taken

SELECT is(to_read_for('listener'), :first::bigint, 'a listener takes the oldest');
SELECT is(request_says(:first) || ', ' || request_says(:second), 'running, merged into ' || :first, '… and with it what asks for the same');
SELECT is((SELECT claimed_by || ' ' || (claimed_at IS NOT NULL) FROM sync.request WHERE request_id = :second), 'listener true', '… which counts as taken, too');
SELECT is(request_says(q) || ' ' || why, 'waiting ' || why, '… but not another ' || why)
FROM (VALUES (:phase_1, 'phase'), (:full_content, 'full_content'), (:recheck, 'recheck'), (:dry, 'dry_run'), (:for_one, 'employee')) AS s (q, why);
SELECT sync.request_sync() AS late \gset
SELECT is(request_says(:late), 'waiting', 'one that comes while the employees are read waits for work of its own: what is read may be older than it');
SELECT is(engine.open_request(:first, 'listener'), 2, 'the one that was taken gets its runs …');
SELECT is((SELECT count(*) FROM sync.run WHERE request_id <> :first), 0::bigint, '… and what is merged into it none');
CALL forget();

-- For one employee, too

SELECT sync.request_sync(employee => 'SB') AS first \gset
SELECT sync.request_sync(employee => 'SB') AS second \gset
SELECT sync.request_sync(employee => 'MK') AS other \gset
SELECT run_id, fence, request_id FROM engine.claim_run('listener') \gset
SELECT is(request_says(:first) || ', ' || request_says(:second) || ', ' || request_says(:other), format('running, merged into %s, waiting', :first),
    'of requests for one employee the equal ones become one as well');
SELECT is(engine.finish_run(:run_id, :fence, NULL), 'done', 'its run ends …');
SELECT is(request_says(:first) || ', ' || request_says(:second), format('done, done into %s', :first), '… and both see the same end');
CALL forget();

-- While runs of an equal one wait

SELECT sync.request_sync() AS first \gset
SELECT engine.open_request(to_read_for('listener'), 'listener') \g /dev/null
SELECT sync.request_sync() FROM generate_series(1, 500) \g /dev/null
SELECT is((SELECT request_id FROM engine.claim_run('listener')), :first::bigint, 'one of two runs is begun …');
SELECT is(engine.claim_reading('another'), NULL, '… no equal request is taken while the other one waits');
SELECT is(queue_says(), '1 running, 500 waiting', '… however many there are');
SELECT sync.request_sync(phase => 3) AS unequal \gset
SELECT is(engine.claim_reading('another'), :unequal::bigint, 'one that asks for something else is');
SELECT engine.open_request(:unequal, 'another') \g /dev/null
SELECT is((SELECT request_id FROM engine.claim_run('third')), :first::bigint, 'when the last of the runs is begun …');
SELECT is(engine.claim_reading('another') > :first, true, '… the next one is taken …');
SELECT is(queue_says(), '499 merged, 3 running', '… and all others become one with it');
CALL forget();
SELECT sync.request_sync(employee => 'SB') AS first \gset
SELECT engine.claim_run('listener') \g /dev/null
SELECT sync.request_sync(employee => 'SB') AS second \gset
SELECT engine.claim_run('listener') \g /dev/null
SELECT sync.request_sync(employee => 'SB') FROM generate_series(1, 500) \g /dev/null
SELECT is_empty($$SELECT * FROM engine.claim_run('listener')$$, 'an employee is being worked on: nothing to do');
SELECT is(queue_says(), '2 running, 500 waiting', '… one more run waits for that employee, and no more');
CALL forget();
SELECT sync.request_sync(phase => 2) \g /dev/null
SELECT engine.open_request(to_read_for('listener'), 'listener') \g /dev/null
SELECT sync.request_sync(phase => 2) AS next \gset
UPDATE sync.run SET created_at = created_at - interval '4 minutes';
SELECT is(engine.claim_reading('listener'), NULL, 'whoever keeps a run waiting keeps the next request waiting …');
UPDATE sync.run SET created_at = created_at - interval '2 minutes';
SELECT is(engine.claim_reading('listener'), :next::bigint, '… and the other employees with it for 5 minutes at most');
CALL forget();

-- Cancelling one does not cancel the other

SELECT sync.request_sync(phase => 3) AS first \gset
SELECT sync.request_sync(phase => 3) AS second \gset
SELECT sync.request_sync(phase => 3) AS third \gset
SELECT is(sync.cancel_request(:second), 'cancelled', 'a request that waits can be cancelled');
SELECT is(request_says(:first) || ', ' || request_says(:third), 'waiting, waiting', '… equal ones go on waiting');
SELECT is(sync.cancel_request(:second), 'cancelled', 'cancelling again changes nothing');
SELECT throws_ok('SELECT sync.cancel_request(987654)', '22023', 'request_id: 987654 is not a request', 'cancelling an unknown request says so');
SELECT to_read_for('listener') \g /dev/null
SELECT is(sync.cancel_request(:first), 'cancelled', 'cancelled while the employees are read …');
SELECT is(engine.open_request(:first, 'listener'), 0, '… it makes no runs');
SELECT is(request_says(:third), 'waiting', '… and the one merged into it waits again');
SELECT is((SELECT (claimed_by, claimed_at) IS NULL FROM sync.request WHERE request_id = :third), true, '… as if nobody had taken it');
SELECT is(to_read_for('listener'), :third::bigint, '… and is taken as a request of its own');
CALL forget();
SELECT sync.request_sync(phase => 3) AS first \gset
SELECT sync.request_sync(phase => 3) AS second \gset
SELECT sync.request_sync(phase => 3) AS third \gset
SELECT engine.open_request(to_read_for('listener'), 'listener') \g /dev/null
SELECT sync.cancel_request(:third) \g /dev/null
SELECT is((SELECT count(*) FROM sync.run WHERE status = 'waiting'), 2::bigint, 'who was merged and cancels takes no runs along');
SELECT is(sync.cancel_request(:first), 'cancelled', 'cancelled when its runs are made …');
SELECT is((SELECT count(*) FROM sync.run WHERE status = 'waiting'), 2::bigint, '… they go on for the one merged into it');
SELECT is(sync.cancel_request(:second), 'cancelled', 'when that is cancelled, too …');
SELECT is((SELECT count(*) FROM sync.run WHERE status = 'cancelled'), 2::bigint, '… nobody waits for them any more');
CALL forget();

SELECT * FROM finish();
ROLLBACK;
