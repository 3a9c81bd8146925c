-- rules 2: a Termin for everybody is copied to each employee in whose list it stands; no employee's event changes or deletes it, or is deleted for it.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
CREATE PROCEDURE for_everybody(frnr bigint, content text DEFAULT 'talk@nine') LANGUAGE sql AS $$ CALL termin_is(frnr, content, at(0), '{"ownership": "everybody"}') $$;
CREATE FUNCTION link_of(employee text, frnr integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT link_says(l.sync_id) || CASE WHEN l.tagged THEN ', tagged' ELSE '' END FROM sync.calendar_sync AS l
    WHERE l.employee_kuerzel = employee AND l.advoware_frnr = link_of.frnr
$$;

-- It is copied to each of them, and tagged.

CALL for_everybody(1);
CALL sync_once();
SELECT is(happened(), 'create_event done', 'it stands in an employee''s list: it is copied');
SELECT is(link_of('SB', 1), 'synced, tagged', '… and tagged');
CALL start_run(employee => 'MK');
CALL read(google => false);
SELECT engine.plan_phase(run_id(), 1) \g /dev/null
SELECT is(happened(), 'create_event planned', '… and to the next employee in whose list it stands');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

-- A linked event is not somebody else's.

CALL linked(10, 'google', 'last_change_wins');
CALL linked(11, 'advoware');
CALL for_everybody(10);
CALL for_everybody(11);
CALL sync_once();
SELECT is(outcome(10), 'nothing | synced | talk@nine | talk@nine', 'it becomes everybody''s: its linked event stays');
SELECT is(outcome(11), 'nothing | synced | talk@nine | talk@nine', '… wherever it began');

-- It is not written because of one employee's event.

CALL linked(20, 'google', 'last_change_wins');
CALL linked(21, 'google', 'source_system_wins');
CALL linked(22, 'google', 'last_change_wins', may_write => false);
CALL linked(23, 'advoware', 'source_system_wins');
CALL linked(24, 'google', 'last_change_wins');
DO $$ BEGIN FOR frnr IN 20..23 LOOP CALL for_everybody(frnr); END LOOP; END $$;
CALL for_everybody(24, 'new@nine');
DO $$ BEGIN FOR frnr IN 20..23 LOOP CALL event_is(event_id(frnr), 'edited@ten'); END LOOP; END $$;
CALL sync_once(4);
SELECT is(outcome(20), 'update_termin refused (termin_is_for_everybody) | failed: termin_is_for_everybody | talk@nine | edited@ten', 'edited in Google, last_change_wins, W: refused');
SELECT is(outcome(21), 'update_termin refused (termin_is_for_everybody) | failed: termin_is_for_everybody | talk@nine | edited@ten', 'edited in Google, where it began: refused');
SELECT is(outcome(22), 'update_event done | synced | talk@nine | talk@nine', 'without W the copy is written back as ever');
SELECT is(outcome(23), 'update_event done | synced | talk@nine | talk@nine', '… and where Advoware wins');
SELECT is(outcome(24), 'update_event done | synced | new@nine | new@nine', 'changed in Advoware it is copied onward as ever');
CALL sync_once(4);
SELECT is(happened(), 'nothing', 'it is refused once');
CALL termin_is(20, 'talk@nine', at(0));
CALL sync_once(4);
SELECT is(outcome(20), 'update_termin done | synced | edited@ten | edited@ten', 'it is this employee''s again: what was refused is carried');

-- Nor deleted.

CALL linked(30, 'google', 'source_system_wins');
CALL linked(31, 'google', 'last_change_wins');
CALL linked(32, 'advoware', 'source_system_wins');
DO $$ BEGIN FOR frnr IN 30..32 LOOP CALL for_everybody(frnr); CALL event_gone(event_id(frnr)); END LOOP; END $$;
CALL sync_once(3);
SELECT is(outcome(30), 'delete_termin refused (termin_is_for_everybody) | failed: termin_is_for_everybody | talk@nine | gone', 'deleted in Google, where it began: the Termin stays');
SELECT is(outcome(31), 'delete_termin refused (termin_is_for_everybody) | failed: termin_is_for_everybody | talk@nine | gone', '… under last_change_wins, too');
SELECT is(split_part(outcome(32), ' | ', 1) || ' | ' || termin_says(32), 'recreate_event done | talk@nine', 'where Advoware wins its event is created again');

-- Between plan and action.

CALL linked(40, 'google', 'last_change_wins');
CALL event_is('e40', 'edited@ten');
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT is((SELECT begun(action_of(40)) ->> 'expected_ownership'), 'exclusive', 'what the Termin is to be when it is written is told');
CALL for_everybody(40);
SELECT engine.supersede_action(action_of(40), fence(), 'advoware', clock_timestamp(), (SELECT entry_of(t) FROM termin AS t WHERE t.frnr = 40)) \g /dev/null
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT is(link_says(40), 'failed: termin_is_for_everybody', '… and found to be everybody''s it is refused in the same run');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

-- Gone in Advoware it is gone for each.

CALL termin_gone(11);
CALL sync_once(3);
SELECT is(outcome(11), 'delete_event done | deleted | gone | gone', 'deleted in Advoware: its copy goes');

SELECT * FROM finish();
ROLLBACK;
