-- rules 7: text typed into an anonymised copy is taken back by the next run, whoever wins; its time is carried.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.setting SET anonymize_google_events = true;
CREATE PROCEDURE copy(frnr bigint, strategy text DEFAULT 'last_change_wins', may_write boolean DEFAULT true, source text DEFAULT 'advoware') LANGUAGE plpgsql AS $$
BEGIN
    CALL linked(frnr, source, strategy, may_write);
    UPDATE sync.calendar_sync AS l SET text_from_advoware = true WHERE l.sync_id = link_id(frnr);
END
$$;
CALL copy(1);
CALL copy(2);
CALL copy(3, may_write => false);
CALL copy(4, 'source_system_wins', source => 'google');
CALL copy(5, 'source_system_wins');
CALL copy(6);
CALL copy(7);
CALL sync_once();
SELECT is(event_says(1), 'blocked@nine', 'a copy is anonymised');
CALL event_is(event_id(1), 'scribble@nine');
CALL event_is(event_id(2), 'scribble@ten');
DO $$ BEGIN FOR frnr IN 3..5 LOOP CALL event_is(event_id(frnr), 'scribble@nine'); END LOOP; END $$;
CALL event_is(event_id(6), 'scribble@nine');
CALL termin_is(6, 'new@nine');
CALL sync_once();
SELECT is(outcome(1), 'update_event done | synced | talk@nine | blocked@nine', 'renamed, the later change wins: the copy says again nothing but when');
SELECT is((SELECT reason || CASE WHEN reverted THEN ', counted as reverted' ELSE '' END FROM sync.action WHERE action_id = action_of(1)),
    'text was typed into an anonymised copy: it is taken back, counted as reverted', '… the plan says why');
SELECT is(outcome(3), 'update_event done | synced | talk@nine | blocked@nine', '… without W');
SELECT is(outcome(4), 'update_event done | synced | talk@nine | blocked@nine', '… where Google wins and had text from Advoware');
SELECT is(outcome(5), 'update_event done | synced | talk@nine | blocked@nine', '… where Advoware wins');
SELECT is(outcome(6), 'update_event done | synced | new@nine | blocked@nine', '… and with a new text in Advoware, which stays');
CALL sync_once();
SELECT is(termin_says(2) || ' | ' || event_says(2) || ' | ' || link_says(2), 'talk@ten | blocked@ten | synced', 'renamed and moved: its time is carried, its text is taken back by the next run');
CALL sync_once();
SELECT is(happened(), 'nothing', 'and then there is peace');

-- One that was left as it was by an older release.

UPDATE event SET content = 'scribble@nine', etag = etag + 1 WHERE id = event_id(1);
SELECT engine.store_entries('SB', 'google', clock_timestamp(), (SELECT jsonb_build_array(entry_of(e)) FROM event AS e WHERE e.id = event_id(1))) \g /dev/null
UPDATE sync.calendar_sync SET google_fingerprint = fingerprint('scribble@nine') WHERE sync_id = link_id(1);
CALL sync_once();
SELECT is(outcome(1), 'update_event done | synced | talk@nine | blocked@nine', 'settled as typed it is taken back as well');

-- Google stores something else than we write.

INSERT INTO mangled VALUES ('google', 'blocked@nine', 'BLOCKED@nine');
CALL event_is(event_id(7), 'scribble@nine');
CALL sync_once();
CALL sync_once();
CALL sync_once();
SELECT is(event_says(7) || ' | ' || link_says(7), 'BLOCKED@nine | failed: stored something else', 'what Google makes of it every time is not written for ever');
CALL sync_once();
SELECT is(happened(link_id(7)), 'nothing', '… and left alone');
DELETE FROM mangled;
CALL event_is(event_id(7), 'scribble@nine');
CALL sync_once();
SELECT is(outcome(7), 'update_event done | synced | talk@nine | blocked@nine', '… until somebody types again');

SELECT * FROM finish();
ROLLBACK;
