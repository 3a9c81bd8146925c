-- A request's life: taken, opened into runs (with the employees read first, or at once for one who is known), given back, ended.
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
CREATE PROCEDURE forget() LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sync.run SET status = 'done', finished_at = clock_timestamp();
    DELETE FROM sync.run;
    DELETE FROM sync.request;
END
$$;
CALL office('SB', 'MK');

-- For all: the employees are read first.

SELECT sync.request_sync() AS first \gset
SELECT sync.request_sync() AS second \gset
SELECT is((run_id IS NULL AND fence IS NULL AND employee_kuerzel IS NULL, request_id)::text, format('(t,%s)', :first), 'for all, the employees are to be read')
FROM engine.claim_run('listener');
SELECT is_empty($$SELECT * FROM engine.claim_run('another')$$, '… by one listener');
SELECT is(engine.open_request(:first, 'another'), 0, '… nobody else opens it');
SELECT sync.request_sync(phase => 1) AS third \gset
SELECT is(to_read_for('listener'), NULL, 'a listener reads the employees for one request at a time: its other workers work');
SELECT sync.request_sync(employee => 'MK') AS for_one \gset
SELECT is((SELECT request_id FROM engine.claim_run('listener')), :for_one::bigint, '… on what needs no list');
SELECT is(to_read_for('another'), :third::bigint, '… another listener may read meanwhile');
SELECT is(engine.open_request(:first, 'listener', '{SB,MK,NEU}'), 3, 'what was read is stored, and one run made per active employee');
SELECT is(engine.open_request(:first, 'listener', '{SB,MK}'), 0, '… once');
SELECT is(engine.open_request(:third, 'another', '{SB,MK}'), 2, '… in one step: who has left gets none');
UPDATE sync.run SET status = 'done', finished_at = clock_timestamp() WHERE request_id <> :first OR employee_kuerzel = 'NEU';
SELECT run_id, fence FROM engine.claim_run('listener') \gset
SELECT is(engine.finish_run(:run_id, :fence, NULL), 'done', 'the first run ends');
SELECT is(request_says(:first), 'running', 'the request goes on while a run does');
SELECT run_id, fence FROM engine.claim_run('listener') \gset
SELECT is(engine.finish_run(:run_id, :fence, 'google_http_500'), 'failed', 'the last run ends');
SELECT is(request_says(:first), 'failed', 'a request with a failed run is failed');
SELECT is((SELECT status FROM sync.request WHERE request_id = :second), 'failed', '… and so is the one merged into it');
SELECT is(sync.cancel_request(:first), 'failed', 'what has ended is not cancelled');
CALL forget();

-- The list cannot be read, or is empty.

SELECT sync.request_sync() AS asked \gset
SELECT is(engine.open_request(to_read_for('listener'), 'listener', employees_error => 'advoware_timeout'), 2, 'without a list the known employees go on');
SELECT is((SELECT status || coalesce(message, '') FROM sync.request WHERE request_id = :asked), 'running', '… and the request says nothing of it');
CALL forget();
SELECT sync.request_sync() AS asked \gset
SELECT is(engine.open_request(to_read_for('listener'), 'listener', '{}'), 2, 'a list without anybody is none');
SELECT is((SELECT count(*) FROM sync.employee WHERE active), 2::bigint, '… and nobody leaves because of it');
CALL forget();
UPDATE sync.employee SET active = false;
SELECT sync.request_sync() AS asked \gset
SELECT is(engine.open_request(to_read_for('listener'), 'listener', employees_error => 'advoware_timeout'), 0, 'nobody is known …');
SELECT is((SELECT status || ': ' || message FROM sync.request WHERE request_id = :asked), 'failed: advoware_timeout', '… and no list: the request fails with its code');
SELECT sync.request_sync() AS asked \gset
SELECT engine.open_request(to_read_for('listener'), 'listener', '{}') \g /dev/null
SELECT is((SELECT status || ': ' || message FROM sync.request WHERE request_id = :asked), 'failed: advoware_names_nobody', '… or an empty one');
SELECT sync.request_sync() AS asked \gset
SELECT is(engine.open_request(to_read_for('listener'), 'listener', '{"a Kürzel that is too long"}'), 0, 'no active employee: nothing to do');
SELECT is((SELECT status || ': ' || message FROM sync.request WHERE request_id = :asked), 'done: no active employee: nothing to do', '… and the request says so');
UPDATE sync.employee SET active = kuerzel <> 'NEU';
CALL forget();

