-- rules 2, phase 1: every Termin gets a link and an event; half links are completed; deleted ones live again.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
CREATE FUNCTION link_of(frnr integer) RETURNS sync.calendar_sync LANGUAGE sql STABLE AS $$
    SELECT l FROM sync.calendar_sync AS l WHERE l.employee_kuerzel = 'SB' AND l.advoware_frnr = link_of.frnr ORDER BY l.created_at DESC LIMIT 1
$$;
CREATE FUNCTION told(frnr integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' | ', CASE WHEN link_of(frnr) IS NULL THEN 'nothing' ELSE happened((link_of(frnr)).sync_id) END, coalesce(link_says((link_of(frnr)).sync_id), 'no link'),
        coalesce((SELECT e.content FROM test.event AS e WHERE e.id = (link_of(frnr)).google_event_id AND NOT e.cancelled), 'no event'))
$$;

-- The id of a link follows from office, Kürzel and frNr, for good.

SELECT is(engine.advoware_link_id('SB', 85861), md5('advoware/1234/office/SB/85861')::uuid, 'sync_id is md5 of advoware/kanzlei/database/kuerzel/frnr');
SELECT isnt(engine.advoware_link_id('MK', 85861), engine.advoware_link_id('SB', 85861), 'two employees with one Termin have two links');
SELECT is(engine.own_event_id('0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0', 0), '0b1c2d3e4f5061728394a5b6c7d8e9f0', 'the event''s id is the link''s, in hex');
SELECT is(engine.own_event_id('0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0', 3), '0b1c2d3e4f5061728394a5b6c7d8e9f0v3', 'created again it ends with v and the generation');

-- A new Termin.

CALL termin_is(1, 'talk@nine', at(10));
CALL termin_is(2, 'brief@ten', NULL);
CALL termin_is(3, 'talk@three', at(30), '{"ownership": "foreign"}');
CALL termin_is(4, 'talk@four', at(40), '{"unusable": "bad_time", "fingerprint": null, "time_fingerprint": null}');
CALL termin_is(5, 'talk@five', at(50), '{}', now() - interval '200 days');
CALL termin_is(6, 'talk@six', at(60), '{}', now() + interval '3000 days');
CALL termin_is(-7, 'travel@seven', at(70));
CALL sync_once(1);
SELECT is(told(1), 'create_event done | synced | talk@nine', 'phase 1: a Termin without link: link, event, synced');
SELECT is((l.source_system, l.sync_strategy, l.last_sync, l.sync_id, l.google_event_id, l.event_generation, l.tagged, l.text_from_advoware, l.google_calendar_id)::text,
    ('advoware', 'source_system_wins', at(10), engine.advoware_link_id('SB', 1), engine.own_event_id(engine.advoware_link_id('SB', 1), 0), 0, true, true, 'calendar of SB')::text,
    'phase 1: source advoware, last_sync is Advoware''s timestamp, the event has the link''s id and our tag')
FROM link_of(1) AS l;
SELECT is((SELECT tags FROM event WHERE id = (link_of(1)).google_event_id),
    jsonb_build_object('tag_sync_id', engine.advoware_link_id('SB', 1), 'tag_frnr', 1, 'tag_kuerzel', 'SB', 'tag_source', 'advoware', 'tag_anonymized', false),
    'phase 1: the event carries sync_id, frNr, Kürzel, source, anonymised');
SELECT is(told(2), 'create_event done | synced | brief@ten', 'phase 1: a Termin without change time is carried too');
SELECT ok((link_of(2)).last_sync BETWEEN now() AND clock_timestamp(), 'phase 1: where the API gives no timestamp last_sync is the time of the reading');
SELECT is(told(3), 'nothing | no link | no event', 'phase 1: a Termin that belongs to others is not carried');
SELECT is(told(4), 'nothing | no link | no event', 'phase 1: a Termin that cannot be understood is not carried');
SELECT results_eq($$SELECT kind, status, result, advoware_frnr FROM sync.action WHERE run_id = test.run_id() AND status = 'refused'$$,
    $$VALUES ('create_event', 'refused', 'bad_time', 4)$$, 'phase 1: … and the run says so');
