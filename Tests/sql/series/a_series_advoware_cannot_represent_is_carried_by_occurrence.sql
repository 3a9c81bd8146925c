-- rules 8: a Google series that Advoware cannot represent is carried occurrence by occurrence; when it changes its shape, links follow.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();

-- A series in Google: a master, and its occurrences so many days ahead. What Advoware can represent has no obstacle.
CREATE PROCEDURE series_is(id text, content text, days integer[], obstacle text DEFAULT 'weekdays', more jsonb DEFAULT '{}') LANGUAGE plpgsql AS $$
DECLARE
    day integer;
BEGIN
    CALL event_is(id, content || coalesce('/' || obstacle, ''), later(), jsonb_build_object('is_series', true, 'obstacle', obstacle) || more, tomorrow());
    UPDATE test.event AS e SET cancelled = true WHERE e.more ->> 'master_id' = series_is.id;
    FOREACH day IN ARRAY days LOOP
        CALL event_is(id || '_' || day || content, content, later(), jsonb_build_object('master_id', id) || more, now() + day * interval '1 day');
    END LOOP;
END
$$;
-- The Termine of a series' occurrences, by day: 'day frNr content'.
CREATE FUNCTION carried(family text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(concat_ws(' ', round(extract(epoch FROM e.starts_at - now()) / 86400), coalesce(t.content, 'no Termin')), ', ' ORDER BY e.starts_at), 'nothing')
    FROM sync.calendar_sync AS l JOIN test.event AS e ON e.id = l.google_event_id LEFT JOIN test.termin AS t ON t.frnr = l.advoware_frnr
    WHERE NOT l.deleted AND engine.series_family(e.more ->> 'master_id') = family
$$;
CREATE FUNCTION is_carried(family text) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT engine.is_carried('SB', family) $$;
CREATE PROCEDURE begins_anew() LANGUAGE sql AS $$
    DELETE FROM sync.calendar_sync; DELETE FROM sync.series; DELETE FROM sync.seen; DELETE FROM test.event; DELETE FROM test.termin;
    UPDATE sync.action SET missing_side = NULL;
    CALL linked(1); CALL linked(2);
$$;

-- Which ids are one series.

SELECT is(engine.series_family('abc'), 'abc', 'a series that nobody split is its own family');
SELECT is(engine.series_family('abc_R20261201T090000'), 'abc', 'the second half of a split timed series belongs to the first');
SELECT is(engine.series_family('abc_R20261201'), 'abc', 'the second half of a split all-day series belongs to the first');
SELECT is(engine.series_family('abc_R20261201T090000_R20270101T090000'), 'abc', 'so does the second half of a second half');
SELECT is(engine.series_family('abc_20261201T090000Z'), 'abc_20261201T090000Z', 'an occurrence is no half');

SELECT results_eq(
    $$SELECT id, engine.series_stem(id), engine.is_part_of_series(jsonb_populate_record(NULL::sync.seen, jsonb_build_object('entry_id', id))) FROM unnest('{abc,
        abc_20261201T090000Z,abc_20261201,abc_R20261201T090000,abc_R20261201,_60q30c1g60o30e1i60o4ac1g,_60q30c1g60o30e1i60o4ac1g_20261201T090000Z,_60q30c_R20261201,_20261201}'::text[]) AS id$$,
    $$VALUES ('abc', 'abc', false), ('abc_20261201T090000Z', 'abc', true), ('abc_20261201', 'abc', true), ('abc_R20261201T090000', 'abc', true), ('abc_R20261201', 'abc', true),
        ('_60q30c1g60o30e1i60o4ac1g', '_60q30c1g60o30e1i60o4ac1g', false), ('_60q30c1g60o30e1i60o4ac1g_20261201T090000Z', '_60q30c1g60o30e1i60o4ac1g', true),
        ('_60q30c_R20261201', '_60q30c', true), ('_20261201', '_20261201', false)$$,
    'an id that ends in a time is that of an occurrence or a half; ids of imported events begin with _ and are single events');

-- New in Google.

