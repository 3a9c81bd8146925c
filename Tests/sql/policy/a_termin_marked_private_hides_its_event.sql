-- rules 7: privat becomes visibility: private, one way only; also when the Termin is marked later. Content, and so the fingerprint, stays the same.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CREATE FUNCTION private_in_google(frnr bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((e.more ->> 'is_private')::boolean, false) FROM test.event AS e WHERE e.id = event_id(frnr)
$$;
CREATE PROCEDURE marked_private(VARIADIC frnr bigint[]) LANGUAGE sql AS $$
    UPDATE test.termin AS t SET more = t.more || '{"is_private": true}', changed_at = later() WHERE t.frnr = ANY (marked_private.frnr)
$$;

CALL linked(1);
CALL linked(2);
CALL linked(3, 'google');
CALL linked(4, 'google', may_write => false);
CALL linked(5);
CALL linked(6);
CALL linked(7);
CALL linked(8);
CALL sync_once();
SELECT is(happened(), 'nothing', 'before: everything agrees');
CALL marked_private(1, 2, 3, 4, 5, 6, 7);
CALL termin_is(2, 'brief@nine', more => '{"is_private": true}');
CALL event_is('e3', 'lunch@ten');
CALL event_is('e4', 'lunch@ten');
CALL event_is(event_id(5), 'talk@nine', more => '{"invitation": true}');
CALL termin_is(6, 'talk@nine', more => '{"is_private": true, "ownership": "foreign"}');
CALL event_is(event_id(7), 'talk@nine', more => '{"is_private": true}');
CALL sync_once(1, 2, 3);
SELECT is(happened(link_id(1)), 'nothing', 'phases 1 to 3 do not write what changed');
CALL sync_once();
SELECT is(outcome(1), 'tag_event done | synced | talk@nine | talk@nine', 'a Termin that is marked private: the event is written …');
SELECT is((SELECT reason FROM sync.action WHERE action_id = action_of(1)), 'marked private in Advoware', '… for that reason');
SELECT is(private_in_google(1), true, '… and is private');
SELECT is(outcome(2) || ', ' || private_in_google(2), 'update_event done | synced | brief@nine | brief@nine, true', 'changed as well: one write does both');
SELECT is(outcome(3) || ', ' || private_in_google(3), 'update_termin done, tag_event done | synced | lunch@ten | lunch@ten, true', 'changed in Google as well: first Advoware gets that, then the event is made private');
SELECT is(private_in_google(4), true, 'where Advoware must not be written the event is made private all the same');
SELECT is(happened(link_id(5)), 'nothing', 'an invitation is never written');
SELECT is(happened(link_id(7)), 'nothing', 'an event that is private already is left alone');
SELECT is(happened(link_id(8)) || ', ' || private_in_google(8), 'nothing, false', 'so are all others');
SELECT is((SELECT count(*) FROM sync.action WHERE run_id = run_id() AND kind = 'tag_event'), 3::bigint, 'that is all');
CALL sync_once();
SELECT is(happened(), 'nothing', 'then there is peace');

-- One way only.

CALL termin_is(1, 'talk@nine');
CALL event_is(event_id(8), 'talk@nine', more => '{"is_private": true}');
CALL sync_once();
SELECT is(happened() || ', ' || private_in_google(1), 'nothing, true', 'what is no longer marked stays private in Google, and what is private in Google is not marked in Advoware');
CALL marked_private(1);
CALL event_is(event_id(1), 'talk@nine', more => '{"is_private": false}');
CALL sync_once();
SELECT is(happened(link_id(1)) || ', ' || private_in_google(1), 'tag_event done, true', 'made visible in Google while the Termin is private: private again');

-- No endless loop, whatever an API does.

CREATE OR REPLACE FUNCTION made_private() RETURNS jsonb LANGUAGE sql AS $$ SELECT '{}'::jsonb $$;
CALL linked(20);
CALL linked(21);
CALL termin_is(20, 'talk@nine', more => '{"is_private": true}');
CALL termin_is(21, 'brief@nine', more => '{"is_private": true}');
CALL sync_once();
SELECT is(action_says(action_of(20)), 'failed: visibility_not_stored', 'a write that Google accepts and does not carry out is said to have failed');
CALL sync_once();
CALL sync_once();
CALL sync_once();
SELECT is(happened() || ', ' || link_says(20), 'nothing, synced', '… and is not sent for ever');
SELECT is((SELECT count(*) FROM sync.action WHERE sync_id = link_id(20)), 3::bigint, '… but three times');
SELECT is((SELECT count(*) FROM sync.action WHERE sync_id = link_id(21) AND kind = 'tag_event'), 3::bigint, '… beside what wrote content as well');
CREATE OR REPLACE FUNCTION made_private() RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"is_private": true}'::jsonb $$;
CALL sync_once();
SELECT is(happened(), 'nothing', '… then there is peace');
CALL termin_is(20, 'talk@nine');
CALL sync_once();
CALL marked_private(20);
CALL sync_once();
SELECT is(happened(link_id(20)) || ', ' || private_in_google(20), 'tag_event done, true', 'marked anew it is asked anew');
UPDATE sync.calendar_sync SET google_event_id = 'another' WHERE sync_id = link_id(21);
SELECT is((SELECT times_hidden FROM sync.calendar_sync WHERE sync_id = link_id(21)), 0::smallint, '… and so it is for another event');
UPDATE sync.calendar_sync SET google_event_id = engine.own_event_id(link_id(21), 0) WHERE sync_id = link_id(21);
DO $$ BEGIN
    FOR n IN 1..5 LOOP
        CALL event_is(event_id(1), 'talk@nine', more => '{"is_private": false}');
        CALL sync_once();
    END LOOP;
