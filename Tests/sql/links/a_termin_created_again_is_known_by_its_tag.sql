-- rules 5 and 6: a Termin that was created again is known by its event's tag, even to a hub that lost its memory or was restored.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.setting SET default_strategy = 'source_system_wins', advoware_writes = 'own';
CALL termin_is(900, 'the control@nine');

-- Created again: the tag, which names the old number, is to be written anew.

CALL linked(1, source => 'google');
CALL sync_once();
CALL termin_gone(1);
CALL sync_once();
SELECT isnt((SELECT advoware_frnr FROM sync.calendar_sync WHERE sync_id = link_id(1)), 1, 'the Termin is created again');
SELECT is((SELECT count(*) FROM termin WHERE content = 'talk@nine'), 1::bigint, '… once');
SELECT ok(tagged, '… and the event is tagged again, in the same run') FROM sync.calendar_sync WHERE sync_id = link_id(1);
SELECT is((SELECT count(*) FROM sync.action WHERE sync_id = link_id(1) AND kind = 'tag_event' AND status = 'done'), 1::bigint, '… by a write of its own');

-- Restored from before that: the tag names the later Termin.

CALL linked(2, source => 'google', content => 'walk@ten');
CALL sync_once();
DELETE FROM termin WHERE frnr = 2;
CALL termin_is(950, 'walk@ten');
UPDATE event SET tags = tags || '{"tag_frnr": 950}' WHERE id = 'e2';
CALL sync_once();
SELECT is((SELECT advoware_frnr FROM sync.calendar_sync WHERE sync_id = link_id(2)), 950, 'a restored hub finds the later Termin by the tag of the link''s own event');
SELECT is((SELECT count(*) FROM termin WHERE content = 'walk@ten'), 1::bigint, '… and makes no second one');
SELECT is((SELECT count(*) FROM event WHERE content = 'walk@ten' AND NOT cancelled), 1::bigint, '… nor a second event');

-- An earlier number in a tag means nothing, nor does one whose Termin is not there.

CALL linked(960, source => 'google', content => 'run@ten');
UPDATE event SET tags = tags || '{"tag_frnr": 900}' WHERE id = 'e960';
CALL sync_once();
SELECT is((SELECT advoware_frnr FROM sync.calendar_sync WHERE sync_id = link_id(960)), 960, 'an earlier number in the tag changes nothing');
UPDATE event SET tags = tags || '{"tag_frnr": 970}' WHERE id = 'e960';
CALL termin_is(970, 'somebody else''s@ten');
CALL sync_once();
SELECT is((SELECT advoware_frnr FROM sync.calendar_sync WHERE sync_id = link_id(960)), 960, '… nor does a later one while the link''s own Termin is there');

-- Wrong input is named.

SELECT throws_like($$SELECT sync.request_sync(phase => 70000)$$, 'phase: 70000 is not a phase%', 'a phase beyond the column''s range is refused by name');
SELECT * FROM finish();
ROLLBACK;