CALL begins_anew();
CALL series_is('s', 'team@nine', '{2,4,9}');
CALL sync_once();
SELECT is(carried('s'), '2 team@nine, 4 team@nine, 9 team@nine', 'a new series that Advoware cannot represent: a Termin for each occurrence');
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE google_event_id = 's'), 0::bigint, '… and none for the series as a whole');
SELECT is((SELECT count(*) FROM sync.action WHERE run_id = test.run_id() AND status = 'refused'), 0::bigint, '… and nothing is refused');
SELECT is((SELECT count(*) FROM sync.action WHERE run_id = test.run_id() AND kind = 'tag_event'), 0::bigint, '… and occurrences are not tagged');
CALL sync_once();
SELECT is(happened(), 'nothing', '… and the next run has nothing to do');

CALL begins_anew();
UPDATE sync.setting SET advoware_writes = 'none';
CALL series_is('s', 'team@nine', '{2,4}');
CALL sync_once();
SELECT is(carried('s'), 'nothing', 'without W no occurrence reaches Advoware');
UPDATE sync.setting SET advoware_writes = 'own';

CALL begins_anew();
CALL series_is('s', 'team@nine', '{2,4}', 'weekdays', '{"tag_anonymized": true}');
CALL sync_once();
SELECT is(carried('s'), 'nothing', 'a series tagged anonymised is never posted, by occurrence neither');

CALL begins_anew();
CALL series_is('s', 'team@nine', '{2,4}', NULL);
CALL sync_once();
SELECT is(carried('s'), 'nothing', 'of a series that Advoware can represent no occurrence is an appointment of its own');
SELECT is((SELECT t.content FROM sync.calendar_sync AS l JOIN termin AS t ON t.frnr = l.advoware_frnr WHERE l.google_event_id = 's'), 'team@nine', '… the series is');

-- A linked series takes a shape that Advoware cannot represent.

CREATE PROCEDURE reshaped(source text, strategy text, may_write boolean, termin_later boolean DEFAULT false) LANGUAGE plpgsql AS $$
DECLARE
    master text;
BEGIN
    CALL begins_anew();
    CALL linked(50, source, strategy, may_write, 'team@nine');
    master := event_id(50);
    UPDATE test.event AS e SET more = '{"is_series": true}' WHERE e.id = master;
    UPDATE test.termin AS t SET more = '{"is_series": true}' WHERE t.frnr = 50;
    CALL sync_once();
    CALL series_is(master, 'team@once', '{2,4,9}', 'exceptions');
    IF termin_later THEN
        CALL termin_is(50, 'other@nine', more => '{"is_series": true}');
    END IF;
    CALL sync_once();
END
$$;
CALL reshaped('google', 'source_system_wins', true);
SELECT is(carried('e50'), '2 team@once, 4 team@once, 9 team@once', 'Google wins: the series is carried by occurrence');
SELECT is((SELECT e.starts_at::date - now()::date FROM sync.calendar_sync AS l JOIN event AS e ON e.id = l.google_event_id WHERE l.sync_id = link_id(50)), 2, '… its link goes to the first occurrence');
SELECT is(happened(link_id(50)), 'update_termin done', '… whose Termin is changed, not made anew');
SELECT is((SELECT count(*) FROM termin), 5::bigint, '… and the others are new');
CALL sync_once();
SELECT is(happened(), 'nothing', '… and the next run has nothing to do');

CALL reshaped('advoware', 'source_system_wins', true);
SELECT is(happened(link_id(50)), 'update_event done', 'Advoware wins: the shape is an edit that is undone');
SELECT is((SELECT count(*) FROM sync.series), 0::bigint, '… and the series is not carried by occurrence');
CALL reshaped('google', 'source_system_wins', false);
SELECT is(happened(link_id(50)) || ' | ' || link_says(50), 'update_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden', 'Google wins, not W: refused');
SELECT is((SELECT count(*) FROM sync.series), 0::bigint, '… and the series is not carried by occurrence');
CALL reshaped('google', 'last_change_wins', true);
SELECT is(carried('e50'), '2 team@once, 4 team@once, 9 team@once', 'last change wins, only Google changed: carried by occurrence');
CALL reshaped('google', 'last_change_wins', true, termin_later => true);
SELECT is(happened(link_id(50)), 'update_event done', 'last change wins, Advoware''s is later: the shape is undone');
CALL reshaped('google', 'last_change_wins', false);
SELECT is(happened(link_id(50)), 'update_event done', 'last change wins, not W: the shape is undone');

