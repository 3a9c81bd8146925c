-- rules 8: what Advoware's timestamps are is shown by each write of ours. UTC contradicts what they are read as: what rests on comparing times is held.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();

-- What a timestamp shows, beside the date of the answer: its wall time was read as Berlin's.

SELECT is(engine.clock_of((wall::timestamp) AT TIME ZONE 'Europe/Berlin', answered::timestamptz), wanted, says) FROM (VALUES
    ('2026-07-01 14:00:00', '2026-07-01T12:00:03Z', 'berlin', 'summer, two hours ahead: Berlin'),
    ('2026-12-01 13:00:00', '2026-12-01T12:00:03Z', 'berlin', 'winter, one hour ahead: Berlin'),
    ('2026-07-01 12:00:00', '2026-07-01T12:00:03Z', 'utc', 'summer, level: UTC'),
    ('2026-12-01 12:00:00', '2026-12-01T12:00:03Z', 'utc', 'winter, level: UTC'),
    ('2026-12-01 12:50:00', '2026-12-01T12:00:00Z', 'berlin', 'the list was read minutes after the write: Berlin'),
    ('2026-12-01 12:05:00', '2026-12-01T12:00:00Z', 'utc', 'the clocks of two servers differ: UTC'),
    ('2026-07-01 13:00:00', '2026-07-01T12:00:00Z', NULL, 'one hour ahead in summer: neither'),
    ('2026-12-01 14:00:00', '2026-12-01T12:00:00Z', NULL, 'two hours ahead in winter: neither'),
    ('2026-10-25 02:30:00', '2026-10-25T00:30:01Z', 'berlin', 'the hour that comes twice, first pass: Berlin'),
    ('2026-10-25 02:30:00', '2026-10-25T01:30:01Z', 'berlin', 'the hour that comes twice, second pass: Berlin')
) AS v (wall, answered, wanted, says);

-- A reading says it, the office remembers it.

CREATE PROCEDURE shown(changed_at text, answered_at text) LANGUAGE plpgsql AS $$
DECLARE
    seen_at timestamptz;
BEGIN
    SELECT r.observed_at INTO seen_at FROM engine.begin_reading(run_id(), fence(), key()) AS r;
    PERFORM engine.store_reading(run_id(), fence(), jsonb_set(reading(google => false), '{advoware,clock}',
        jsonb_build_object('changed_at', changed_at, 'answered_at', answered_at)) || jsonb_build_object('observed_at', seen_at));
END
$$;
CREATE FUNCTION clock() RETURNS text LANGUAGE sql STABLE AS $$ SELECT coalesce(o.advoware_clock || ' ' || o.advoware_clock_offset, 'nothing') FROM sync.office AS o $$;
CALL start_run();
CALL read();
SELECT is(clock(), 'nothing', 'nothing was written: nothing is known');
SELECT is((SELECT c.clock FROM engine.advoware_clock() AS c), NULL, '… and nothing said');
CALL shown('2026-12-01T12:00:00Z', '2026-12-01T12:00:03Z');
SELECT is(clock(), 'berlin 00:59:57', 'the list after a write shows Berlin time');
SELECT is((SELECT count(*) FROM bi.hub_health WHERE needs ~ 'UTC'), 0::bigint, '… and health has nothing to say');
CREATE TEMPORARY TABLE before AS SELECT o.xmin::text AS version FROM sync.office AS o;
CALL shown('2026-12-01T12:10:00Z', '2026-12-01T12:10:03Z');
SELECT is((SELECT o.xmin::text FROM sync.office AS o), (SELECT version FROM before), 'the same again writes nothing');
CALL shown('2026-12-01T09:00:00Z', '2026-12-01T12:00:03Z');
SELECT is(clock(), 'berlin 00:59:57', 'what shows nothing changes nothing');
CALL shown('2026-12-01T11:00:00Z', '2026-12-01T12:00:03Z');
SELECT is(clock(), 'utc -00:00:03', 'a list that shows UTC');
SELECT is((SELECT c.clock FROM engine.advoware_clock() AS c), 'utc', '… is told');
SELECT alike((SELECT string_agg(needs, '; ') FROM bi.hub_health), 'Advoware''s timestamps are UTC, not Berlin time%', '… and health says so');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