SELECT is(told(5), 'nothing | no link | no event', 'phase 1: what ended before the window waits in seen');
SELECT is(told(6), 'nothing | no link | no event', 'phase 1: what begins after the window waits in seen');
SELECT is(told(-7), 'create_event done | synced | travel@seven', 'phase 1: a derived Termin is copied');
SELECT results_eq(
    $$SELECT action::text, employee_kuerzel::text, phase::integer, run_id, new_values ->> 'sync_status', new_values ->> 'source_system' FROM sync.calendar_sync_audit
      WHERE sync_id = engine.advoware_link_id('SB', 1) AND action = 'INSERT'$$,
    $$SELECT 'INSERT', 'SB', 1, test.run_id(), 'pending', 'advoware'$$, 'phase 1: the link''s birth stands in the audit');
SELECT is((r.events_created, r.refused, r.status)::text, '(3,1,done)', 'phase 1: the run counts what it did') FROM sync.run AS r WHERE r.run_id = run_id();
SELECT results_eq('SELECT DISTINCT reason FROM sync.action WHERE run_id = test.run_id() AND status = ''done''', $$VALUES ('in Advoware, not yet in Google')$$, 'phase 1: every row says why');
CALL sync_once(1);
SELECT is(happened(), 'nothing', 'phase 1: the next run finds nothing more to do, and a refusal is said once');
UPDATE termin SET starts_at = now(), ends_at = now() + interval '1 day' WHERE frnr = 5;
CALL sync_once(1);
SELECT is(told(5), 'create_event done | synced | talk@five', 'phase 1: what waited is carried when it comes into the window');

-- The write flag of new links, by policy.

SELECT is(engine.write_flag(writes, source::sync.source_system_enum, frnr), wanted, format('write flag of new links: %s, from %s, frNr %s: %s', writes, source, frnr, wanted))
FROM (VALUES
    ('none', 'advoware', 1, false), ('none', 'google', 1, false), ('own', 'advoware', 1, false), ('own', 'google', 1, true),
    ('all', 'advoware', 1, true), ('all', 'google', 1, true), ('all', 'advoware', -1, false), ('all', 'google', -1, false), ('own', 'google', -1, false)
) AS s (writes, source, frnr, wanted);
SELECT is((link_of(1)).advoware_write_allowed, false, 'phase 1: under own a link that began in Advoware may not write there');
UPDATE sync.employee SET advoware_writes = 'all', sync_strategy = 'last_change_wins' WHERE kuerzel = 'SB';
CALL termin_is(8, 'talk@eight', at(80));
CALL termin_is(-9, 'travel@nine', at(90));
CALL sync_once(1);
SELECT is(((link_of(8)).advoware_write_allowed, (link_of(8)).sync_strategy)::text, '(t,last_change_wins)', 'phase 1: under all it may, and the strategy is the employee''s');
SELECT is((link_of(-9)).advoware_write_allowed, false, 'phase 1: a derived Termin may never be written');
UPDATE sync.employee SET advoware_writes = NULL, sync_strategy = NULL WHERE kuerzel = 'SB';

-- Half links: a crash between link and event.

CALL termin_is(11, 'talk@eleven', at(110));
CALL termin_is(12, 'talk@twelve', at(120));
CALL start_run(1);
CALL read();
SELECT engine.plan_phase(run_id(), 1) \g /dev/null
SELECT begun(action_id) FROM sync.action WHERE run_id = run_id() AND advoware_frnr IN (11, 12) \g /dev/null
SELECT engine.finish_run(run_id(), fence(), 'crash') \g /dev/null
SELECT is(link_says((link_of(11)).sync_id), 'pending, no event', 'phase 1: between link and event the link is half and pending');
CALL termin_gone(12);
CALL sync_once(1);
SELECT is(told(11), 'create_event done | synced | talk@eleven', 'phase 1: a half link is completed by the next run');
SELECT is(told(12), 'soft_delete done | deleted | no event', 'phase 1: a half link whose Termin is proven gone is soft-deleted');

