-- rules 6: events of ours are recognised by their id, then by their tag; exact twins are linked. A lost or restored hub makes no duplicate.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(900, 'the control@nine');

CREATE FUNCTION hex(frnr integer) RETURNS text LANGUAGE sql AS $$ SELECT engine.own_event_id(engine.advoware_link_id('SB', frnr), 0) $$;
CREATE FUNCTION tag(frnr integer, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('tag_sync_id', engine.advoware_link_id('SB', frnr), 'tag_frnr', frnr, 'tag_kuerzel', 'SB', 'tag_source', 'advoware', 'tag_anonymized', false) || more
$$;
-- The link of a Termin or of an event: event id (ours: "own"), source, strategy, W, status.
CREATE FUNCTION found(frnr integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(concat_ws(' ', CASE WHEN l.google_event_id = hex(frnr) THEN 'own' ELSE l.google_event_id END, l.source_system, l.sync_strategy,
        CASE WHEN l.advoware_write_allowed THEN 'W' END, l.sync_status), ', '), 'no link')
    FROM sync.calendar_sync AS l WHERE l.advoware_frnr = found.frnr AND NOT l.deleted
$$;

-- A hub without memory.

CALL termin_is(1, 'one@nine');
CALL event_is(hex(1), 'one@nine', later(), tag(1));
CALL termin_is(2, 'two@nine');
CALL event_is('e2', 'two@nine', later(), tag(2, jsonb_build_object('tag_source', 'google', 'tag_sync_id', link_id(2))));
CALL termin_is(3, 'three@ten');
CALL event_is(hex(3), 'three@nine', later(), tag(3));
CALL termin_is(4, 'four@nine');
CALL event_is('untagged4', 'four@nine');
CALL event_is(hex(5), 'five@nine', later(), tag(5));
CALL event_is('e6', 'six@nine', later(), tag(6, jsonb_build_object('tag_source', 'google', 'tag_sync_id', link_id(6))));
CALL event_is('of MK', 'seven@nine', later(), tag(7, '{"tag_kuerzel": "MK"}'));
CALL start_run();
CALL read();
SELECT is(found(1) || ', ' || found(3), 'own advoware source_system_wins synced, own advoware source_system_wins pending', 'where both sides are seen the link is found before any phase begins');
SELECT is((SELECT count(*) FROM sync.calendar_sync), 4::bigint, '… and no other');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once();
SELECT is(found(1), 'own advoware source_system_wins synced', 'an event with our id and tag gets its link back');
SELECT is((SELECT sync_id FROM sync.calendar_sync WHERE advoware_frnr = 1), engine.advoware_link_id('SB', 1), '… with its sync_id');
SELECT is(found(2), 'e2 google source_system_wins W synced', 'a tagged event of Google''s own gets its link back, with the tag''s source, strategy and W by policy');
SELECT is(found(3), 'own advoware source_system_wins synced', 'what disagrees is linked …');
SELECT is((SELECT content FROM event WHERE id = hex(3)), 'three@ten', '… and counts as changed');
SELECT is(found(4), 'untagged4 google last_change_wins synced', 'an exact twin is linked: source google, last_change_wins, not W');
SELECT is((SELECT count(*) FROM event WHERE id = hex(5) AND NOT cancelled), 0::bigint, 'a tagged event whose Termin is gone, from Advoware: deleted in phase 3');
SELECT results_eq($$SELECT kind, status FROM sync.action WHERE run_id = test.run_id() AND advoware_frnr = 5 ORDER BY action_id$$,
    $$VALUES ('link_event', 'done'), ('delete_event', 'done')$$, '… after a GET of its Termin');
SELECT is((SELECT content FROM termin AS t JOIN sync.calendar_sync AS l ON l.advoware_frnr = t.frnr WHERE l.google_event_id = 'e6'), 'six@nine',
    'a tagged event whose Termin is gone, from Google: the Termin is created again');
SELECT is((SELECT content FROM termin AS t JOIN sync.calendar_sync AS l ON l.advoware_frnr = t.frnr WHERE l.google_event_id = 'of MK'), 'seven@nine',
    'another Kürzel''s tag is a user''s copy: a new appointment');
SELECT is((SELECT count(*) FROM event WHERE NOT cancelled), 7::bigint, 'nothing was duplicated in Google');
SELECT is((SELECT count(*) FROM termin), 7::bigint, '… nor in Advoware');
CALL sync_once();
CALL sync_once();
SELECT is(happened(), 'nothing', 'and then there is peace');

-- A tagged event is never posted before a single GET of its Termin.

CALL event_is('e8', 'eight@nine', later(), tag(8));
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
SELECT is((SELECT string_agg(kind, ',') FROM sync.action WHERE run_id = run_id()), 'link_event', 'an unknown tag: only the question is planned');
SELECT is((SELECT verdict FROM engine.begin_action(action('link_event'), fence())), 'prove_advoware', '… its Termin is asked for');
SELECT engine.record_proof(action('link_event'), fence(), 'advoware', 'unproven', clock_timestamp()) \g /dev/null
SELECT is(action_says(action('link_event')), 'held: absence_not_provable', 'no answer to be had: held, not posted');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL termin_is(8, 'eight@nine', later(), '{}', now() + interval '3000 days');
UPDATE termin SET listed = false WHERE frnr = 8;
CALL sync_once(2);
SELECT is(found(8), 'e8 advoware source_system_wins synced', 'its Termin is there, only outside the list: linked');

-- Two events that name one unknown Termin.

CALL event_is('e40a', 'forty@nine', at(1), tag(40, jsonb_build_object('tag_source', 'google', 'tag_sync_id', link_id(2))));
CALL event_is('e40b', 'forty@ten', at(2), tag(40, jsonb_build_object('tag_source', 'google', 'tag_sync_id', link_id(2))));
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2), engine.plan_phase(run_id(), 2) \g /dev/null
SELECT is((SELECT count(*) FROM sync.action WHERE run_id = run_id() AND kind = 'link_event'), 2::bigint, 'each is asked about once in a run');
SELECT begun(action_id) FROM (SELECT action_id FROM sync.action WHERE run_id = run_id() AND kind = 'link_event' ORDER BY google_event_id) AS t \g /dev/null
SELECT is(happened(), 'link_event done, link_event superseded (plan_no_longer_holds)', 'one of them gets the link');
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE advoware_frnr = 40 AND sync_id <> link_id(2)), 1::bigint, '… an id that a living link has is not used a second time');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once();
SELECT is((SELECT string_agg(t.content, ', ' ORDER BY t.content) FROM termin AS t WHERE t.content LIKE 'forty%'), 'forty@nine, forty@ten', '… the other one is a user''s copy');

