-- rules 6: the rows of the seed's own program are adopted, all or none; the next run settles the links without a write but our tags.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all';
-- A row of that program; more: what is otherwise, or (null) not said.
CREATE FUNCTION old_row(frnr integer, event text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('sync_id', link_id(coalesce(frnr, length(event))), 'employee_kuerzel', 'SB', 'advoware_frnr', frnr, 'google_event_id', event, 'source_system', 'advoware',
        'sync_strategy', 'source_system_wins', 'sync_status', 'synced', 'advoware_write_allowed', false, 'deleted', false, 'last_sync', at(1), 'created_at', at(0)) || more
$$;
CREATE FUNCTION adopt(VARIADIC rows jsonb[]) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(a.becomes, ', ' ORDER BY a.row_number) FROM sync.adopt_rows(to_jsonb(rows)) AS a $$;
-- What is wrong with these rows, as the error says it.
CREATE FUNCTION wrong(VARIADIC rows jsonb[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    PERFORM sync.adopt_rows(to_jsonb(rows));
    RETURN 'nothing';
EXCEPTION WHEN invalid_parameter_value THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END
$$;
CREATE FUNCTION links() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM sync.calendar_sync $$;
CREATE FUNCTION link_is(frnr integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', l.google_event_id, l.source_system, l.sync_strategy, CASE WHEN l.advoware_write_allowed THEN 'W' END, l.sync_status, CASE WHEN l.anonymized THEN 'anonymised' END,
        CASE WHEN l.tagged THEN 'tagged' END)
    FROM sync.calendar_sync AS l WHERE l.sync_id = link_id(frnr)
$$;

-- Wrong rows.

SELECT is(wrong(old_row(1, 'e1'), row), 'row 2: ' || says, why)
FROM (VALUES
    (old_row(2, 'e2', '{"source_system": "Advoware"}'), 'source_system: "Advoware"; allowed: advoware, google', 'an enum value that there is not'),
    (old_row(2, 'e2', '{"sync_strategy": null}'), 'sync_strategy: missing; allowed: source_system_wins, last_change_wins', 'an enum value that is missing'),
    (old_row(2, 'e2', '{"sync_status": "done"}'), 'sync_status: "done"; allowed: pending, synced, failed', 'a status that there is not'),
    (old_row(2, 'e2', '{"employee_kuerzel": "XX"}'), 'employee_kuerzel: "XX"; allowed: MK, SB (leave the rows of who has left out)', 'an employee whom nobody knows'),
    (old_row(2, 'e2', '{"employee_kuerzel": "sb"}'), 'employee_kuerzel: "sb"; allowed: MK, SB (leave the rows of who has left out)', 'a Kürzel in another case is somebody else'),
    (old_row(2, 'e2', '{"sync_id": "17"}'), 'sync_id: "17"; allowed: a UUID', 'no UUID'),
    (old_row(2, 'e2', '{"advoware_frnr": "85861.0"}'), 'advoware_frnr: "85861.0"; allowed: a Termin''s number, or nothing', 'no number'),
    (old_row(2, 'e2', '{"advoware_frnr": "3000000000"}'), 'advoware_frnr: "3000000000"; allowed: a Termin''s number, or nothing', 'a number beyond the column'),
    (old_row(2, 'e2', jsonb_build_object('google_event_id', repeat('x', 256))), 'google_event_id: "' || repeat('x', 40) || '"; allowed: an event''s id of at most 255 characters, or nothing', 'an id beyond the column'),
    (old_row(2, 'e2', '{"advoware_write_allowed": "maybe"}'), 'advoware_write_allowed: "maybe"; allowed: true, false', 'neither true nor false'),
    (old_row(2, 'e2', '{"deleted": ""}'), 'deleted: missing; allowed: true, false', 'neither deleted nor not'),
    (old_row(2, 'e2', '{"last_sync": "yesterday evening"}'), 'last_sync: "yesterday evening"; allowed: a timestamp, or nothing', 'no time'),
    (old_row(2, 'e2', '{"created_at": "31.02.2025"}'), 'created_at: "31.02.2025"; allowed: a timestamp, or nothing', 'a day that there is not'),
    (old_row(NULL, NULL, jsonb_build_object('sync_id', link_id(2))), 'advoware_frnr and google_event_id: both missing; allowed: at least one of them', 'both ids missing'),
    (old_row(2, 'e2', '{"deleted": "perhaps", "source_system": "outlook"}'), 'source_system: "outlook"; allowed: advoware, google; deleted: "perhaps"; allowed: true, false', 'all that is wrong with it')
) AS t (row, says, why);
SELECT is(wrong(old_row(1, 'e1'), old_row(2, 'e1')), E'row 1: google_event_id: "e1" stands in row 2, too; allowed: one row for one event\nrow 2: google_event_id: "e1" stands in row 1, too; allowed: one row for one event',
    'two rows for one event: both are named');
SELECT is(wrong(old_row(1, 'e1'), old_row(1, 'e2', jsonb_build_object('sync_id', link_id(2)))),
    E'row 1: advoware_frnr: "1" stands in row 2, too; allowed: one row for one Termin of an employee\nrow 2: advoware_frnr: "1" stands in row 1, too; allowed: one row for one Termin of an employee',
    'two rows for one Termin: both are named');
SELECT is(wrong(old_row(1, 'e1'), old_row(2, 'e2', jsonb_build_object('sync_id', link_id(1)))),
    format(E'row 1: sync_id: "%1$s" stands in row 2, too; allowed: once\nrow 2: sync_id: "%1$s" stands in row 1, too; allowed: once', link_id(1)), 'two rows of one name: both are named');
SELECT is(wrong(old_row(1, 'e1'), old_row(1, 'e1', jsonb_build_object('sync_id', link_id(2), 'employee_kuerzel', 'MK'))), 'nothing', 'a Termin and an event of two employees are two');
DELETE FROM sync.calendar_sync;
SELECT throws_ok($$SELECT test.adopt(test.old_row(1, 'e1'), test.old_row(2, 'e2', '{"deleted": 7}'), test.old_row(3, 'e3', '{"deleted": 8}'))$$, '22023', '2 of 3 rows are wrong, nothing was adopted', 'how many are wrong');
SELECT is(links(), 0::bigint, 'nothing is half done');

-- Rows that are good.

SELECT results_eq($$SELECT becomes, advoware_write_allowed FROM sync.adopt_rows(jsonb_build_array(old_row(1, 'e1'), old_row(2, 'e2', '{"deleted": true, "employee_kuerzel": "XX"}')), dry_run => true)$$,
    $$VALUES ('link', false), ('deleted: left out', NULL)$$, 'a dry run says what would be');
SELECT is(links(), 0::bigint, '… and does nothing');
CALL termin_is(1, 'one@nine');
CALL event_is('e1', 'one@nine');
CALL termin_is(2, 'two@nine');
CALL event_is('e2', 'two@nine');
CALL termin_is(3, 'three@nine');
CALL event_is('e3', 'three@nine');
CALL termin_is(4, 'four@nine');
CALL event_is('e4', 'four@ten');
CALL termin_is(-5, 'travel@nine');
CALL event_is('e5', 'travel@nine');
SELECT is(adopt(
    old_row(1, 'e1'), old_row(2, 'e2', '{"source_system": "google", "advoware_write_allowed": "True", "sync_strategy": "last_change_wins"}'),
    old_row(3, 'e3', '{"advoware_write_allowed": "t", "sync_status": "failed"}'), old_row(4, 'e4', '{"source_system": "google"}'), old_row(-5, 'e5', '{"advoware_write_allowed": true}'),
    old_row(6, 'e1', '{"deleted": "True"}')), 'link, link, link, link, link, deleted: left out', 'all rows but deleted ones become links');
SELECT is((SELECT (created_at, last_sync)::text FROM sync.calendar_sync WHERE sync_id = link_id(1)), (at(0), at(1))::text, '… as old as they are');
SELECT is(adopt(old_row(1, 'e1'), old_row(2, 'e2', jsonb_build_object('sync_id', gen_random_uuid())), old_row(6, 'e1', '{"deleted": true}')), 'there already, there already, deleted: left out',
    'a second time nothing is adopted, whatever the row is called');
SELECT is(links(), 5::bigint, '… and nothing is there twice');
SELECT is(wrong(old_row(7, 'e1')), format('row 1: google_event_id: "e1" belongs to link %s in the hub, with Termin 1; allowed: an event without link', link_id(1)), 'an event that the hub has linked otherwise');
SELECT is(wrong(old_row(2, 'e7', jsonb_build_object('sync_id', link_id(7)))), format('row 1: advoware_frnr: "2" belongs to link %s in the hub, with event e2; allowed: a Termin without link', link_id(2)),
    'a Termin that the hub has linked otherwise');
SELECT is(wrong(old_row(1, 'e1', '{"employee_kuerzel": "MK"}')), format('row 1: sync_id: "%s" is a link of SB in the hub; allowed: one that it does not know', link_id(1)), 'a link of somebody else');

-- The next run.

CALL sync_once();
SELECT is((SELECT string_agg(DISTINCT kind || ' ' || status, ', ' ORDER BY kind || ' ' || status) FROM sync.action WHERE run_id = run_id()), 'tag_event done, update_termin refused',
    'the next run writes nothing but our tags; without W nothing reaches Advoware');
SELECT is(link_is(1), 'e1 advoware source_system_wins synced tagged', 'source, strategy and W are the row''s, whatever policy says of new ones');
SELECT is(link_is(2), 'e2 google last_change_wins W synced tagged', '… whatever they are');
SELECT is(link_is(3), 'e3 advoware source_system_wins W synced tagged', '… also of what had failed');
SELECT is(link_is(-5), 'e5 advoware source_system_wins synced tagged', 'a derived Termin''s link never writes');
SELECT is((SELECT content FROM termin WHERE frnr = 4), 'four@nine', 'what differs is settled by the row''s strategy and W');
SELECT is((SELECT anonymize FROM sync.employee WHERE kuerzel = 'SB'), false, 'nobody is anonymised');
CALL sync_once();
SELECT is(happened(), 'nothing', 'a second run writes nothing');

-- Changed, and deleted, since that program ran last.

CALL termin_is(11, 'eleven@ten');
CALL event_is('e11', 'eleven@nine');
CALL event_is('e12', 'twelve@nine');
CALL termin_is(13, 'thirteen@nine');
CALL termin_is(900, 'the control@nine');
CALL event_is('e900', 'the control@nine');
SELECT is(adopt(old_row(11, 'e11'), old_row(12, 'e12'), old_row(13, 'e13'), old_row(14, 'e14'), old_row(900, 'e900')), 'link, link, link, link, link', 'rows whose sides have moved on');
UPDATE sync.setting SET brake_count = 100;
CALL sync_once();
SELECT is((SELECT content FROM event WHERE id = 'e11'), 'eleven@ten', 'a Termin changed since is carried');
SELECT is((SELECT cancelled FROM event WHERE id = 'e12'), true, 'the event of a Termin that is gone goes');
SELECT is((SELECT e.content FROM sync.calendar_sync AS l JOIN event AS e ON e.id = l.google_event_id AND NOT e.cancelled WHERE l.advoware_frnr = 13 AND NOT l.deleted), 'thirteen@nine', 'an event that is gone is created again, where Advoware wins');
SELECT is(link_says(14), 'deleted', 'what is gone on both sides ends');
CALL sync_once();
SELECT is(happened(), 'nothing', '… and then there is peace');

-- Half rows.

CALL event_is('only-event', 'secret@nine');
SELECT is(adopt(old_row(NULL, 'only-event', jsonb_build_object('sync_id', link_id(21), 'source_system', 'google'))), 'half link', 'a row of an event alone');
CALL sync_once();
SELECT is(link_says(21), 'failed: advoware_write_forbidden, no Termin', '… whose W is false never becomes a Termin');

-- Occurrences.

SELECT is(adopt(old_row(25, 'weekly_20301102T090000Z'), old_row(26, 'daily_R20301101_20301103'), old_row(27, '_60q30c1g60o30e1i60o4ac1g')), 'link, link, link', 'rows of occurrences of series');
SELECT is((SELECT string_agg(family, ', ' ORDER BY family) FROM sync.series), 'daily, weekly', '… have these series carried so; an imported event''s id is no occurrence''s');
DELETE FROM sync.calendar_sync WHERE advoware_frnr BETWEEN 25 AND 27;
DELETE FROM sync.series;

-- What was before the window.

SELECT count(*) FROM termin \gset before_
CALL event_is('long-ago', 'past@nine', later(), '{}', now() - interval '300 days');
SELECT is(adopt(old_row(31, 'long-ago')), 'link', 'a row of long ago');
CALL sync_once();
SELECT is(happened(link_id(31)), 'nothing', '… is left alone');
SELECT is((SELECT count(*) FROM termin), :before_count::bigint, '… and not posted');
CALL start_run();
CALL read();
SELECT is(k.links @> ARRAY[link_id(31)], false, '… and not thought about in every run') FROM engine.look AS k WHERE k.run_id = run_id();
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

CALL termin_is(32, 'past too@nine', later(), '{}', now() - interval '300 days');
UPDATE termin SET listed = false WHERE frnr = 32;
SELECT is(adopt(old_row(32, 'gone-long-ago')), 'link', 'a row whose event is gone, and whose Termin no list shows, being over');
CALL sync_once();
CALL sync_once();
SELECT is((SELECT count(*) FROM event WHERE content = 'past too@nine'), 0::bigint, '… the event is not created again');

-- Anonymised copies.

SELECT is(adopt(old_row(41, 'e41'), old_row(42, 'e42', '{"source_system": "google", "advoware_write_allowed": true}'), old_row(43, 'e43'), old_row(44, 'e44')), 'link, link, link, link', 'rows of anonymised copies');
CALL termin_is(41, 'client@nine');
CALL event_is('e41', 'blocked@nine');
CALL termin_is(42, 'appointment@nine');
CALL event_is('e42', 'appointment@nine');
CALL termin_is(43, 'moved@ten');
CALL event_is('e43', 'blocked@nine');
CALL termin_is(44, 'blocked@nine');
CALL event_is('e44', 'blocked@nine');
CALL sync_once();
SELECT is(link_is(41), 'e41 advoware source_system_wins synced anonymised tagged', 'an anonymised copy is known by what it says');
SELECT is(link_is(42), 'e42 google source_system_wins W synced tagged', '… what began in Google keeps its text');
SELECT is(link_is(43) || ' ' || (SELECT content FROM event WHERE id = 'e43'), 'e43 advoware source_system_wins synced anonymised tagged blocked@ten', '… and one whose Termin was moved is moved');
SELECT is((SELECT anonymize FROM sync.employee WHERE kuerzel = 'SB'), true, '… and turns anonymisation on: no name is written');
SELECT is((SELECT string_agg(content, ' ') FROM event WHERE id = 'e1'), 'blocked@nine', '… all copies follow');
CALL sync_once();
SELECT is(happened(), 'nothing', 'a second run writes nothing');

-- CSV.

CREATE FUNCTION csv(text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(r::text, ' ') FROM jsonb_path_query(engine.csv_rows($1), '$[*].google_event_id') AS r $$;
CREATE FUNCTION header() RETURNS text LANGUAGE sql AS $$ SELECT 'google_event_id,sync_id,employee_kuerzel,advoware_frnr,source_system,sync_strategy,advoware_write_allowed,deleted' $$;
SELECT is(csv(header() || E'\nabc,,,,,,,\n"a,""b""\nc",1,2,3,4,5,6,7\n'), E'"abc" "a,\\"b\\"\\nc"', 'fields in quotes may hold commas, quotes and line ends');
SELECT is(csv(U&'\FEFF' || replace(header(), ',', ', ') || E'\r\nabc,1,2,3,4,5,6,7\r\n\r\n'), '"abc"', 'as Windows writes it');
SELECT is(engine.csv_rows(header()), '[]', 'a header alone');
SELECT throws_ok($$SELECT engine.csv_rows(replace(test.header(), ',', ';'))$$, '22023', 'header: it names "google_event_id;sync_id;employee_kuerzel;advoware_frnr;source_system;sync_strategy;advoware_write_allowed;deleted"; '
    'needed, separated by commas: sync_id, employee_kuerzel, advoware_frnr, google_event_id, source_system, sync_strategy, advoware_write_allowed, deleted', 'another separator');
SELECT throws_ok($$SELECT engine.csv_rows(test.header() || E'\na,b\n1,2,3,4,5,6,7,8')$$, '22023', 'the file is no table: rows have more or fewer fields than its header', 'a short row');
SELECT throws_ok($$SELECT engine.csv_rows(test.header() || E'\na"b,2,3,4,5,6,7,8')$$, '22023', 'the file is no CSV: a quote stands inside a field, or is not closed', 'a stray quote');
SELECT throws_ok($$SELECT engine.csv_rows(test.header() || E'\n"ab,2,3,4,5,6,7,8')$$, '22023', NULL, 'a quote that is not closed');

SELECT * FROM finish();
ROLLBACK;