-- What Google makes of our own write is not an edit: here it is said to be a series that Advoware cannot represent, and says something else than was meant.
CALL begins_anew();
CALL linked(50, 'google', 'last_change_wins', true, 'team@nine');
INSERT INTO mangled VALUES ('google', 'team@monthly', 'team@stored');
UPDATE event SET more = '{"is_series": true, "obstacle": "day_not_in_every_month"}' WHERE id = 'e50';
CALL event_is('e50_3', 'team@stored', later(), '{"master_id": "e50"}', now() + interval '3 days');
CALL event_is('e50_4', 'team@stored', later(), '{"master_id": "e50"}', now() + interval '4 days');
CALL termin_is(50, 'team@monthly', more => '{"is_series": true}');
CALL sync_once();
SELECT is(happened(link_id(50)), 'update_event done', 'a Termin that became a series is written into its event');
CALL sync_once();
SELECT is(happened(), 'update_event done', '… and what Google made of that write is not an edit: the same direction is tried again');
SELECT is(link_says(50), 'failed: stored something else', '… and stopped when the same is there twice');
CALL start_run(recheck => true);
CALL read();
CALL carry_out_phase(2);
CALL carry_out_phase(4);
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is((SELECT count(*) FROM sync.series) || ' | ' || happened() || ' | ' || termin_says(50), '0 | update_event done | team@monthly', '… nor does a whole comparison carry it by occurrence');
UPDATE event SET content = 'team@edited' WHERE id IN ('e50_3', 'e50_4');
CALL event_is('e50', 'team@edited', later(), '{"is_series": true, "obstacle": "exceptions"}');
CALL sync_once();
SELECT is(carried('e50'), '3 team@edited, 4 team@edited', '… while a third state is an edit, which is carried');
DELETE FROM mangled;

CALL begins_anew();
CALL linked(50, 'advoware', 'last_change_wins', true, 'team@nine');
UPDATE sync.calendar_sync SET anonymized = true WHERE sync_id = link_id(50);
UPDATE sync.setting SET anonymize_google_events = true;
UPDATE event SET content = 'blocked@nine', more = '{"is_series": true}' WHERE id = event_id(50);
UPDATE termin SET more = '{"is_series": true}' WHERE frnr = 50;
CALL sync_once();
CALL series_is(event_id(50), 'blocked@ten', '{2,4,9}', 'exceptions');
CALL sync_once();
SELECT is(happened(link_id(50)), 'update_termin refused (unusable: series_not_representable)', 'an anonymised copy is not carried by occurrence: its text is not in Google');
UPDATE sync.setting SET anonymize_google_events = false;

-- Links follow the shape.

CALL begins_anew();
CALL series_is('s', 'team@nine', '{2,4,9}');
CALL sync_once();
CREATE TEMPORARY TABLE before_it AS SELECT l.sync_id, l.advoware_frnr, e.starts_at FROM sync.calendar_sync AS l JOIN event AS e ON e.id = l.google_event_id WHERE e.more ->> 'master_id' = 's';
CALL series_is('s', 'team@ten', '{3,5,10}');
CALL sync_once();
SELECT is(carried('s'), '3 team@ten, 5 team@ten, 10 team@ten', 'a series that is moved: every Termin is changed');
SELECT results_eq($$SELECT l.advoware_frnr FROM sync.calendar_sync AS l JOIN test.event AS e ON e.id = l.google_event_id WHERE e.more ->> 'master_id' = 's' AND NOT l.deleted ORDER BY e.starts_at$$,
    $$SELECT advoware_frnr FROM before_it ORDER BY starts_at$$, '… in order of time');
