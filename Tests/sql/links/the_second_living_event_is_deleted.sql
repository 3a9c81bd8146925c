-- rules 6: of two living ids of a link's own the named one stays, the other is deleted under the guard.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.setting SET default_strategy = 'source_system_wins', advoware_writes = 'own';

CALL termin_is(1, 'talk@nine');
CALL sync_once();
SELECT google_event_id AS first FROM sync.calendar_sync WHERE advoware_frnr = 1 \gset
CALL event_gone(:'first');
CALL sync_once();
SELECT is((SELECT google_event_id::text FROM sync.calendar_sync WHERE advoware_frnr = 1), :'first' || 'v1', 'a deleted copy is created again under the next id');

UPDATE event SET cancelled = false, changed_at = later(), etag = etag + 1 WHERE id = :'first';
CALL sync_once();
SELECT is((SELECT count(*) FROM event WHERE content = 'talk@nine' AND NOT cancelled), 1::bigint, 'one that comes back from the bin is deleted again');
SELECT ok((SELECT NOT deleted AND sync_status = 'synced' AND google_event_id = :'first' || 'v1' FROM sync.calendar_sync WHERE advoware_frnr = 1),
    '… the link stays with the event that it names');
SELECT is((SELECT reason FROM sync.action WHERE google_event_id = :'first' AND kind = 'delete_event' AND status = 'done'),
    'another living event of the same appointment', '… and the action says why');

UPDATE sync.setting SET brake_count = 0, brake_share = 0;
UPDATE event SET cancelled = false, changed_at = later(), etag = etag + 1 WHERE id = :'first';
CALL sync_once();
SELECT is((SELECT count(*) FROM event WHERE content = 'talk@nine' AND NOT cancelled), 2::bigint, 'the guard holds that deletion, too');
SELECT is((SELECT count(*) FROM sync.action WHERE status = 'held' AND kind = 'delete_event'), 1::bigint, '… visibly');
SELECT * FROM finish();
ROLLBACK;
