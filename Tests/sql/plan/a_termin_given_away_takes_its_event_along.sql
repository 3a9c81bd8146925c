-- rules 2: a Termin that exists but belongs to others takes its event along: deleted, soft delete, nothing is created. No list shows such a Termin any more.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(900, 'the control@nine');
CREATE PROCEDURE given_away(frnr bigint) LANGUAGE sql AS $$
    UPDATE test.termin AS t SET listed = false, more = '{"ownership": "foreign"}' WHERE t.frnr = given_away.frnr
$$;

-- Whatever the plan thought of an absent Termin, the event goes in the same run.

CALL linked(1, 'google', 'source_system_wins', true);
CALL linked(2, 'google', 'last_change_wins', true);
CALL linked(3, 'google', 'source_system_wins', false);
CALL linked(4, 'advoware', 'source_system_wins', true);
CALL linked(5, 'google', 'last_change_wins', true);
CALL linked(6, 'google', 'last_change_wins', false);
CALL event_is('e2', 'edited@nine');
CALL event_is('e6', 'edited@nine');
UPDATE sync.setting SET brake_count = 20;
DO $$ BEGIN FOR frnr IN 1..6 LOOP CALL given_away(frnr); END LOOP; END $$;
CALL sync_once();
SELECT is(outcome(1), 'recreate_termin superseded (plan_no_longer_holds), delete_event done | deleted | talk@nine | gone',
    'it began in Google: thought to be gone, found with a colleague, and its event is deleted in the same run');
SELECT is(outcome(2), 'recreate_termin superseded (plan_no_longer_holds), delete_event done | deleted | talk@nine | gone', '… an edit of the event changes nothing');
SELECT is(outcome(3), 'recreate_termin superseded (plan_no_longer_holds), delete_event done | deleted | talk@nine | gone', '… nor that Advoware may not be written');
SELECT is(outcome(6), 'recreate_termin superseded (plan_no_longer_holds), delete_event done | deleted | talk@nine | gone', '… nor both');
SELECT is(outcome(4), 'delete_event done | deleted | talk@nine | gone', 'it began in Advoware: its event is deleted');
SELECT is(outcome(5), 'delete_event done | deleted | talk@nine | gone', '… under last_change_wins, too');
SELECT is((SELECT count(*) FROM termin), 7::bigint, 'nothing is created in Advoware');
CALL sync_once();
SELECT is(happened(), 'nothing', 'the next run does nothing');

-- The event could not be deleted at once: the Termin stays known as a colleague's, though no list shows it.

CALL linked(10, 'google');
CALL given_away(10);
CALL start_run(3);
CALL read();
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT begun(action_of(10)) \g /dev/null
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT begun(action_of(10)) \g /dev/null
SELECT engine.fail_action(action_of(10), fence(), 'google_503') \g /dev/null
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
UPDATE sync.calendar_sync SET next_attempt_at = NULL;
CALL start_run(3);
CALL read();
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is((SELECT kind FROM sync.action WHERE action_id = action_of(10)), 'delete_event', 'the deletion failed: it is wanted again, and no re-creation');
CALL carry_out(action_of(10));
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is(outcome(10), 'delete_event done | deleted | talk@nine | gone', '… without asking anew');

-- It comes back, or ends with the colleague.

UPDATE termin SET listed = true, more = '{}' WHERE frnr = 4;
CALL sync_once();
SELECT is((SELECT string_agg(l.sync_status || ' ' || l.source_system, ',') FROM sync.calendar_sync AS l WHERE NOT l.deleted AND l.advoware_frnr = 4), 'synced advoware', 'given back: it is copied again');
CALL linked(11, 'google');
UPDATE event SET more = '{"invitation": true}' WHERE id = 'e11';
CALL given_away(11);
CALL sync_once();
SELECT is(outcome(11), 'delete_event refused (invitation_is_read_only) | failed: invitation_is_read_only | talk@nine | talk@nine', 'an invitation is not deleted for it');
CALL termin_gone(11);
CALL sync_once();
SELECT is(link_says(11), 'failed: invitation_is_read_only', '… nor when the colleague deletes the Termin');
CALL event_gone('e11');
CALL sync_once();
SELECT is(link_says(11), 'deleted', '… and when the event goes, too, the link ends');

-- A refusal that rests on an absence is said when the absence is proven.

CALL linked(20, 'google', 'source_system_wins', false);
UPDATE termin SET listed = false WHERE frnr = 20;
CALL sync_once();
SELECT is(outcome(20), 'recreate_termin superseded (plan_no_longer_holds) | synced | talk@nine | talk@nine', 'a list lacks a Termin that may not be written: it is asked for before anything is refused');
CALL termin_gone(20);
CALL sync_once();
SELECT is(outcome(20), 'recreate_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | gone | talk@nine', '… and refused when it is gone');
SELECT is((SELECT reason FROM sync.action WHERE action_id = action_of(20)), 'missing in Advoware: asked for before it is refused (advoware_write_forbidden)', '… the plan had said why it asked');
CALL sync_once();
SELECT is(happened(link_id(20)), 'nothing', '… once');

SELECT * FROM finish();
ROLLBACK;
