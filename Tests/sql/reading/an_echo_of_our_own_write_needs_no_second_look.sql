-- An event of a list of changes that the hub has seen exactly so is the echo of a write of ours: of a series nothing more is asked.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
CALL event_is('series', 'talk@nine', more => '{"is_series": true}');
CALL event_is('broken', 'talk@ten', more => '{"unusable": "event_without_start"}');
CALL event_is('gone', 'talk@eleven');
CALL sync_once();
CALL event_gone('gone');
CALL sync_once();
CALL start_run();
CREATE FUNCTION known(VARIADIC events text[]) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(k, ', ' ORDER BY k), 'none') FROM jsonb_array_elements_text(engine.known_events(run_id(), fence(), (
        SELECT jsonb_agg(jsonb_build_object('id', split_part(e, '/', 1), 'etag', nullif(split_part(e, '/', 2), ''),
            'fingerprint', coalesce(nullif(split_part(e, '/', 3), ''), fingerprint('talk@nine')))) FROM unnest(events) AS e))) AS k
$$;
CREATE FUNCTION etag(id text) RETURNS text LANGUAGE sql AS $$
    SELECT s.etag FROM sync.seen AS s WHERE s.employee_kuerzel = 'SB' AND s.side = 'google' AND s.entry_id = etag.id
$$;

SELECT is(known('series/' || etag('series'), 'new/1'), 'series', 'known is what was seen with this etag');
SELECT is(known('series/another'), 'none', '… not what has another by now');
SELECT is(known('series/' || etag('series') || '/' || fingerprint('talk@ten')), 'none', '… nor what says something else with the same one');
SELECT is(known('series/'), 'none', '… nor what comes without one');
SELECT is(known('broken/' || etag('broken')), 'none', 'what could not be understood is looked at again');
SELECT is(known('gone/' || etag('gone')), 'none', 'what was gone and is listed again is looked at');
SELECT is(engine.known_events(run_id(), fence() - 1, jsonb_build_array(jsonb_build_object('id', 'series', 'etag', etag('series'), 'fingerprint', fingerprint('talk@nine')))), '[]', 'a claim that is over knows nothing');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL start_run(employee => 'MK');
SELECT is(known('series/' || etag('series')), 'none', 'another employee''s calendar says nothing');

SELECT * FROM finish();
ROLLBACK;
