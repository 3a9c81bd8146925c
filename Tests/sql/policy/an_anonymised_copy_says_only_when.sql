-- rules 7: anonymised copies say nothing but when; what comes back from one is time and recurrence only; turning it on or off rewrites the copies.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.office SET highest_frnr = 1000;
CREATE FUNCTION copy_of(frnr integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s, %s', e.content, CASE WHEN (e.tags ->> 'tag_anonymized')::boolean THEN 'tagged anonymised' ELSE 'not' END) FROM test.event AS e WHERE e.id = event_id(frnr)
$$;
CREATE FUNCTION modes() RETURNS text LANGUAGE sql STABLE AS $$ SELECT coalesce(string_agg(kind || ' ' || mode, ', ' ORDER BY action_id), 'nothing') FROM sync.action WHERE run_id = run_id() $$;

-- Turned on: copies are rewritten; what began in Google and never had text from Advoware keeps its own.

CALL linked(1, 'advoware');
CALL linked(2, 'google');
CALL linked(3, 'google', 'last_change_wins');
CALL linked(4, 'google', 'last_change_wins');
UPDATE sync.calendar_sync SET text_from_advoware = true WHERE sync_id = link_id(4);
UPDATE sync.employee SET anonymize = true WHERE kuerzel = 'SB';
CALL sync_once();
SELECT is(copy_of(1), 'blocked@nine, tagged anonymised', 'turned on: the copy of a Termin says nothing but when, and is tagged so');
SELECT is(link_says(1), 'synced', '… and is settled');
SELECT is((SELECT anonymized FROM sync.calendar_sync WHERE sync_id = link_id(1)), true, '… the link remembers it');
SELECT is(event_says(2) || ', ' || event_says(3), 'talk@nine, talk@nine', 'events of Google''s own that never received text from Advoware keep theirs');
SELECT is(event_says(4), 'blocked@nine', 'those that did do not');
CALL sync_once();
SELECT is(happened(), 'nothing', 'once is enough');

-- What goes there.

CALL termin_is(5, 'secret@ten');
CALL sync_once(1);
SELECT is((SELECT e.content || ' ' || (e.tags ->> 'tag_anonymized') FROM event AS e JOIN sync.calendar_sync AS l ON l.google_event_id = e.id WHERE l.advoware_frnr = 5), 'blocked@ten true', 'a new copy is anonymised from the start');
SELECT is(modes(), 'create_event anonymous', '… the mode says so');
CALL termin_is(1, 'other@nine');
CALL sync_once();
SELECT is(outcome(1), 'nothing | synced | other@nine | blocked@nine', 'a change of text alone writes nothing');
CALL termin_is(1, 'other@ten');
CALL sync_once();
SELECT is(copy_of(1), 'blocked@ten, tagged anonymised', 'a change of time is written, anonymised');
CALL termin_is(3, 'edited@ten');
CALL sync_once();
SELECT is(copy_of(3), 'talk@ten, not', 'an event of Google''s own that never received text receives time and recurrence only');
SELECT is(modes(), 'update_event time_only', '… the mode says so');
SELECT is(link_says(3), 'synced', '… and the pair is settled');
CALL sync_once();
SELECT is(happened(), 'nothing', 'and then there is peace');

-- What comes back.

CALL event_is(event_id(4), 'blocked@six');
CALL sync_once();
SELECT is(outcome(4), 'update_termin done | synced | talk@six | blocked@six', 'what comes back from an anonymised copy is its time: the Termin keeps its text');
SELECT is(modes(), 'update_termin time_only', '… the mode says so');
CALL event_is(event_id(4), 'scribble@six');
CALL sync_once();
SELECT is(termin_says(4), 'talk@six', 'text written into an anonymised copy does not come back');
SELECT is(outcome(4), 'update_event done | synced | talk@six | blocked@six', '… the copy says again nothing but when');
CALL sync_once();
SELECT is(happened(), 'nothing', 'and then there is peace');
CALL start_run(4, recheck => true);
CALL read();
SELECT is(engine.plan_phase(run_id(), 4), 0, '… also when every pair is compared');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL event_is(event_id(1), 'scribble@seven');
CALL sync_once();
SELECT is(outcome(1), 'update_event done | synced | other@ten | blocked@ten', 'where Advoware wins an edit of the copy is undone, anonymised');
CALL termin_gone(4);
CALL sync_once(3);
SELECT is(link_says(4), 'deleted', 'an anonymised copy cannot create its original again: it is deleted with it');

-- Nothing of it is ever posted.

CALL linked(6, 'google');
UPDATE sync.calendar_sync SET anonymized = true, advoware_frnr = NULL, advoware_fingerprint = NULL, sync_status = 'pending' WHERE sync_id = link_id(6);
DELETE FROM termin WHERE frnr = 6;
UPDATE event SET tags = '{}' WHERE id = 'e6';
CALL sync_once(2);
SELECT is(happened(link_id(6)), 'create_termin refused (anonymised_copy_has_no_text)', 'an anonymised copy without Termin is not posted: its text is gone');
UPDATE sync.calendar_sync SET deleted = true WHERE sync_id = link_id(6);
DELETE FROM event WHERE id = 'e6';

-- Turned off.

UPDATE sync.employee SET anonymize = false WHERE kuerzel = 'SB';
CALL sync_once();
SELECT is(copy_of(1), 'other@ten, not', 'turned off: the copy says again what the Termin says');
SELECT is((SELECT anonymized FROM sync.calendar_sync WHERE sync_id = link_id(1)), false, '… the link remembers it');
CALL sync_once();
SELECT is(happened(), 'nothing', 'and then there is peace');

-- The office's setting is enough.

UPDATE sync.setting SET anonymize_google_events = true;
CALL sync_once();
SELECT is(copy_of(1), 'blocked@ten, tagged anonymised', 'the office''s setting anonymises everybody''s copies');

-- A link that is proven gone and created again stays anonymous.

CALL event_gone(event_id(1));
CALL sync_once(3);
SELECT is(copy_of(1), 'blocked@ten, tagged anonymised', 'created again it is anonymised too');

SELECT * FROM finish();
ROLLBACK;