-- The event was made, the answer was lost: the same id says that it is ours.

CALL termin_is(13, 'talk@thirteen', at(130));
CALL event_is(engine.own_event_id(engine.advoware_link_id('SB', 13), 0), 'talk@thirteen', at(131));
UPDATE event SET listed = false WHERE id = engine.own_event_id(engine.advoware_link_id('SB', 13), 0);
CALL sync_once(1);
SELECT is(told(13), 'create_event done (adopted) | synced | talk@thirteen', 'phase 1: an id that is taken by a living event: the event is adopted');
CALL termin_is(14, 'talk@fourteen', at(140));
CALL event_is(engine.own_event_id(engine.advoware_link_id('SB', 14), 0), 'lunch@fourteen', at(141));
UPDATE event SET listed = false WHERE id = engine.own_event_id(engine.advoware_link_id('SB', 14), 0);
CALL sync_once(1);
SELECT is(told(14), 'create_event done (adopted) | pending | lunch@fourteen', 'phase 1: an adopted event with another content is not settled');
CALL termin_is(15, 'talk@fifteen', at(150));
CALL event_is(engine.own_event_id(engine.advoware_link_id('SB', 15), 0), 'talk@fifteen', at(151));
CALL event_gone(engine.own_event_id(engine.advoware_link_id('SB', 15), 0));
CALL sync_once(1);
SELECT is(told(15), 'create_event done | synced | talk@fifteen', 'phase 1: an id that is taken by a cancelled event: created with the next generation');
SELECT is((link_of(15)).google_event_id::text, engine.own_event_id((link_of(15)).sync_id, 1), 'phase 1: … whose id ends with v1');

-- A soft-deleted link whose Termin appears again.

CALL termin_is(16, 'talk@sixteen', at(160));
CALL sync_once(1);
CALL termin_gone(16);
CALL sync_once(3);
SELECT is(told(16), 'delete_event done | deleted | no event', 'a Termin that is gone takes its event along');
CALL termin_is(16, 'talk@sixteen', at(165));
UPDATE sync.employee SET advoware_writes = 'all' WHERE kuerzel = 'SB';
CALL start_run(1);
CALL read();
SELECT engine.plan_phase(run_id(), 1) \g /dev/null
SELECT is((l.source_system, l.sync_status, l.google_event_id, l.google_fingerprint, l.advoware_fingerprint, l.advoware_write_allowed, l.deleted)::text,
    ('advoware', 'pending', NULL, NULL, NULL, true, false)::text, 'phase 1: a revived link is half, of source advoware, without event id and fingerprints, W by policy')
FROM link_of(16) AS l;
CALL carry_out_phase(1);
SELECT is(told(16), 'create_event done | synced | talk@sixteen', 'phase 1: a soft-deleted link whose Termin appears again lives again');
SELECT is((link_of(16)).sync_id, engine.advoware_link_id('SB', 16), 'phase 1: … as the same link');
SELECT is((link_of(16)).event_generation, 1, 'phase 1: … and the cancelled id is not used again');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

CALL linked(17, 'google');
CALL event_gone('e17');
CALL sync_once(3);
SELECT is(link_says(17), 'deleted', 'a link from Google is deleted with its event');
CALL termin_is(17, 'talk@seventeen', at(170));
CALL sync_once(1);
SELECT is(told(17), 'create_event done | synced | talk@seventeen', 'phase 1: a soft-deleted link from Google whose Termin appears again lives again');
SELECT is(((link_of(17)).sync_id = link_id(17), (link_of(17)).source_system)::text, '(t,advoware)', 'phase 1: … as a link of source advoware');

SELECT * FROM finish();
ROLLBACK;
