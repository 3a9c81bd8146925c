-- Who asks for one employee while a request for all is at work is served next, and nobody starves.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();

-- Begins the next run and says whose: "for SB", or "all" for the next of a request for all.
CREATE FUNCTION begins(listener text DEFAULT 'listener') RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN q.employee_kuerzel IS NULL THEN 'all' ELSE 'for ' || q.employee_kuerzel END
    FROM engine.claim_run(listener) AS c JOIN sync.request AS q ON q.request_id = c.request_id
$$;
-- Begins and ends so many runs, one after the other.
CREATE FUNCTION works(runs integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text[] := '{}';
    claimed record;
BEGIN
    FOR n IN 1..runs LOOP
        SELECT * INTO claimed FROM engine.claim_run('listener');
        EXIT WHEN claimed.run_id IS NULL;
        said := said || (SELECT CASE WHEN q.employee_kuerzel IS NULL THEN 'all' ELSE 'for ' || q.employee_kuerzel END
            FROM sync.request AS q WHERE q.request_id = claimed.request_id);
        PERFORM engine.finish_run(claimed.run_id, claimed.fence, NULL);
    END LOOP;
    RETURN array_to_string(said, ', ');
END
$$;
CREATE PROCEDURE ask_for_all(phase integer DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM engine.take_request(sync.request_sync(ask_for_all.phase), 'listener', true);
    PERFORM engine.make_runs(q) FROM sync.request AS q WHERE q.request_id = (SELECT max(request_id) FROM sync.request);
END
$$;
CREATE PROCEDURE forget() LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sync.run SET status = 'done', finished_at = clock_timestamp();
    DELETE FROM sync.run;
    DELETE FROM sync.request;
    -- It does not go back with the transaction.
    PERFORM setval('engine.run_turn', 1, false);
END
$$;
CALL office('AA', 'BB', 'CC', 'DD', 'EE');
CALL forget();

-- Next, and not after everybody else.

CALL ask_for_all();
SELECT is(works(2), 'all, all', 'a request for all is at work');
SELECT sync.request_sync(employee => 'EE') AS for_one \gset
SELECT is(works(2), 'for EE, all', 'who asks for one employee meanwhile is served next, then it goes on');
SELECT is((SELECT status FROM sync.request WHERE request_id = :for_one), 'done', '… and has an answer before the request for all');
SELECT is(works(9), 'all, all', '… of which nothing is left out: that employee''s share of it comes, too');
CALL forget();

-- Two kinds take turns: nobody starves.

CALL ask_for_all(1);
SELECT sync.request_sync(phase => p, employee => e) FROM unnest('{AA,BB,CC}'::text[]) AS e, generate_series(2, 4) AS p \g /dev/null
SELECT is(works(4), 'for AA, all, for AA, all', 'however many ask for one employee each, every other run is one for all');
SELECT is(works(99), 'for AA, all, for BB, all, for BB, all, for BB, for CC, for CC, for CC', '… until either kind is done; within one, in the order of asking');
CALL forget();
CALL ask_for_all(1);
SELECT sync.request_sync(employee => 'AA') \g /dev/null
SELECT is(begins() || ', ' || begins('another'), 'for AA, all', 'claims of several listeners take turns as well');
SELECT sync.request_sync(employee => 'CC') \g /dev/null
SELECT is(begins('third') || ', ' || begins('fourth'), 'for CC, all', '… all of them together');
CALL forget();

-- Asked first is not overtaken by what was asked later.

CALL ask_for_all(1);
SELECT sync.request_sync(employee => 'AA') \g /dev/null
SELECT is(begins(), 'for AA', 'the last run begun was for one employee …');
UPDATE sync.run SET status = 'cancelled', finished_at = clock_timestamp() WHERE status = 'waiting';
SELECT sync.request_sync(employee => 'BB') \g /dev/null
CALL ask_for_all(2);
SELECT sync.request_sync(employee => 'EE') \g /dev/null
SELECT is(begins(), 'for BB', '… whoever asked for one before a request for all is served before it all the same …');
SELECT is(begins(), 'all', '… whoever asked later after one of its runs');
SELECT is(begins(), 'for EE', '… which is next');
CALL forget();

-- An employee who is being worked on.

CALL ask_for_all(1);
SELECT is(begins(), 'all', 'a run for all is begun …');
SELECT is((SELECT employee_kuerzel FROM sync.run WHERE status = 'running'), 'AA', '… that of AA');
SELECT sync.request_sync(employee => 'AA') \g /dev/null
SELECT sync.request_sync(employee => 'CC') \g /dev/null
SELECT is(begins('another'), 'for CC', 'a request for AA has to wait: the next one for one employee is served …');
SELECT is(begins('third'), 'all', '… and the request for all');
SELECT is((SELECT string_agg(employee_kuerzel, ' ' ORDER BY employee_kuerzel) FROM sync.run WHERE status = 'running'), 'AA BB CC', '… nobody is worked on twice');
SELECT engine.finish_run(run_id, fence, NULL) FROM sync.run WHERE employee_kuerzel = 'AA' AND status = 'running' \g /dev/null
SELECT is(begins(), 'for AA', 'when AA is free, the one that waited for AA is next');
CALL forget();

-- One that waits is not begun before its time by the turn, and does not hold up the others.

SELECT sync.request_sync(employee => 'AA') \g /dev/null
SELECT is(begins(), 'for AA', 'only for one employee anybody asks …');
SELECT sync.request_sync(employee => 'BB') \g /dev/null
SELECT sync.request_sync(phase => 1, employee => 'AA') \g /dev/null
SELECT is(begins(), 'for BB', '… the next one, when there is nothing for all');
SELECT is(begins(), NULL, '… and none for who is busy');
CALL forget();

-- A lost listener's run is taken over in its turn.

CALL ask_for_all(1);
SELECT sync.request_sync(employee => 'EE') \g /dev/null
SELECT is(begins('lost'), 'for EE', 'a listener begins a run for one employee …');
UPDATE sync.run SET lease_until = clock_timestamp() - interval '1 second' WHERE status = 'running';
SELECT is(begins(), 'all', '… and is lost: every other run is one for all …');
SELECT is(begins(), 'for EE', '… the other one is taken over at once');
SELECT is((SELECT takeovers FROM sync.run WHERE for_one), 1, '… once');
CALL forget();

-- Paused and inactive ones do not use up a turn.

CALL ask_for_all(1);
SELECT sync.request_sync(employee => 'BB') \g /dev/null
SELECT sync.request_sync(employee => 'CC') \g /dev/null
SELECT engine.open_request_for_one('listener') FROM generate_series(1, 2) \g /dev/null
UPDATE sync.employee SET paused = true WHERE kuerzel = 'BB';
SELECT is(works(2), 'for CC, all', 'a run that ends because its employee is paused is no turn');
UPDATE sync.employee SET paused = false;
CALL forget();

-- A claim looks at what it takes, not at all that wait.

-- Rows and index entries.
CREATE FUNCTION rows_visited() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT sum(pg_stat_get_xact_tuples_fetched(c.oid) + pg_stat_get_xact_tuples_returned(c.oid))::bigint FROM pg_class AS c
    WHERE c.oid IN ('sync.run'::regclass, 'sync.employee'::regclass)
        OR c.oid IN (SELECT i.indexrelid FROM pg_index AS i WHERE i.indrelid IN ('sync.run'::regclass, 'sync.employee'::regclass))
$$;
CREATE FUNCTION cost_of_claims() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint := rows_visited();
BEGIN
    FOR n IN 1..4 LOOP
        PERFORM engine.begin_next_run('listener');
    END LOOP;
    RETURN rows_visited() - before;
END
$$;
CREATE PROCEDURE fill(employees integer) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sync.employee (kuerzel) SELECT format('E%s', n) FROM generate_series(1, employees) AS n ON CONFLICT DO NOTHING;
    FOR p IN 1..4 LOOP
        CALL ask_for_all(p);
    END LOOP;
    INSERT INTO sync.request (phase, employee_kuerzel) SELECT p, format('E%s', n) FROM generate_series(1, employees) AS n, generate_series(1, 2) AS p;
    FOR n IN 1..2 * employees LOOP
        PERFORM engine.open_request_for_one('listener');
    END LOOP;
END
$$;
-- Without the rows that a DELETE would leave until the transaction ends.
TRUNCATE sync.request CASCADE;
CALL fill(20);
SELECT is((SELECT count(*) > 100 FROM sync.run WHERE status = 'waiting'), true, 'many runs wait');
SELECT cost_of_claims() AS few \gset
TRUNCATE sync.request CASCADE;
CALL fill(200);
SELECT is((SELECT count(*) > 1000 FROM sync.run WHERE status = 'waiting'), true, 'ten times as many do');
SELECT cmp_ok(cost_of_claims(), '<=', (1.2 * :few)::bigint, 'beginning one of them visits no more rows');

SELECT * FROM finish();
ROLLBACK;
