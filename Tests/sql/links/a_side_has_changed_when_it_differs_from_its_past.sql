-- rules 3: a side has changed when it differs from its own past and from what we meant by our last write to it.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();

-- The rule itself. Fingerprints are version:key:HMAC.

SELECT is(engine.side_changed(now_fp, now_time_fp, at(now_at), settled_fp, at(mark), meant_fingerprint, meant_time_fingerprint), wanted, says)
FROM (VALUES
    ('1:k:b', '1:k:@1', 5, '1:k:a', 4, NULL, NULL, true, 'another content than when it was settled: changed'),
    ('1:k:b', '1:k:@1', 3, '1:k:a', 4, NULL, NULL, true, 'another content is a change though its timestamp is older'),
    ('1:k:b', '1:k:@1', NULL, '1:k:a', 4, NULL, NULL, true, 'another content is a change though it has no timestamp'),
    ('1:k:a', '1:k:@1', 9, '1:k:a', 4, NULL, NULL, false, 'the same content with a newer timestamp: not changed'),
    ('1:k:b', '1:k:@1', 9, '1:k:a', 4, '1:k:b', '1:k:@1', false, 'what our last write meant: not changed'),
    ('1:k:a', '1:k:@1', 9, '1:k:a', 4, '1:k:b', '1:k:@1', false, 'still what it was before our write: not changed'),
    ('1:k:c', '1:k:@1', 9, '1:k:a', 4, '1:k:b', '1:k:@1', true, 'neither settled nor meant, though the time is as meant: changed'),
    ('1:k:c', '1:k:@1', 9, '1:k:a', 4, NULL, '1:k:@1', false, 'a write that meant time and recurrence only, and they are as meant: not changed'),
    ('1:k:c', '1:k:@2', 9, '1:k:a', 4, NULL, '1:k:@1', true, 'a write that meant time and recurrence only, and they are otherwise: changed'),
    ('1:k:a', '1:k:@1', 5, NULL, NULL, NULL, NULL, true, 'never settled: changed'),
    ('1:k:a', '1:k:@1', 5, NULL, NULL, '1:k:a', '1:k:@1', false, 'never settled, but as we meant it: not changed'),
    (NULL, NULL, 5, '1:k:a', 4, NULL, NULL, false, 'not understood: not changed'),
    ('1:j:b', '1:j:@1', 5, '1:k:a', 4, NULL, NULL, true, 'another key, newer timestamp: changed'),
    ('1:j:b', '1:j:@1', 4, '1:k:a', 4, NULL, NULL, false, 'another key, the same timestamp: not changed'),
    ('1:j:b', '1:j:@1', NULL, '1:k:a', 4, NULL, NULL, false, 'another key, no timestamp: not changed'),
    ('2:k:a', '2:k:@1', 5, '1:k:a', 4, NULL, NULL, true, 'another version, newer timestamp: changed'),
    ('2:k:a', '2:k:@1', 3, '1:k:a', 4, NULL, NULL, false, 'another version, older timestamp: not changed')
) AS s (now_fp, now_time_fp, now_at, settled_fp, mark, meant_fingerprint, meant_time_fingerprint, wanted, says);