-- An event that a user takes out of the bin.

CALL linked(41, 'google');
CALL event_gone('e41');
CALL sync_once();
SELECT is(link_says(41), 'deleted', 'an event that a user deletes takes its Termin along');
CALL event_is('e41', 'talk@nine');
CALL sync_once();
SELECT is(happened(link_id(41)), 'recreate_termin done, tag_event done', 'taken out of the bin it is the same link again, whose Termin is missing');
SELECT is(link_says(41) || ' ' || termin_says(41), 'synced talk@nine', '… and both sides have it');

-- Anonymised copies.

SELECT is((SELECT anonymize FROM sync.employee WHERE kuerzel = 'SB'), false, 'before: the employee is not anonymised');
CALL termin_is(10, 'secret@nine');
CALL event_is(hex(10), 'blocked@nine');
-- A tag that a write of ours can change.
UPDATE event SET tags = tag(10, '{"tag_anonymized": true}') WHERE id = hex(10);
CALL sync_once();
SELECT is(found(10), 'own advoware source_system_wins synced', 'an anonymised copy is linked again');
SELECT is((SELECT anonymize FROM sync.employee WHERE kuerzel = 'SB'), true, '… and sets employee.anonymize: losing the hub must not leak names');
SELECT is((SELECT content FROM event WHERE id = hex(10)), 'blocked@nine', '… the copy stays anonymous');
SELECT is((SELECT content FROM event WHERE id = hex(1)), 'blocked@nine', '… and the others become so');
UPDATE sync.employee SET anonymize = false;
CALL sync_once();
CALL sync_once();

