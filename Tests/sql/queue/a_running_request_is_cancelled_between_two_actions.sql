-- A running request is cancelled between two actions; work that another one was merged into goes on.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();

CREATE FUNCTION request_says(id bigint) RETURNS text LANGUAGE sql AS $$
    SELECT status || CASE WHEN merged_into IS NULL THEN '' ELSE ' into ' || merged_into END FROM sync.request WHERE request_id = id
$$;
CALL office();

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

SELECT * FROM finish();
ROLLBACK;