SELECT is((SELECT (termine_created, termine_deleted, termine_updated)::text FROM sync.run WHERE run_id = test.run_id()), '(0,0,3)', '… none is created or deleted');
CALL series_is('s', 'team@ten', '{3,5}');
CALL event_is('s_R20300101T090000', 'crew@ten', later(), '{"is_series": true, "obstacle": null}', tomorrow());
CALL event_is('s_R20300101T090000_10', 'crew@ten', later(), '{"master_id": "s_R20300101T090000"}', now() + interval '10 days');
CALL event_is('s_R20300101T090000_12', 'crew@ten', later(), '{"master_id": "s_R20300101T090000"}', now() + interval '12 days');
CALL sync_once();
SELECT is(carried('s'), '3 team@ten, 5 team@ten, 10 crew@ten, 12 crew@ten', 'a series that is split: both halves are carried by occurrence, whatever the second one is by itself');
SELECT is((SELECT (termine_created, termine_deleted, termine_updated)::text FROM sync.run WHERE run_id = test.run_id()), '(1,0,1)', '… an occurrence of the second half takes over the link of a vanished one');
CALL series_is('s', 'team@ten', '{3,5}', NULL);
CALL sync_once();
SELECT is(happened(), 'nothing', 'once carried so it stays so, also when Advoware could represent it');

CALL begins_anew();
CALL series_is('s', 'team@nine', '{2,4,9}');
CALL sync_once();
-- Time passes: the first one ended two days before the window.
CREATE TEMPORARY TABLE aging AS SELECT l.sync_id, l.advoware_frnr, l.google_event_id FROM sync.calendar_sync AS l WHERE l.google_event_id = 's_2team@nine';
UPDATE sync.calendar_sync AS l SET starts_at = engine.window_from() - interval '49 hours', ends_at = engine.window_from() - interval '48 hours' FROM aging AS a WHERE l.sync_id = a.sync_id;
UPDATE termin AS t SET starts_at = engine.window_from() - interval '49 hours', ends_at = engine.window_from() - interval '48 hours' FROM aging AS a WHERE t.frnr = a.advoware_frnr;
UPDATE sync.seen AS s SET starts_at = engine.window_from() - interval '49 hours', ends_at = engine.window_from() - interval '48 hours'
FROM aging AS a WHERE s.entry_id IN (a.advoware_frnr::text, a.google_event_id);
DELETE FROM event WHERE id = 's_2team@nine';
UPDATE sync.seen SET present = false, proof = 'gone' WHERE entry_id = 's_2team@nine';
CALL series_is('s', 'team@ten', '{4,9}');
CALL sync_once();
SELECT is(carried('s'), '4 team@ten, 9 team@ten', 'a series whose first occurrence lies before the window by now is moved: every Termin within it keeps its day');
SELECT is((SELECT (termine_created, termine_deleted, termine_updated)::text FROM sync.run WHERE run_id = test.run_id()), '(0,0,2)', '… and none is created or deleted');
SELECT is((SELECT t.content FROM termin AS t JOIN aging AS a ON a.advoware_frnr = t.frnr), 'team@nine', '… while the one before the window is left alone');

CALL begins_anew();
CALL series_is('s', 'team@nine', '{2,4,9}');
CALL sync_once();
UPDATE event SET cancelled = true WHERE id = 's_4team@nine';
UPDATE sync.seen SET listed_to = now() + interval '20 days' WHERE entry_id = 's';
CALL event_is('s_30team@nine', 'team@nine', later(), '{"master_id": "s"}', now() + interval '30 days');
CALL sync_once();
SELECT is(carried('s'), '2 team@nine, 9 team@nine, 30 team@nine', 'an occurrence that was deleted, and one that time brought into reach');
SELECT is((SELECT (termine_created, termine_deleted)::text FROM sync.run WHERE run_id = test.run_id()), '(1,1)', '… have nothing to do with each other');
CALL event_gone('s');
UPDATE event SET cancelled = true WHERE more ->> 'master_id' = 's';
CALL sync_once();
SELECT is(carried('s'), 'nothing', 'a series that is deleted takes its Termine along');

