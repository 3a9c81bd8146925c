-- Of a list that is not the last one, only those Termine are read that it shows otherwise than the last time.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
CALL termin_is(1, 'talk@nine');
CALL termin_is(2, 'letter@ten');
CALL termin_is(3, 'lunch@noon');
CALL sync_once();

CREATE FUNCTION tell(advoware jsonb) RETURNS boolean LANGUAGE sql AS $$
    SELECT engine.store_reading(run_id(), fence(), jsonb_build_object('key_prefix', key(), 'observed_at', r.observed_at,
        'window_from', r.window_from, 'window_to', r.window_to, 'advoware', advoware))
    FROM engine.begin_reading(run_id(), fence(), key()) AS r
$$;
-- A list that shows each as its content says: the digest is the content's.
CREATE FUNCTION digest(content text) RETURNS bigint LANGUAGE sql AS $$ SELECT hashtextextended(content, 0) $$;
CREATE FUNCTION unknown() RETURNS bigint[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(u::bigint ORDER BY u), '{}') FROM jsonb_array_elements_text(engine.unknown_termine(run_id(), fence(),
        (SELECT array_agg(t.frnr ORDER BY t.frnr) FROM termin AS t), (SELECT array_agg(digest(t.content) ORDER BY t.frnr) FROM termin AS t))) AS u
$$;
CREATE FUNCTION list() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('unidentifiable', 0, 'digest', 'a list',
        'unchanged', (SELECT coalesce(jsonb_agg(t.frnr), '[]') FROM termin AS t WHERE t.frnr <> ALL (unknown())),
        'entries', (SELECT coalesce(jsonb_agg(entry_of(t) || jsonb_build_object('digest', digest(t.content))), '[]') FROM termin AS t WHERE t.frnr = ANY (unknown())))
$$;
CREATE FUNCTION says(number integer) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN s.present THEN s.fingerprint ELSE 'gone' END FROM sync.seen AS s WHERE s.employee_kuerzel = 'SB' AND s.frnr = number
$$;

CALL start_run();
SELECT is(unknown(), '{1,2,3}', 'what no list has shown with a digest is to be read');
SELECT ok(tell(list()), 'the list is read');
SELECT is(unknown(), '{}', '… and known, Termin by Termin');
CREATE TEMP TABLE before ON COMMIT DROP AS SELECT s.frnr, s.ctid::text AS version FROM sync.seen AS s WHERE s.side = 'advoware';
CALL termin_is(2, 'letter@eleven');
SELECT is(unknown(), '{2}', 'one that is shown otherwise is to be read');
SELECT ok(tell(list()), '… and the list is stored with the others told by their numbers');
SELECT is(says(2), fingerprint('letter@eleven'), '… the changed one says what it says now');
SELECT is((SELECT array_agg(s.frnr) FROM sync.seen AS s JOIN before AS b USING (frnr) WHERE s.ctid::text <> b.version), '{2}', '… and no other is written');
SELECT is((SELECT r.entries FROM sync.reading AS r WHERE r.employee_kuerzel = 'SB' AND r.side = 'advoware'), 3, '… they count as listed');

CALL termin_gone(3);
SELECT ok(tell(list()), 'one that the list lacks');
SELECT is(says(3), 'gone', '… is missing');
SELECT is(says(1), fingerprint('talk@nine'), '… and not those told by number');
CALL termin_is(3, 'lunch@noon');
SELECT is(unknown(), '{3}', 'when it is back as it was it is to be read');
SELECT ok(tell(list()), '… and is');
SELECT is(says(3), fingerprint('lunch@noon'), '… there again');

SELECT engine.store_entries('SB', 'advoware', clock_timestamp(), jsonb_build_array(entry_of(t))) FROM termin AS t WHERE t.frnr = 1 \g /dev/null
SELECT is(unknown(), '{}', 'a single GET that says the same changes nothing');
SELECT engine.store_entries('SB', 'advoware', clock_timestamp(), jsonb_build_array(entry_of(t) || '{"fingerprint": "1:k1:another"}')) FROM termin AS t WHERE t.frnr = 1 \g /dev/null
SELECT is(unknown(), '{1}', '… one that says something else makes the list''s word worth reading');
SELECT ok(tell(list()), '… which it is');
SELECT is(says(1), fingerprint('talk@nine'), '… and then says what it says');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

CALL start_run(employee => 'MK');
SELECT is(unknown(), '{1,2,3}', 'what another employee''s list showed says nothing');

SELECT * FROM finish();
ROLLBACK;