CALL office();
CREATE FUNCTION marks(frnr integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s %s', to_char(l.advoware_watermark AT TIME ZONE 'UTC', 'HH24:MI'), to_char(l.google_watermark AT TIME ZONE 'UTC', 'HH24:MI'))
    FROM sync.calendar_sync AS l WHERE l.sync_id = link_id(frnr)
$$;

-- A newer timestamp with the same content.

CALL linked(1, 'google', 'last_change_wins');
CALL linked(2, 'advoware');
CALL termin_is(1, 'talk@nine', at(61));
CALL event_is('e1', 'talk@nine', at(62));
CALL termin_is(2, 'talk@nine', at(63));
CALL event_is(event_id(2), 'lunch@nine', at(64));
CALL linked(20, 'advoware');
CALL termin_is(20, 'brief@nine', at(63));
CALL event_is(event_id(20), 'talk@nine', at(65));
CALL start_run(3);
CALL read();
SELECT is(marks(1), '01:01 01:02', 'a newer timestamp with the same content moves the watermark');
SELECT is((SELECT last_sync FROM sync.calendar_sync WHERE sync_id = link_id(1)), at(62), '… and last_sync, the settled time of the newer side');
SELECT is(split_part(marks(2), ' ', 1), '01:03', '… also when the other side was edited');
SELECT isnt(split_part(marks(2), ' ', 2), '01:04', 'the watermark of an edited side stays until it is settled');
SELECT is(split_part(marks(20), ' ', 2), '01:05', '… in Google as in Advoware');
CALL carry_out_phase(4);
SELECT is(outcome(1), 'nothing | synced | talk@nine | talk@nine', '… and writes nothing');
SELECT is(outcome(2), 'update_event done | synced | talk@nine | talk@nine', '… and the edit of the copy is undone');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

-- Both sides say the same.

CALL linked(3, 'google', 'last_change_wins');
CALL termin_is(3, 'brief@ten', at(100));
CALL event_is('e3', 'brief@ten', at(101));
CALL linked(4, 'google');
UPDATE sync.calendar_sync SET advoware_fingerprint = NULL, google_fingerprint = NULL, sync_status = 'pending', last_sync = NULL WHERE sync_id = link_id(4);
CALL sync_once(4);
SELECT is(outcome(3), 'nothing | synced | brief@ten | brief@ten', 'changed on both sides to the same: nothing is sent');
SELECT is((l.advoware_fingerprint, l.google_fingerprint, l.last_sync)::text, (fingerprint('brief@ten'), fingerprint('brief@ten'), at(101))::text, '… and both sides are settled')
FROM sync.calendar_sync AS l WHERE l.sync_id = link_id(3);
SELECT is(outcome(4), 'nothing | synced | talk@nine | talk@nine', 'never settled, but both sides say the same: settled in silence');

-- Never settled, and they disagree.

CALL linked(5, 'google');
CALL linked(6, 'advoware');
CALL linked(7, 'google', 'last_change_wins');
CALL termin_is(5, 'brief@ten', at(200));
CALL termin_is(6, 'brief@ten', at(200));
CALL termin_is(7, 'brief@ten', at(200));
CALL event_is('e7', 'lunch@ten', at(201));
UPDATE sync.calendar_sync SET advoware_fingerprint = NULL, google_fingerprint = NULL, sync_status = 'pending' WHERE sync_id IN (link_id(5), link_id(6), link_id(7));
CALL sync_once(4);
SELECT is(outcome(5), 'update_termin done | synced | talk@nine | talk@nine', 'never settled, from Google: the Termin is written');
SELECT is(outcome(6), 'update_event done | synced | brief@ten | brief@ten', 'never settled, from Advoware: the event is written');
SELECT is(outcome(7), 'update_termin done | synced | lunch@ten | lunch@ten', 'never settled, last_change_wins: the later one wins');

-- Our own writes are never edits, even if nobody told us that they arrived.

CALL linked(8, 'google', 'last_change_wins');
CALL event_is('e8', 'lunch@ten', at(300));
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT begun(action('update_termin')) \g /dev/null
CALL termin_is(8, 'lunch@ten', at(301));
SELECT engine.finish_run(run_id(), fence(), 'crash') \g /dev/null
CALL event_is('e8', 'party@ten', at(299));
CALL sync_once(4);
SELECT is(outcome(8), 'update_termin done | synced | party@ten | party@ten',
    'a write of ours whose answer was lost is not an edit: the other side''s next edit wins though it is older');

-- A write that arrived as meant, while the other side moved on.

CALL linked(21, 'google', 'last_change_wins');
CALL event_is('e21', 'lunch@ten', at(300));
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
CALL carry_out(action_of(21));
SELECT is((advoware_fingerprint, google_fingerprint, (engine.pending_write_of(l)).side)::text, (fingerprint('talk@nine'), fingerprint('talk@nine'), 'advoware')::text, 'a Termin that was written is not settled before it is read again')
FROM sync.calendar_sync AS l WHERE sync_id = link_id(21);
CALL event_is('e21', 'party@ten', at(302));
CALL read();
SELECT is((advoware_fingerprint, google_fingerprint, (engine.pending_write_of(l)).side)::text, (fingerprint('lunch@ten'), fingerprint('lunch@ten'), NULL)::text, 'it reads as meant: it is settled, though the event has changed again')
FROM sync.calendar_sync AS l WHERE sync_id = link_id(21);
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL linked(22, 'advoware', 'last_change_wins');
CALL termin_is(22, 'brief@ten', at(303));
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT begun(action_of(22)) \g /dev/null
CALL termin_is(22, 'note@ten', at(304));
CALL read(google => false);
CALL event_is(event_id(22), 'brief@ten', at(305));
SELECT engine.complete_action(action_of(22), fence(), clock_timestamp(), entry_of(e)) FROM event AS e WHERE e.id = event_id(22) \g /dev/null
SELECT is((google_fingerprint, (engine.pending_write_of(l)).side)::text, (fingerprint('brief@ten'), NULL)::text, 'an event that was written is settled by Google''s answer, though the Termin has changed again')
FROM sync.calendar_sync AS l WHERE sync_id = link_id(22);
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once(4);
SELECT is(outcome(21), 'update_termin done | synced | party@ten | party@ten', '… and the newer edit follows');
SELECT is(outcome(22), 'update_event done | synced | note@ten | note@ten', '… on either side');
SELECT is((SELECT conflicts FROM sync.run WHERE run_id = run_id()), 0, '… without a conflict');

-- Another key: what agrees is settled, for the rest the timestamps decide.

CALL linked(9, 'google', 'last_change_wins');
CALL linked(10, 'google', 'last_change_wins');
CALL linked(11, 'google', 'last_change_wins');
CALL termin_is(10, 'brief@ten', at(400));
CALL event_is('e11', 'lunch@ten', at(400));
UPDATE sync.calendar_sync SET google_watermark = at(400) WHERE sync_id = link_id(11);
SELECT set_config('test.key', '1:k2', true) \g /dev/null
CALL start_run();
SELECT is(google_token, NULL, 'another key: Google''s token is not used, the listing is whole') FROM engine.begin_reading(run_id(), fence(), key());
SELECT is(google_token, 'token', 'the same key: Google''s token is used') FROM engine.begin_reading(run_id(), fence(), '1:k1');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once(4);
SELECT is(outcome(9), 'nothing | synced | talk@nine | talk@nine', 'another key: a pair that agrees is settled in silence');
SELECT is((SELECT advoware_fingerprint || ' ' || google_fingerprint FROM sync.calendar_sync WHERE sync_id = link_id(9)), '1:k2:talk@nine 1:k2:talk@nine', '… under the new key');
SELECT is(outcome(10), 'update_event done | synced | brief@ten | brief@ten', 'another key: a newer timestamp is a change');
SELECT is(outcome(11), 'nothing | synced | talk@nine | lunch@ten', 'another key: without a newer timestamp nothing has changed');

-- Another key between a write and the reading that settles it.

CALL linked(12, 'google');
CALL event_is('e12', 'lunch@ten', at(500));
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
CALL carry_out(action('update_termin'));
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT set_config('test.key', '1:k3', true) \g /dev/null
CALL sync_once(4);
SELECT is(outcome(12), 'nothing | synced | lunch@ten | lunch@ten', 'another key between a write and its reading: the pair agrees, nothing is written again');
CALL linked(13, 'google');
CALL event_is('e13', 'lunch@ten', at(500));
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
CALL carry_out(action('update_termin'));
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL event_is('e13', 'party@ten', at(501));
SELECT set_config('test.key', '1:k4', true) \g /dev/null
CALL sync_once(4);
SELECT is(outcome(13), 'update_termin done | synced | party@ten | party@ten', 'another key is not a sign that something else was stored');

SELECT * FROM finish();
ROLLBACK;
