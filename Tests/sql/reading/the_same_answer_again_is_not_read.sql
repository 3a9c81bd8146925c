-- An answer of Advoware that is byte for byte the last one is told by its digest alone, as long as the hub knows nothing else than it said.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(1, 'talk@nine');
CALL sync_once();

-- What a listener tells of Advoware's list: read, with its digest; or the digest alone.
CREATE FUNCTION tell(advoware jsonb, begun_at timestamptz DEFAULT NULL) RETURNS boolean LANGUAGE sql AS $$
    SELECT engine.store_reading(run_id(), fence(), jsonb_build_object('key_prefix', key(), 'observed_at', coalesce(begun_at, r.observed_at),
        'window_from', r.window_from, 'window_to', r.window_to, 'advoware', advoware))
    FROM engine.begin_reading(run_id(), fence(), key()) AS r
$$;
CREATE FUNCTION list(digest text, unidentifiable integer DEFAULT 0) RETURNS jsonb LANGUAGE sql AS $$
    SELECT (reading(true, false) -> 'advoware') || jsonb_build_object('digest', digest, 'unidentifiable', unidentifiable)
$$;
CREATE FUNCTION known() RETURNS text LANGUAGE sql AS $$ SELECT r.advoware_digest FROM engine.begin_reading(run_id(), fence(), key()) AS r $$;

CALL start_run();
SELECT is(known(), NULL, 'nothing is known of an answer that came without a digest');
SELECT ok(tell(list('d1')), 'an answer is read');
SELECT is(known(), 'd1', '… and known by its digest');
CREATE TEMP TABLE read ON COMMIT DROP AS SELECT r.whole_at, r.entries FROM sync.reading AS r WHERE r.side = 'advoware';
SELECT ok(tell('{"digest": "d1"}'), 'the same answer again is told by its digest');
SELECT ok(r.whole_at > b.whole_at AND r.observed_at = r.whole_at, '… all that is there was seen once more') FROM sync.reading AS r, read AS b WHERE r.side = 'advoware';
SELECT is(r.entries, b.entries, '… as many as before') FROM sync.reading AS r, read AS b WHERE r.side = 'advoware';
SELECT is(known(), 'd1', '… and it is known still');
SELECT ok(NOT tell('{"digest": "d2"}'), 'a digest that the hub does not know is no reading');

-- When the hub knows something else than the answer said, the answer is read again.
SELECT engine.store_entries('SB', 'advoware', clock_timestamp(), '[{"id": "1", "present": false}]', 'gone') \g /dev/null
SELECT is(known(), NULL, 'after a proof of absence the same answer is to be read');
SELECT ok(NOT tell('{"digest": "d1"}'), '… also by who was told its digest before');
SELECT ok(tell(list('d1')), '… and is');
SELECT ok((SELECT s.present FROM sync.seen AS s WHERE s.side = 'advoware'), '… the Termin is there again');
SELECT is(known(), 'd1', '… and then it is known again');
SELECT clock_timestamp() AS begun_at \gset
UPDATE sync.seen SET observed_at = clock_timestamp() WHERE side = 'advoware';
CALL termin_is(1, 'talk@ten');
SELECT ok(tell(list('d3'), :'begun_at'), 'a list of which something is refused as older than what is known');
SELECT is(known(), NULL, '… is to be read again');
UPDATE sync.seen SET observed_at = clock_timestamp() WHERE side = 'advoware';
SELECT ok(tell(list('d3', unidentifiable => 1)), 'so is one with an entry that has no number');
SELECT is(known(), NULL, '… each time');
SELECT ok(tell('{"entries": [], "unidentifiable": 0, "digest": "d4"}'), 'and an empty one');
SELECT is(known(), NULL, '… which proves nothing');
SELECT ok(tell(list('d5')), 'another key of the fingerprints, or another window, asks for the answer itself');
SELECT is((SELECT r.advoware_digest FROM engine.begin_reading(run_id(), fence(), '1:k2') AS r), NULL, '… the key');
UPDATE sync.setting SET window_future_days = window_future_days + 1;
SELECT is(known(), NULL, '… the window');
UPDATE sync.setting SET window_future_days = window_future_days - 1;
SELECT is(known(), 'd5', '… it is the digest of that window''s answer');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL start_run(recheck => true);
SELECT is(known(), NULL, 'when everything is to be compared everything is read');

SELECT * FROM finish();
ROLLBACK;