END $$;
SELECT is((SELECT times_hidden FROM sync.calendar_sync WHERE sync_id = link_id(1)), 3::smallint, 'nor is it fought for ever with somebody who makes it visible again');

-- A write that fails waits with growing delays, as any other.

CALL linked(22);
CALL sync_once();
CALL marked_private(22);
DO $$ BEGIN
    FOR n IN 1..3 LOOP
        UPDATE sync.calendar_sync SET next_attempt_at = NULL WHERE sync_id = link_id(22);
        CALL start_run();
        CALL read();
        PERFORM engine.plan_phase(run_id(), 4);
        PERFORM engine.begin_action(action_of(22), fence());
        PERFORM engine.fail_action(action_of(22), fence(), 'google_forbidden');
        PERFORM engine.finish_run(run_id(), fence(), NULL);
    END LOOP;
END $$;
SELECT is((SELECT (attempts, last_error, next_attempt_at > clock_timestamp() + interval '2 minutes')::text FROM sync.calendar_sync WHERE sync_id = link_id(22)), '(3,google_forbidden,t)', 'a hiding that fails again and again waits longer and longer');
CALL sync_once();
SELECT is(happened(link_id(22)) || ', ' || link_says(22), 'nothing, failed: google_forbidden', '… and says so meanwhile');
UPDATE sync.calendar_sync SET next_attempt_at = NULL WHERE sync_id = link_id(22);
CALL sync_once();
SELECT is(outcome(22) || ', ' || private_in_google(22), 'tag_event done | synced | talk@nine | talk@nine, true', 'then it is over');

-- … and neither waits for the other.

CALL linked(23, 'google');
CALL sync_once();
CALL marked_private(23);
CALL event_is('e23', 'lunch@ten');
CALL start_run();
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT engine.begin_action(action_of(23), fence()) \g /dev/null
SELECT engine.fail_action(action_of(23), fence(), 'advoware_rejected') \g /dev/null
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
UPDATE sync.calendar_sync SET next_attempt_at = NULL WHERE sync_id = link_id(23);
CALL start_run();
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT is(happened(link_id(23)), 'update_termin planned, tag_event planned', 'where Advoware refuses what is to be written to it, the event need not wait');
SELECT action_id AS update FROM sync.action WHERE run_id = run_id() AND kind = 'update_termin' AND sync_id = link_id(23) \gset
SELECT engine.begin_action(:update, fence()) \g /dev/null
SELECT engine.fail_action(:update, fence(), 'advoware_rejected') \g /dev/null
CALL carry_out(action_of(23));
SELECT is(happened(link_id(23)) || ', ' || private_in_google(23), 'update_termin failed (advoware_rejected), tag_event done, true', '… is made private though that has failed in the same run');
SELECT is((SELECT (attempts, last_error, next_attempt_at > clock_timestamp())::text FROM sync.calendar_sync WHERE sync_id = link_id(23)), '(2,advoware_rejected,t)', '… and what failed still waits, and says so');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL event_is('e23', 'talk@nine');
UPDATE sync.calendar_sync SET next_attempt_at = NULL WHERE sync_id = link_id(23);
CALL sync_once();

-- Anonymised copies too, but not the events of Google's own that keep their text.

UPDATE sync.setting SET anonymize_google_events = true;
CALL linked(30);
CALL linked(31, 'google');
UPDATE sync.calendar_sync SET text_from_advoware = false WHERE sync_id = link_id(31);
CALL sync_once();
CALL marked_private(30, 31);
CALL sync_once();
SELECT is(happened(link_id(30)) || ', ' || private_in_google(30), 'tag_event done, true', 'an anonymised copy is made private');
SELECT is(happened(link_id(31)) || ', ' || private_in_google(31), 'nothing, false', 'an event of Google''s own whose text is not Advoware''s is left as its owner has it');
UPDATE sync.setting SET anonymize_google_events = false;

-- A link of one occurrence: the event carries no tag, and gets none.

CALL linked(40);
UPDATE test.event SET tags = '{}', more = '{"master_id": "series"}' WHERE id = event_id(40);
UPDATE sync.calendar_sync SET tagged = false WHERE sync_id = link_id(40);
CALL sync_once();
CALL marked_private(40);
CALL sync_once();
SELECT is((happened(link_id(40)), private_in_google(40), e.tags, l.tagged)::text, '("tag_event done",t,{},f)', 'an occurrence is made private, and not tagged')
FROM test.event AS e, sync.calendar_sync AS l WHERE e.id = event_id(40) AND l.sync_id = link_id(40);
CALL sync_once();
SELECT is(happened(), 'nothing', 'and then there is peace');
CALL event_is(event_id(40), 'talk@nine', more => '{"is_private": false}');
CALL termin_is(40, 'often@nine', more => '{"is_private": true, "is_series": true}');
CALL sync_once();
SELECT is(happened(link_id(40)) || ', ' || private_in_google(40), 'update_event refused (occurrence_cannot_repeat), tag_event done, true', 'also where its content cannot be written');

SELECT * FROM finish();
ROLLBACK;