-- For one employee nothing is read first: whoever claims a run opens the request.

SELECT sync.request_sync(employee => 'SB') AS first \gset
SELECT sync.request_sync(phase => 3, employee => 'SB') AS second \gset
SELECT sync.request_sync(phase => 3, employee => 'MK') AS third \gset
SELECT run_id, fence, request_id FROM engine.claim_run('listener') \gset
SELECT is(format('%s, %s', :request_id::bigint, request_says(:second)), format('%s, waiting', :first), 'the oldest is opened by whoever claims a run, and claimed with it');
SELECT is((SELECT request_id FROM engine.claim_run('another')), :third::bigint, 'one for an employee who is busy does not keep the next one waiting');
SELECT is(request_says(:second), 'running', '… its run waits its turn');
SELECT is_empty($$SELECT * FROM engine.claim_run('another')$$, '… and is not begun');
SELECT engine.finish_run(:run_id, :fence, NULL) \g /dev/null
SELECT is((SELECT request_id FROM engine.claim_run('another')), :second::bigint, '… until the one before it ends');
CALL forget();

-- Runs are worked on in the order of asking, whoever opens the request.

SELECT sync.request_sync(phase => 2, employee => 'SB') AS first \gset
SELECT sync.request_sync(phase => 2) AS second \gset
SELECT engine.open_request(to_read_for('listener'), 'listener') \g /dev/null
SELECT is((SELECT format('%s %s', employee_kuerzel, request_id = :first) FROM engine.claim_run('listener')), 'SB t', 'who asked for one employee first comes first');
CALL forget();

-- A listener that leaves gives back what it has taken and made no runs for.

SELECT sync.request_sync(phase => 3) AS first \gset
SELECT sync.request_sync(phase => 3) AS second \gset
SELECT sync.request_sync(phase => 1, employee => 'SB') AS third \gset
SELECT is(to_read_for('leaving'), :first::bigint, 'one is taken, one is merged into it …');
SELECT is((SELECT request_id FROM engine.claim_run('leaving')), :third::bigint, '… one has its run');
SELECT engine.listener_stop('another') \g /dev/null
SELECT is(request_says(:first), 'running', 'another listener that leaves changes nothing of them');
SELECT engine.listener_stop('leaving') \g /dev/null
SELECT is(request_says(:first) || ', ' || request_says(:second), format('waiting, merged into %s', :first), 'what waits for its runs goes back to the queue, with what is merged into it');
SELECT is((SELECT (claimed_by, claimed_at) IS NULL FROM sync.request WHERE request_id = :first), true, '… as if nobody had taken it');
SELECT is(request_says(:third), 'running', '… what has its runs does not');
SELECT is(engine.open_request(:first, 'leaving'), 0, 'the one that left opens it no more');
SELECT sync.request_sync(phase => 3) AS fourth \gset
SELECT is(to_read_for('another'), :first::bigint, 'another listener takes it at once');
SELECT is(request_says(:second) || ', ' || request_says(:fourth), format('merged into %s, merged into %s', :first, :first), '… and with it all that ask for the same by now');
SELECT engine.open_request(:first, 'another') \g /dev/null
UPDATE sync.run SET status = 'done', finished_at = clock_timestamp() WHERE request_id = :first;
SELECT engine.end_request(:first) \g /dev/null
SELECT is(request_says(:first) || ', ' || request_says(:second) || ', ' || request_says(:fourth), format('done, done into %s, done into %s', :first, :first), '… all see the same end');
CALL forget();
SELECT sync.request_sync(phase => 3) AS first \gset
SELECT sync.request_sync(phase => 3) AS second \gset
SELECT to_read_for('leaving') \g /dev/null
SELECT engine.listener_stop('leaving') \g /dev/null
SELECT sync.cancel_request(:first) \g /dev/null
SELECT is(request_says(:second), 'waiting', 'cancelled after that, it leaves what was merged into it in the queue');

SELECT * FROM finish();
ROLLBACK;
