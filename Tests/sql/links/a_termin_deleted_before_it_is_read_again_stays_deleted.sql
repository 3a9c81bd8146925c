-- rules 2 and 3: what an acknowledged write took from Google is no change any more, also before Advoware was read again.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL linked(1, 'google', 'last_change_wins');
CALL linked(2, 'google', 'last_change_wins');
CALL linked(3, 'google', 'last_change_wins');
CALL sync_once();
CALL event_is('e1', 'talk 1@ten');
CALL event_is('e2', 'talk 2@ten');
CALL start_run();
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
DO $$
DECLARE
    act bigint;
BEGIN
    FOR act IN SELECT t.action_id FROM sync.action AS t WHERE t.run_id = test.run_id() AND t.status = 'planned' LOOP
        CALL carry_out(act);
    END LOOP;
END
$$;
SELECT engine.finish_run(run_id(), fence(), 'advoware_unreachable') \g /dev/null

CALL termin_gone(1);
CALL termin_gone(2);
CALL event_is('e2', 'talk 2@nine');
CALL sync_once();
SELECT is(outcome(1), 'delete_event done | deleted | gone | gone', 'a Termin that is deleted after it was written is not created again …');
SELECT matches(outcome(2), '^recreate_termin done', '… unless Google has changed once more');
SELECT * FROM finish();
ROLLBACK;
