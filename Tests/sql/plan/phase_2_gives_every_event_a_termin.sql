-- rules 2, phase 2: every event gets a link and a Termin, if Advoware may be written; half links are completed; our tag is set.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CREATE FUNCTION link_of(event text) RETURNS sync.calendar_sync LANGUAGE sql STABLE AS $$
    SELECT l FROM sync.calendar_sync AS l WHERE l.employee_kuerzel = 'SB' AND l.google_event_id = event ORDER BY l.created_at DESC LIMIT 1
$$;
CREATE FUNCTION told(event text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' | ', CASE WHEN link_of(event) IS NULL THEN 'nothing' ELSE happened((link_of(event)).sync_id) END, coalesce(link_says((link_of(event)).sync_id), 'no link'),
        coalesce((SELECT t.content FROM test.termin AS t WHERE t.frnr = (link_of(event)).advoware_frnr), 'no Termin'))
$$;

-- A new event.

CALL termin_is(100, 'old@hundred', at(1));
CALL sync_once(1);
CALL event_is('new', 'talk@nine', at(10));
CALL event_is('focus', 'focus@three', at(30), '{"event_type": "focusTime"}');
CALL event_is('broken', 'talk@four', at(40), '{"unusable": "series_not_representable", "fingerprint": null, "time_fingerprint": null}');
CALL event_is('past', 'talk@five', at(50), '{}', now() - interval '200 days');
CALL event_is('far', 'talk@six', at(60), '{}', now() + interval '3000 days');
CALL event_is('invited', 'party@seven', NULL, '{"invitation": true}');
CALL event_is('series_20300101', 'talk@eight', at(80), '{"master_id": "series"}');
CALL event_is('blocked', 'blocked@nine', at(90), '{"tag_anonymized": true, "tag_kuerzel": "MK", "tag_frnr": 77}');
CALL event_is('copied', 'talk@copied', at(91), '{"tag_anonymized": false, "tag_kuerzel": "MK", "tag_frnr": 78}');
CALL sync_once(2);
SELECT is(told('new'), 'create_termin done, tag_event done | synced | talk@nine', 'phase 2: an event without link: link, Termin, synced');
SELECT is((l.source_system, l.sync_strategy, l.last_sync, l.advoware_write_allowed, l.advoware_frnr > 100, l.google_calendar_id)::text,
    ('google', 'source_system_wins', (SELECT changed_at FROM event WHERE id = 'new'), true, true, 'calendar of SB')::text, 'phase 2: source google, last_sync is Google''s timestamp, W')
FROM link_of('new') AS l;
SELECT ok((link_of('invited')).last_sync BETWEEN now() AND clock_timestamp(), 'phase 2: where the API gives no timestamp last_sync is the time of the reading');
SELECT is(told('focus'), 'nothing | no link | no Termin', 'phase 2: event types other than default are never copied');
SELECT is(told('broken'), 'nothing | no link | no Termin', 'phase 2: an event that cannot be understood is not carried');
SELECT results_eq($$SELECT kind, status, result, google_event_id FROM sync.action WHERE run_id = test.run_id() AND status = 'refused'$$,
    $$VALUES ('create_termin', 'refused', 'series_not_representable', 'broken')$$, 'phase 2: … and the run says so');
SELECT is(told('past'), 'nothing | no link | no Termin', 'phase 2: what ended before the window waits in seen');
SELECT is(told('far'), 'nothing | no link | no Termin', 'phase 2: what begins after the window waits in seen');
SELECT is(told('invited'), 'create_termin done | synced | party@seven', 'phase 2: an invitation is copied');
SELECT is(told('series_20300101'), 'nothing | no link | no Termin', 'phase 2: an occurrence of a series is not an appointment of its own');
SELECT is(told('blocked'), 'nothing | no link | no Termin', 'phase 2: an event tagged anonymised is never posted, whatever its Kürzel');
SELECT is(told('copied'), 'create_termin done, tag_event done | synced | talk@copied', 'phase 2: another employee''s event that a user copied is a new appointment');
SELECT results_eq(
    $$SELECT action::text, employee_kuerzel::text, phase::integer, run_id, new_values ->> 'sync_status', new_values ->> 'source_system' FROM sync.calendar_sync_audit
      WHERE sync_id = (test.link_of('new')).sync_id AND action = 'INSERT'$$,
    $$SELECT 'INSERT', 'SB', 2, test.run_id(), 'pending', 'google'$$, 'phase 2: the link''s birth stands in the audit');
SELECT is((r.termine_created, r.refused, r.status)::text, '(3,1,done)', 'phase 2: the run counts what it did') FROM sync.run AS r WHERE r.run_id = run_id();

-- Our tag on events of Google's own.

SELECT is((SELECT tags FROM event WHERE id = 'new'), jsonb_build_object('tag_sync_id', (link_of('new')).sync_id, 'tag_frnr', (link_of('new')).advoware_frnr,
    'tag_kuerzel', 'SB', 'tag_source', 'google', 'tag_anonymized', false), 'phase 2: the event gets our tag when its link is paired: sync_id, frNr, Kürzel, source, anonymised');
SELECT is((link_of('new')).tagged, true, 'phase 2: … and the link knows it');
SELECT is((SELECT tags FROM event WHERE id = 'invited'), '{}', 'phase 2: an invitation is not tagged');
CALL sync_once();
SELECT is(happened(), 'nothing', 'the next run of all phases finds nothing more to do');

-- Not without W.

UPDATE sync.employee SET advoware_writes = 'none' WHERE kuerzel = 'SB';
CALL event_is('unwanted', 'talk@ten', at(110));
CALL sync_once(2);
SELECT is(told('unwanted'), 'nothing | no link | no Termin', 'phase 2: under none a new event is not linked');
UPDATE sync.employee SET advoware_writes = NULL WHERE kuerzel = 'SB';

-- Half links.

CALL event_is('half', 'talk@eleven', at(120));
CALL event_is('vanishing', 'talk@twelve', at(130));
CALL event_is('lost', 'talk@thirteen', at(140));
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
SELECT engine.finish_run(run_id(), fence(), 'crash') \g /dev/null
SELECT is(link_says((link_of('half')).sync_id), 'pending, no Termin', 'phase 2: between link and Termin the link is half and pending');
CALL event_gone('vanishing');
UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE google_event_id = 'lost';
CALL sync_once(2);
SELECT is(told('half'), 'create_termin done, tag_event done | synced | talk@eleven', 'phase 2: a half link is completed by the next run');
SELECT is(told('vanishing'), 'soft_delete done | deleted | no Termin', 'phase 2: a half link whose event is proven gone is soft-deleted');
SELECT is(told('lost'), 'create_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden, no Termin | no Termin', 'phase 2: a half link that has lost W is refused');
CALL sync_once(2);
SELECT is(told('lost'), 'nothing | failed: advoware_write_forbidden, no Termin | no Termin', 'phase 2: … once');
UPDATE sync.calendar_sync SET advoware_write_allowed = true WHERE google_event_id = 'lost';
CALL sync_once(2);
SELECT is(told('lost'), 'create_termin done, tag_event done | synced | talk@thirteen', 'phase 2: … and looked at again when it has W again');

SELECT * FROM finish();
ROLLBACK;