-- Held or let through as one.

CALL begins_anew();
UPDATE sync.setting SET brake_count = 2;
CALL series_is('s', 'team@nine', '{2,3,4,5,6,7}');
CALL sync_once();
CALL series_is('s', 'team@ten', '{8}');
CALL event_is('fresh', 'else@eight');
CALL sync_once();
SELECT is((SELECT count(*) FROM termin WHERE content = 'team@nine'), 6::bigint, 'a shape change whose deletions the guard holds: not even what moves is written');
SELECT is((SELECT string_agg(DISTINCT kind || ' ' || phase || ' ' || result, ', ' ORDER BY kind || ' ' || phase || ' ' || result) FROM sync.action WHERE run_id = test.run_id() AND status = 'held'),
    'delete_termin 3 brake_too_many, update_termin 4 brake_series', '… all of it is shown as held');
SELECT is((SELECT t.content FROM sync.calendar_sync AS l JOIN termin AS t ON t.frnr = l.advoware_frnr WHERE l.google_event_id = 'fresh'), 'else@eight', '… while other work goes on');
SELECT ok(sync.approve_held(run_id()) IS NOT NULL, 'it can be approved');
UPDATE sync.request SET status = 'done' WHERE status = 'waiting';
CALL sync_once();
SELECT is(carried('s'), '8 team@ten', '… and is let through as one');
SELECT is((SELECT count(*) FROM sync.approval WHERE spent_at IS NULL), 0::bigint, '… with no approval left over');
UPDATE sync.setting SET brake_count = 10;

-- A user splits a series of ours.

CREATE PROCEDURE split(source text, strategy text, may_write boolean) LANGUAGE plpgsql AS $$
BEGIN
    CALL begins_anew();
    CALL linked(50, source, strategy, may_write, 'team@nine');
    CALL event_is(event_id(50) || '_R20300101T090000', 'half@nine', later(), '{"is_series": true}');
    UPDATE test.event AS e SET tags = (SELECT o.tags FROM test.event AS o WHERE o.id = event_id(50)) WHERE e.id = event_id(50) || '_R20300101T090000';
    CALL event_is(event_id(50), 'team@until', later());
    CALL sync_once();
END
$$;
CREATE FUNCTION half() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN e.cancelled THEN 'deleted' ELSE coalesce((SELECT t.content FROM sync.calendar_sync AS l JOIN test.termin AS t ON t.frnr = l.advoware_frnr WHERE l.google_event_id = e.id AND NOT l.deleted), 'left alone') END
    FROM test.event AS e WHERE e.id = event_id(50) || '_R20300101T090000'
$$;
CALL split('advoware', 'source_system_wins', true);
SELECT is(half() || ' | ' || event_says(50) || ' | ' || termin_says(50), 'deleted | team@nine | team@nine', 'a split of a copied series is undone where Advoware wins: second half deleted, series restored');
CALL split('advoware', 'last_change_wins', false);
SELECT is(half() || ' | ' || event_says(50) || ' | ' || termin_says(50), 'deleted | team@nine | team@nine', '… and where W is false');
CALL split('advoware', 'last_change_wins', true);
SELECT is(half() || ' | ' || event_says(50) || ' | ' || termin_says(50), 'half@nine | team@until | team@until', 'otherwise the second half is a new appointment');
CALL split('google', 'source_system_wins', true);
SELECT is(half() || ' | ' || event_says(50) || ' | ' || termin_says(50), 'half@nine | team@until | team@until', '… as it is of a series that began in Google');

CALL split('google', 'source_system_wins', false);
SELECT is(half() || ' | ' || termin_says(50), 'left alone | team@nine', 'while the first half must not be written nothing reaches Advoware for the second, whose dates its Termin has still');

