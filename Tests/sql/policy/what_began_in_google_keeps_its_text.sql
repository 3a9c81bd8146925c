-- rules 7: what began in Google is not a copy. While anonymised its own text goes to Advoware as ever; Advoware's text does not go there.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
UPDATE sync.office SET highest_frnr = 1000;
CREATE FUNCTION modes() RETURNS text LANGUAGE sql STABLE AS $$ SELECT coalesce(string_agg(kind || ' ' || mode, ', ' ORDER BY action_id), 'nothing') FROM sync.action WHERE run_id = run_id() $$;
CALL linked(1, 'google');
CALL linked(2, 'google', 'last_change_wins');
CALL linked(3, 'google', may_write => false);
CALL linked(4, 'advoware', 'last_change_wins');
UPDATE sync.setting SET anonymize_google_events = true;
CALL sync_once();

-- Its text is edited where it began.

CALL event_is('e1', 'party@nine');
CALL event_is('e2', 'party@nine');
CALL event_is('e3', 'party@nine');
CALL sync_once();
SELECT is(outcome(1), 'update_termin done | synced | party@nine | party@nine', 'a text edited in Google, where it began, reaches Advoware also while anonymised');
SELECT is(outcome(2), 'update_termin done | synced | party@nine | party@nine', '… where the later change wins too');
SELECT is(modes(), 'update_termin full, update_termin full', '… the whole of it');
SELECT is(outcome(3), 'update_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | talk@nine | party@nine', '… and is refused where Advoware may not be written');

-- Its text is edited in Advoware.

CALL termin_is(1, 'secret@nine');
CALL termin_is(2, 'secret@nine');
CALL sync_once();
SELECT is(outcome(1), 'update_termin done | synced | party@nine | party@nine', 'where Google wins an edit of the Termin is undone as ever');
SELECT is(outcome(2), 'nothing | synced | secret@nine | party@nine', 'where the later change wins the new text is kept from Google');
CALL sync_once();
SELECT is(happened(), 'nothing', '… and then there is peace');
CALL start_run(4, recheck => true);
CALL read();
SELECT is(engine.plan_phase(run_id(), 4), 0, '… also when every pair is compared: what was kept from the copy is not a difference');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL termin_is(2, 'secret@ten');
CALL sync_once();
SELECT is(outcome(2), 'update_event done | synced | secret@ten | party@ten', 'a new time goes there, without the text');
CALL sync_once();
SELECT is(happened(), 'nothing', '… and then there is peace');

-- Turned off.

UPDATE sync.setting SET anonymize_google_events = false;
CALL sync_once();
SELECT is(outcome(2), 'update_event done | synced | secret@ten | secret@ten', 'turned off: the text that was kept back is written now');
SELECT is((SELECT reason FROM sync.action WHERE run_id = run_id() AND sync_id = link_id(2)), 'anonymisation was turned off', '… and the plan says why');
SELECT is(event_says(4), 'talk@nine', '… the copies say again what their Termine say');
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE text_withheld), 0::bigint, '… nothing is kept back any more');
CALL sync_once();
SELECT is(happened(), 'nothing', '… and then there is peace');

-- Both the office and the employee ask for it: either is enough.

UPDATE sync.setting SET anonymize_google_events = true;
UPDATE sync.employee SET anonymize = true WHERE kuerzel = 'SB';
CALL sync_once();
SELECT is(event_says(4), 'blocked@nine', 'both ask for it');
UPDATE sync.setting SET anonymize_google_events = false;
CALL sync_once();
SELECT is(happened(), 'nothing', 'the office no longer does: the employee''s row is enough');
SELECT is((SELECT anonymize_from FROM sync.effective_policy WHERE employee_kuerzel = 'SB'), 'employee', '… and is named');

-- Turned off while a copy has been moved: its time is carried first, then it gets its text back.

CALL event_is(event_id(4), 'blocked@six');
UPDATE sync.employee SET anonymize = false;
CALL sync_once();
CALL sync_once();
SELECT is(link_says(4) || ' | ' || termin_says(4) || ' | ' || event_says(4), 'synced | talk@six | talk@six', 'turned off while a copy was moved: neither its time nor the Termin''s text is lost');

-- Turned on between plan and action.

CALL termin_is(4, 'secret@six');
CALL termin_is(5, 'secret@seven');
CALL start_run();
CALL read();
SELECT engine.plan_phase(run_id(), 1), engine.plan_phase(run_id(), 4) \g /dev/null
SELECT is(modes(), 'create_event full, update_event full', 'planned with its text …');
UPDATE sync.setting SET anonymize_google_events = true;
CALL carry_out(action('create_event'));
CALL carry_out(action('update_event'));
SELECT is(modes(), 'create_event anonymous, update_event anonymous', '… and sent without it when anonymisation is on by then');
SELECT is((SELECT count(*) FROM event WHERE content LIKE 'secret%' AND id <> 'e2'), 0::bigint, '… no text has leaked');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

-- CALENDAR_SYNC_ANONYMIZE_GOOGLE_EVENTS.

UPDATE sync.setting SET anonymize_google_events = false;
SELECT engine.listener_start('listener', '1234', 'office', 'example.test', engine.schema_version(), false) \g /dev/null
SELECT is((SELECT anonymize_google_events FROM sync.setting), false, 'a listener that does not ask for it changes nothing');
SELECT engine.listener_start('listener', '1234', 'office', 'example.test', engine.schema_version(), true) \g /dev/null
SELECT is((SELECT anonymize_google_events FROM sync.setting), true, 'one that does turns it on');
SELECT engine.listener_start('listener', '1234', 'office', 'example.test', engine.schema_version(), false) \g /dev/null
SELECT is((SELECT anonymize_google_events FROM sync.setting), true, '… and nothing in its environment turns it off again');

SELECT * FROM finish();
ROLLBACK;