-- By id: a half link and its event.

CALL linked(11);
UPDATE sync.calendar_sync SET google_event_id = NULL, google_fingerprint = NULL, sync_status = 'pending' WHERE sync_id = link_id(11);
CALL sync_once(3);
SELECT is((SELECT google_event_id FROM sync.calendar_sync WHERE sync_id = link_id(11))::text, engine.own_event_id(link_id(11), 0), 'a half link finds the event that has its id');
CALL linked(12);
UPDATE event SET id = id || 'v2' WHERE id = engine.own_event_id(link_id(12), 0);
UPDATE sync.calendar_sync SET google_event_id = NULL, google_fingerprint = NULL, sync_status = 'pending' WHERE sync_id = link_id(12);
CALL sync_once(3);
SELECT is((SELECT (google_event_id, event_generation)::text FROM sync.calendar_sync WHERE sync_id = link_id(12)), (engine.own_event_id(link_id(12), 2), 2)::text, '… of a later generation too');
CALL linked(13);
UPDATE event SET id = id || '_20300101' WHERE id = engine.own_event_id(link_id(13), 0);
UPDATE sync.calendar_sync SET google_event_id = NULL, google_fingerprint = NULL, sync_status = 'pending' WHERE sync_id = link_id(13);
CALL sync_once(3);
SELECT is((SELECT google_event_id FROM sync.calendar_sync WHERE sync_id = link_id(13)), NULL, 'an id with _ never matches');
CALL linked(14);
CALL event_is(engine.own_event_id(link_id(14), 0), 'talk@nine', at(0), '{"master_id": "series"}');
UPDATE sync.calendar_sync SET google_event_id = NULL, google_fingerprint = NULL, sync_status = 'pending' WHERE sync_id = link_id(14);
CALL sync_once(3);
SELECT is((SELECT google_event_id FROM sync.calendar_sync WHERE sync_id = link_id(14)), NULL, 'an entry with recurringEventId never matches');
DELETE FROM event WHERE id LIKE engine.own_event_id(link_id(13), 0) || '%' OR id = engine.own_event_id(link_id(14), 0);
CALL sync_once();

-- By tag: the link's own event is proven gone.

CALL linked(15, 'advoware');
CALL event_is('copy of 15', 'talk@ten', later(), jsonb_build_object('tag_sync_id', link_id(15), 'tag_frnr', 15, 'tag_kuerzel', 'SB', 'tag_source', 'advoware', 'tag_anonymized', false));
CALL event_gone(engine.own_event_id(link_id(15), 0));
CALL sync_once();
CALL sync_once();
SELECT is((SELECT google_event_id FROM sync.calendar_sync WHERE sync_id = link_id(15))::text, 'copy of 15', 'the link''s own event is proven gone: the tagged one takes its place');
SELECT is((SELECT content FROM event WHERE id = 'copy of 15'), 'talk@nine', '… and says what Advoware says');
SELECT is((SELECT count(*) FROM event WHERE content LIKE 'talk%' AND tags ->> 'tag_frnr' = '15' AND NOT cancelled), 1::bigint, '… and no event is created beside it');
CALL linked(16, 'google', 'last_change_wins');
CALL event_is('copy of 16', 'talk@ten', later(), jsonb_build_object('tag_sync_id', link_id(16), 'tag_frnr', 16, 'tag_kuerzel', 'SB', 'tag_source', 'google', 'tag_anonymized', false));
CALL event_gone('e16');
CALL sync_once();
CALL sync_once();
SELECT is((SELECT (google_event_id, advoware_frnr, deleted)::text FROM sync.calendar_sync WHERE sync_id = link_id(16)), '("copy of 16",16,f)', '… also of a link from Google, whose Termin is not deleted then');
SELECT is(termin_says(16), 'talk@ten', '… the moved event is an edit');