CALL begins_anew();
CALL linked(50, 'google', 'source_system_wins', false, 'team@nine');
UPDATE event SET more = '{"is_series": true}' WHERE id = 'e50';
CALL series_is('e50_R20300101T090000', 'half@nine', '{20,21}');
CALL sync_once();
SELECT is((SELECT count(*) FROM sync.series), 0::bigint, 'a part is not carried by occurrence where another part of the series must not be written');
SELECT is((SELECT string_agg(result, ', ') FROM sync.action WHERE run_id = test.run_id() AND status = 'refused'), 'series_not_representable', '… and that is said');

CALL begins_anew();
CALL linked(50, 'google', 'source_system_wins', true, 'team@nine');
CALL series_is('e50', 'team@often', '{}', 'weekdays');
CALL sync_once();
SELECT is(link_says(50), 'failed: series_has_no_occurrence_in_reach', 'a series without an occurrence in reach is not passed over in silence');
CALL sync_once();
SELECT is(happened(), 'nothing', '… and nothing is done to its Termin');

-- A hub that lost its memory, and an old tag.

CALL begins_anew();
CALL linked(50, 'google', 'source_system_wins', true, 'team@nine');
CALL series_is('e50', 'team@once', '{2,4,9}', 'exceptions');
CALL sync_once();
CREATE TEMPORARY TABLE termine_before AS SELECT * FROM termin;
CREATE TEMPORARY TABLE events_before AS SELECT id, content, cancelled FROM event;
SELECT isnt((SELECT tags ->> 'tag_frnr' FROM event WHERE id = 'e50'), NULL, 'the master of a series that was whole keeps its tag');
CREATE PROCEDURE forgets() LANGUAGE sql AS $$ DELETE FROM sync.calendar_sync; DELETE FROM sync.series; DELETE FROM sync.seen; $$;
CALL forgets();
CALL sync_once();
SELECT is(carried('e50'), '2 team@once, 4 team@once, 9 team@once', 'a lost hub finds a series carried by occurrence again');
SELECT set_eq('SELECT frnr, content FROM test.termin', 'SELECT frnr, content FROM termine_before', '… and writes nothing in Advoware');
SELECT set_eq('SELECT id, content, cancelled FROM test.event', 'SELECT id, content, cancelled FROM events_before', '… nor in Google');
CALL forgets();
DELETE FROM termin WHERE frnr = 50;
DELETE FROM termine_before WHERE frnr = 50;
CALL sync_once(1, 3, 4);
SELECT set_eq('SELECT frnr, content FROM test.termin', 'SELECT frnr, content FROM termine_before', '… also when the Termin that the tag names is gone');

-- Anonymised later.

CALL reshaped('advoware', 'last_change_wins', true);
SELECT is(carried(event_id(50)) IS NOT NULL AND (SELECT count(*) FROM sync.series) = 1, true, 'a series of ours that is carried by occurrence');
-- It is a single Termin by now.
UPDATE termin SET more = '{}' WHERE frnr = 50;
UPDATE sync.setting SET anonymize_google_events = true;
CALL sync_once();
SELECT is((SELECT count(*) FROM event WHERE more ? 'master_id' AND NOT cancelled AND content NOT LIKE 'blocked@%'), 0::bigint, '… shows no text of Advoware''s in any occurrence once it is anonymised');
UPDATE sync.setting SET anonymize_google_events = false;

-- What an occurrence cannot be.

CALL begins_anew();
UPDATE sync.setting SET default_strategy = 'last_change_wins';
CALL series_is('s', 'team@nine', '{2,4}');
CALL sync_once();
UPDATE termin SET content = 'often@nine', changed_at = later(), more = '{"is_series": true}' WHERE frnr = (SELECT advoware_frnr FROM sync.calendar_sync WHERE google_event_id = 's_2team@nine');
CALL sync_once();
SELECT is((SELECT string_agg(kind || ' ' || status || ' ' || result, ', ') FROM sync.action WHERE run_id = test.run_id()), 'update_event refused occurrence_cannot_repeat', 'a Termin that becomes a series cannot be written into one occurrence');

SELECT * FROM finish();
ROLLBACK;
