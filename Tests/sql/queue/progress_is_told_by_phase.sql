-- What somebody who waits is told: how many of how many, how fast, how long yet; phase by phase.
BEGIN;
\ir ../support/office.psql
SELECT no_plan();
CALL office('AA', 'BB', 'CC', 'DD');

CREATE FUNCTION says(request bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(format('%s: %s/%s, %s failed, %s', p.phase, p.ended, p.expected, p.failed, coalesce(p.seconds_left::text, '?')), ' | ' ORDER BY p.phase)
    FROM sync.phase_progress(request) AS p
$$;
-- So many actions of a phase and status, which began 20 s ago; what has ended did so 10 s ago.
CREATE PROCEDURE acts(employee text, phase integer, status text, many integer) LANGUAGE sql AS $$
    INSERT INTO sync.action (run_id, phase, kind, reason, status, employee_kuerzel, planned_at, started_at, finished_at)
    SELECT r.run_id, acts.phase, 'create_event', 'new', acts.status, r.employee_kuerzel, clock_timestamp() - interval '20 s',
        CASE WHEN acts.status <> 'planned' THEN clock_timestamp() - interval '20 s' END,
        CASE WHEN acts.status NOT IN ('planned', 'running') THEN clock_timestamp() - interval '10 s' END
    FROM sync.run AS r CROSS JOIN generate_series(1, many) WHERE r.employee_kuerzel = acts.employee AND r.finished_at IS NULL
$$;

SELECT sync.request_sync() AS asked \gset
SELECT is(says(:asked), '1: 0/0, 0 failed, ? | 2: 0/0, 0 failed, ? | 3: 0/0, 0 failed, ? | 4: 0/0, 0 failed, ?', 'of a request that waits nothing is known yet, and nothing is divided by nothing');
SELECT is(engine.progress_text(:asked), format('request %s: 0 of 0 employees', :asked), '… in a line');
SELECT engine.take_request(:asked, 'listener', true) \g /dev/null
SELECT engine.make_runs(q) FROM sync.request AS q WHERE request_id = :asked \g /dev/null
SELECT is((SELECT DISTINCT (runs, runs_ended, runs_planned)::text FROM sync.phase_progress(:asked)), '(4,0,0)', 'its runs are counted');

CALL acts('AA', 1, 'done', 30);
CALL acts('AA', 1, 'failed', 5);
CALL acts('AA', 1, 'running', 1);
CALL acts('AA', 1, 'planned', 64);
SELECT is(split_part(says(:asked), ' | ', 1), '1: 35/400, 5 failed, 209', 'one of four has planned 100: 400 are expected, at the rate of what has ended');
SELECT is(split_part(says(:asked), ' | ', 2), '2: 0/0, 0 failed, ?', 'of a phase that nobody has come to nothing is expected');
SELECT is(engine.progress_text(:asked), format('request %s: 0 of 4 employees; phase 1: 35 of about 400 (5 failed, held or refused), 1.7/s, 209 s left', :asked), '… in a line');
CALL acts('BB', 1, 'done', 20);
SELECT is(split_part(says(:asked), ' | ', 1), '1: 55/240, 5 failed, 67', 'two have planned 120: 240 are expected');
CALL acts('BB', 3, 'superseded', 2);
CALL acts('BB', 3, 'held', 1);
CALL acts('BB', 3, 'planned', 1);
SELECT is(says(:asked) LIKE '%| 2: 0/0, 0 failed, ? | 3: 3/16, 1 failed, 87 | 4: 0/0, 0 failed, ?', true, 'who is in phase 3 has been through phase 2');
UPDATE sync.run SET status = 'done', finished_at = clock_timestamp() WHERE employee_kuerzel IN ('BB', 'CC', 'DD') AND request_id = :asked;
SELECT is(split_part(says(:asked), ' | ', 1), '1: 55/120, 5 failed, 24', 'who has ended without anything to do does count: then what is expected is known');
UPDATE sync.action SET status = 'done', finished_at = clock_timestamp() - interval '10 s' WHERE status IN ('planned', 'running');
UPDATE sync.run SET status = 'done', finished_at = clock_timestamp() WHERE request_id = :asked;
SELECT is(engine.progress_text(:asked), format('request %s: 4 of 4 employees; phase 1: 120 of 120 (5 failed, held or refused), 12/s; phase 3: 4 of 4 (1 failed, held or refused), 0.4/s', :asked), 'all has ended: nothing is estimated, and no time is left');

-- One phase; merged; dry.

SELECT sync.request_sync(phase => 2, employee => 'AA', dry_run => true) AS dry \gset
SELECT sync.request_sync(phase => 2, employee => 'AA', dry_run => true) AS merged \gset
SELECT engine.open_request_for_one('listener') \g /dev/null
CALL acts('AA', 2, 'planned', 7);
SELECT is(says(:dry), '2: 7/7, 0 failed, 0', 'of one phase only that one is told; what a dry run has planned is done');
SELECT is(says(:merged), says(:dry), 'a request that was merged tells of the one that serves it');
SELECT is_empty('SELECT * FROM sync.phase_progress(-1)', 'of no request nothing is told');

SELECT * FROM finish();
ROLLBACK;
