-- rules 2: strategy and write policy changed with work waiting, for the office, one employee, one link; and apply_policy.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
UPDATE sync.office SET highest_frnr = 1000;
CREATE FUNCTION new_link(frnr integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s, %s, %s', source_system, sync_strategy, advoware_write_allowed) FROM sync.calendar_sync WHERE advoware_frnr = frnr AND NOT deleted
$$;

-- The strategy: new links get the one that applies, links that are there keep theirs.

CALL linked(1, 'advoware');
UPDATE sync.setting SET default_strategy = 'last_change_wins';
CALL termin_is(10, 'new@ten');
CALL event_is(event_id(1), 'edited@nine');
CALL sync_once();
SELECT is(new_link(10), 'advoware, last_change_wins, f', 'a new link gets the strategy that the office has now');
SELECT is(outcome(1), 'update_event done | synced | talk@nine | talk@nine', '… one that is there keeps its own');
UPDATE sync.employee SET sync_strategy = 'source_system_wins' WHERE kuerzel = 'SB';
CALL termin_is(11, 'newer@ten');
CALL sync_once();
SELECT is(new_link(11), 'advoware, source_system_wins, f', 'the employee''s strategy goes before the office''s');

-- By hand, on one link: it applies from the next action on.

UPDATE sync.calendar_sync SET sync_strategy = 'last_change_wins' WHERE sync_id = link_id(1);
CALL event_is(event_id(1), 'edited@nine');
CALL sync_once();
SELECT is(outcome(1), 'update_termin done | synced | edited@nine | edited@nine', 'a link''s strategy changed by hand applies from the next run on');
CALL termin_is(1, 'brief@nine', at(900));
CALL event_is(event_id(1), 'lunch@nine', at(901));
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT is((SELECT kind FROM sync.action WHERE action_id = action_of(1)), 'update_termin', 'planned while the later change wins …');
UPDATE sync.calendar_sync SET sync_strategy = 'source_system_wins' WHERE sync_id = link_id(1);
CALL carry_out(action_of(1));
SELECT is(happened(link_id(1)), 'update_termin superseded (plan_no_longer_holds)', '… and not done when the strategy is another one by then');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once(4);
SELECT is(outcome(1), 'update_event done | synced | brief@nine | brief@nine', '… it is planned anew by the strategy of now');

-- last_sync is the time of the side that counts by the strategy.

CALL linked(2, 'advoware');
CALL termin_is(2, 'talk@nine', at(1000));
CALL event_is(event_id(2), 'talk@nine', at(1100));
CALL sync_once();
SELECT is((SELECT last_sync FROM sync.calendar_sync WHERE sync_id = link_id(2)), at(1000), 'where the source wins last_sync is the source''s time');
UPDATE sync.calendar_sync SET sync_strategy = 'last_change_wins' WHERE sync_id = link_id(2);
CALL sync_once();
SELECT is((SELECT last_sync FROM sync.calendar_sync WHERE sync_id = link_id(2)), at(1100), '… the newer time once the later change wins');
SELECT is(happened(), 'nothing', '… and nothing is written because of that');

-- advoware_writes: down to none with work waiting, and up again.

CALL linked(3, 'google');
CALL linked(4, 'google');
CALL linked(5, 'google');
CALL event_is('e3', 'lunch@ten');
CALL termin_gone(4);
CALL event_gone('e5');
CALL event_is('g6', 'party@six', later(), '{"tag_sync_id": null}');
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
UPDATE sync.setting SET advoware_writes = 'none';
CALL carry_out(action_of(3));
SELECT is(happened(link_id(3)), 'update_termin superseded (plan_no_longer_holds)', 'none: what was planned is not begun any more');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once();
SELECT is(link_says(3) || ' | ' || link_says(4) || ' | ' || link_says(5),
    'failed: advoware_write_forbidden | failed: advoware_write_forbidden | failed: advoware_write_forbidden', 'none: changed, deleted there and deleted here, each is refused');
SELECT is((termin_says(3), termin_says(4), termin_says(5))::text, '(talk@nine,gone,talk@nine)', '… and nothing reached Advoware');
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE google_event_id = 'g6'), 0::bigint, '… what is new in Google has no link and waits');
SELECT matches((SELECT needs FROM bi.health WHERE employee_kuerzel = 'SB'), '^3 refused \(advoware_write_forbidden\): allow it', 'bi.health says what to do');
CALL sync_once();
SELECT is(happened(), 'nothing', 'a refusal is said once');
UPDATE sync.setting SET advoware_writes = 'own';
CALL sync_once();
SELECT is((termin_says(3), termin_says(4), termin_says(5))::text, '(lunch@ten,talk@nine,gone)', 'allowed again: all of it is done');
SELECT is((SELECT count(*) FROM termin WHERE content = 'party@six'), 1::bigint, '… what was new in Google too, once');
CALL sync_once();
SELECT is(happened(), 'nothing', '… and the next run has nothing more to do');
CALL sync_once();
SELECT is(happened(), 'nothing', '… and then there is peace');
SELECT is((SELECT needs FROM bi.health WHERE employee_kuerzel = 'SB'), 'nothing', '… and bi.health needs nothing');

