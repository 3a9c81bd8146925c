-- A listener asks once for the next phase that has something to do, not once for each phase.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(1, 'talk@nine');
CALL sync_once();
CREATE FUNCTION next(first integer, last integer) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(n.phase || '/' || coalesce(n.planned::text, 'again'), 'none') FROM engine.plan_next(run_id(), first, last) AS n
$$;

CALL start_run();
CALL read();
SELECT is(next(1, 4), 'none', 'nothing changed: one call says that no phase has anything to do');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

CALL termin_is(2, 'letter@ten');
CALL termin_gone(1);
CALL event_is('a', 'lunch@noon');
CALL start_run();
CALL read();
SELECT is(next(1, 4), '1/1', 'the first phase that has something to do');
CALL carry_out_phase(1);
SELECT is(next(2, 4), '2/1', '… then the next');
CALL carry_out_phase(2);
SELECT is(next(3, 4), '3/1', '… and so on');
SELECT is(next(4, 4), 'none', 'a phase asked for alone is planned alone');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

INSERT INTO termin (frnr, content, changed_at, starts_at, ends_at)
SELECT n, 'many@' || n, later(), tomorrow(), tomorrow() + interval '1 hour' FROM generate_series(1001, 1201) AS n;
CALL start_run();
CALL read();
SELECT is(next(1, 4), '1/again', 'a first sync makes its links in a statement of its own');
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE sync_status = 'pending' AND NOT deleted AND advoware_frnr > 1000), 201::bigint, '… all of them');
SELECT is((SELECT count(*) FROM sync.action WHERE run_id = run_id() AND status = 'planned'), 0::bigint, '… and plans none yet');
SELECT is(next(1, 4), '1/201', '… and is planned when asked again');
SELECT throws_ok($$SELECT engine.plan_next(test.run_id(), 4, 5)$$, '22023', NULL, 'an unknown phase is refused');

SELECT * FROM finish();
ROLLBACK;