-- What rests on comparing times is held; all else goes on.

CALL linked(1, 'google', 'last_change_wins');
CALL linked(2, 'google', 'last_change_wins');
CALL linked(3, 'google', 'last_change_wins');
CALL linked(4, 'advoware', 'source_system_wins');
CALL linked(5, 'google', 'last_change_wins');
CALL linked(6, 'google', 'last_change_wins', may_write => false);
CALL termin_is(1, 'a@nine');
CALL termin_is(3, 'a@nine');
CALL termin_is(4, 'a@nine');
CALL termin_is(6, 'a@nine');
CALL event_is('e1', 'g@nine');
CALL event_is('e2', 'g@nine');
CALL event_is(event_id(4), 'g@nine');
CALL termin_is(5, 'a@nine', NULL);
CALL event_is(event_id(5), 'g@nine');
CALL event_gone(event_id(6));
CALL sync_once(4);
SELECT is(outcome(1), 'update_termin held (advoware_clock_is_utc) | synced | a@nine | g@nine', 'both sides changed: held, nothing is overwritten');
SELECT is((SELECT status FROM sync.run WHERE run_id = run_id()), 'held', '… the run says so');
SELECT is(outcome(2), 'update_termin done | synced | g@nine | g@nine', 'only Google changed: written as ever');
SELECT is(outcome(3), 'update_event done | synced | a@nine | a@nine', 'only Advoware changed: written as ever');
SELECT is(outcome(4), 'update_event done | synced | a@nine | a@nine', 'the source wins: no time is asked');
SELECT is(outcome(5), 'update_termin done | synced | g@nine | g@nine', 'a side without a time loses as ever');
CALL sync_once(4);
SELECT is(happened(), 'update_termin held (advoware_clock_is_utc)', 'it stays held with every run');
SELECT sync.approve_held(run_id()) \g /dev/null
SELECT is((SELECT count(*) FROM sync.approval WHERE sync_id = link_id(1) AND spent_at IS NULL), 1::bigint, 'a person lets it through');
UPDATE sync.request SET status = 'cancelled' WHERE status = 'waiting';
CALL sync_once(4);
SELECT is(outcome(1), 'update_termin done | synced | g@nine | g@nine', '… and the times decide as they stand');

-- Deleted there and changed here, too.

CALL sync_once(3);
SELECT is(split_part(outcome(6), ' | ', 1), 'recreate_event done', 'without W no time is asked: the event is created again');
CALL linked(10, 'google', 'last_change_wins');
CALL termin_is(10, 'a@nine');
CALL event_gone('e10');
CALL linked(12, 'google', 'last_change_wins');
CALL event_gone('e12');
CALL termin_is(12, 'a@nine');
CALL linked(11, 'google', 'last_change_wins');
CALL event_gone('e11');
CALL sync_once(3);
SELECT matches(happened(link_id(10)) || ' | ' || termin_says(10), 'delete_termin held \(advoware_clock_is_utc\) \| a@nine$', 'deleted in Google and changed in Advoware: held, whichever seems later');
SELECT is(outcome(12), 'recreate_event held (advoware_clock_is_utc) | synced | a@nine | gone', '… also when only the proof says when it was deleted');
SELECT is(outcome(11), 'delete_termin done | deleted | gone | gone', 'deleted in Google alone: carried as ever');

-- Proven otherwise it is over.

CALL start_run();
CALL read();
CALL shown('2026-12-01T12:00:00Z', '2026-12-01T12:00:03Z');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once(3);
SELECT isnt(split_part(happened(link_id(10)), ' ', 2), 'held', 'shown to be Berlin time: decided as ever');

SELECT * FROM finish();
ROLLBACK;