-- A half link that loses W, and gets it back.

CALL event_is('g7', 'dinner@six');
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
UPDATE sync.employee SET advoware_writes = 'none' WHERE kuerzel = 'SB';
CALL carry_out(action('create_termin'));
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once();
SELECT is((SELECT (sync_status, last_error, advoware_frnr)::text FROM sync.calendar_sync WHERE google_event_id = 'g7'), '(failed,advoware_write_forbidden,)', 'a half link that has lost W is refused');
UPDATE sync.employee SET advoware_writes = NULL WHERE kuerzel = 'SB';
CALL sync_once();
SELECT is((SELECT count(*) FROM termin WHERE content = 'dinner@six'), 1::bigint, '… and completed once it has it back');

-- own → all → own: links keep their flags until apply_policy.

UPDATE sync.setting SET advoware_writes = 'all';
CALL termin_is(12, 'all@ten');
CALL sync_once();
SELECT is(new_link(12), 'advoware, source_system_wins, t', 'all: a new link from Advoware may write there');
SELECT is(new_link(11), 'advoware, source_system_wins, f', '… one that is there may not');
UPDATE sync.setting SET advoware_writes = 'own';
SELECT is(new_link(12), 'advoware, source_system_wins, t', 'own again: the flag stays as it was given');
SELECT is(sync.apply_policy('SB') > 0, true, 'apply_policy: …');
SELECT is(new_link(12), 'advoware, source_system_wins, f', '… it becomes what a new link would get');

-- A refused link is looked at again when apply_policy changes it.

CALL linked(8, 'google', may_write => false);
CALL event_is('e8', 'lunch@ten');
CALL sync_once();
SELECT is(link_says(8), 'failed: advoware_write_forbidden', 'refused by its flag …');
SELECT sync.apply_policy('SB') \g /dev/null
CALL sync_once();
SELECT is(outcome(8), 'update_termin done | synced | lunch@ten | lunch@ten', '… done after apply_policy gave it the flag');
UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE sync_id = link_id(8);
CALL event_is('e8', 'party@ten');
UPDATE sync.setting SET default_strategy = 'last_change_wins';
UPDATE sync.employee SET sync_strategy = NULL;
CALL sync_once();
SELECT is(link_says(8), 'failed: advoware_write_forbidden', 'a changed office strategy alone changes no link');
SELECT sync.apply_policy('SB') \g /dev/null
CALL sync_once();
SELECT is(outcome(8), 'update_termin done | synced | party@ten | party@ten', '… apply_policy does, strategy and flag');

SELECT * FROM finish();
ROLLBACK;
