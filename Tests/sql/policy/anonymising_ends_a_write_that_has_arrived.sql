-- rules 3 and 7: an edit of the copy has reached Advoware, and anonymisation was turned on meanwhile: the copy is rewritten, and nothing else.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL linked(1, 'advoware', 'last_change_wins');
UPDATE sync.calendar_sync SET advoware_write_allowed = true, text_from_advoware = true;
CALL sync_once();
CALL event_is(engine.own_event_id(link_id(1), 0), 'edited by the user@nine');
UPDATE sync.employee SET anonymize = true WHERE kuerzel = 'SB';
CALL sync_once();
CALL sync_once();
SELECT is((SELECT t.content FROM test.termin AS t WHERE t.frnr = 1), 'edited by the user@nine', 'the edit has arrived in Advoware, …');
SELECT is((SELECT e.content FROM test.event AS e WHERE e.id = engine.own_event_id(link_id(1), 0)), anonymous('edited by the user@nine'), '… and the copy loses its text');
CALL sync_once();
SELECT is(happened(), 'nothing', '… and then there is nothing to do');
SELECT * FROM finish();
ROLLBACK;