CALL linked(19, 'google');
CALL event_gone('e19');
CALL start_run(3);
CALL read();
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT begun(action_of(19)) \g /dev/null
SELECT engine.fail_action(action_of(19), fence(), 'http_503') \g /dev/null
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL event_is('copy of 19', 'talk@nine', later(), jsonb_build_object('tag_sync_id', link_id(19), 'tag_frnr', 19, 'tag_kuerzel', 'SB', 'tag_source', 'google', 'tag_anonymized', false));
CALL sync_once();
SELECT is((SELECT google_event_id FROM sync.calendar_sync WHERE sync_id = link_id(19))::text || ' ' || termin_says(19), 'copy of 19 talk@nine', '… also when it turns up after the proof');

-- A tagged event beside a living one is a user's copy.

CALL linked(17, 'google');
CALL event_is('copy of 17', 'talk@ten', later(), jsonb_build_object('tag_sync_id', link_id(17), 'tag_frnr', 17, 'tag_kuerzel', 'SB', 'tag_source', 'google', 'tag_anonymized', false));
CALL sync_once();
SELECT is((SELECT l.source_system::text || ' ' || t.content FROM sync.calendar_sync AS l JOIN termin AS t ON t.frnr = l.advoware_frnr WHERE l.google_event_id = 'copy of 17'), 'google talk@ten',
    'a user''s copy of an event is a new appointment');
CALL event_is('copy of 17b', 'blocked@ten', later(), jsonb_build_object('tag_sync_id', link_id(17), 'tag_frnr', 17, 'tag_kuerzel', 'SB', 'tag_source', 'google', 'tag_anonymized', true));
CALL sync_once();
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE google_event_id = 'copy of 17b'), 0::bigint, '… but never of an anonymised one');

-- Two living ids of one link.

CALL linked(18);
CALL event_is(engine.own_event_id(link_id(18), 0) || 'v1', 'talk@ten', later(), jsonb_build_object('tag_sync_id', link_id(18), 'tag_frnr', 18, 'tag_kuerzel', 'SB', 'tag_source', 'advoware', 'tag_anonymized', false));
CALL sync_once();
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE google_event_id = engine.own_event_id(link_id(18), 0) || 'v1'), 0::bigint, 'a second event with an id of the same link is never a new appointment');
SELECT is((SELECT google_event_id FROM sync.calendar_sync WHERE sync_id = link_id(18))::text, engine.own_event_id(link_id(18), 0), '… the named one stays');

-- Twins: one to one, exactly, without tag.

UPDATE sync.employee SET advoware_writes = 'all';
CALL termin_is(21, 'twin@nine');
CALL event_is('twin21', 'twin@nine');
CALL termin_is(22, 'double@nine');
CALL termin_is(23, 'double@nine');
CALL event_is('double', 'double@nine');
CALL termin_is(24, 'others@nine', later(), '{"ownership": "foreign"}');
CALL event_is('others', 'others@nine');
CALL termin_is(-25, 'travel@nine');
CALL event_is('travel', 'travel@nine');
CALL termin_is(26, 'focus@nine');
CALL event_is('focus', 'focus@nine', later(), '{"event_type": "focusTime"}');
CALL start_run();
CALL read();
SELECT is(found(21), 'twin21 google last_change_wins W synced', 'under all a twin''s link may write');
SELECT is(found(-25), 'travel google last_change_wins synced', '… but never that of a derived Termin');
SELECT is(found(22) || found(23), 'no linkno link', 'two Termine and one event are no twins');
SELECT is(found(24), 'no link', 'a Termin that belongs to others is not a twin');
SELECT is(found(26), 'no link', 'an event of another type is not a twin');
CALL read();
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE advoware_frnr = 21), 1::bigint, 'linked once');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

SELECT * FROM finish();
ROLLBACK;
