-- rules 5: observations have an order that no clock can turn back, and a token never moves past an entry that was refused as older.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
\ir ../support/doubt.psql
SELECT no_plan();
CALL office();
UPDATE sync.setting SET advoware_writes = 'all';

-- All that the hub has noted was noted by a clock that was so much ahead, and is set back now.
CREATE PROCEDURE clock_is_set_back(ahead interval) LANGUAGE sql AS $$
    UPDATE sync.seen SET observed_at = observed_at + ahead, proven_at = proven_at + ahead;
    UPDATE sync.reading SET observed_at = observed_at + ahead, whole_at = whole_at + ahead, empty_since = empty_since + ahead;
    UPDATE sync.action SET planned_at = planned_at + ahead, started_at = started_at + ahead, doubted_at = doubted_at + ahead, deadline = deadline + ahead, finished_at = finished_at + ahead;
    UPDATE sync.calendar_sync SET next_attempt_at = next_attempt_at + ahead;
    UPDATE sync.run SET created_at = created_at + ahead, started_at = started_at + ahead, lease_until = lease_until + ahead WHERE status <> 'waiting';
$$;

-- Edits ------------------------------------------------------------------------------

CALL linked(1, 'google', 'last_change_wins');
CALL linked(2);
CALL sync_once();
CALL clock_is_set_back('30 seconds');
CALL event_is(event_id(1), 'edited in Google@nine');
CALL termin_is(2, 'edited in Advoware@nine');
CALL termin_is(3, 'new@nine');
CALL sync_once();
SELECT is(termin_says(1), 'edited in Google@nine', 'an edit in Google reaches Advoware after the clock was set back by half a minute');
SELECT is(event_says(2), 'edited in Advoware@nine', '… one in Advoware reaches Google');
SELECT is((SELECT count(*) FROM test.event AS e WHERE e.content = 'new@nine'), 1::bigint, '… and a new Termin');
CALL clock_is_set_back('1 year');
CALL event_is(event_id(1), 'edited again@nine');
CALL event_gone(event_id(2));
CALL sync_once();
CALL sync_once();
SELECT is(termin_says(1), 'edited again@nine', 'an edit arrives after a year, too');
SELECT is(event_says(2), 'edited in Advoware@nine', '… and an event that is gone comes back');
SELECT is((SELECT count(*) FROM sync.seen AS s WHERE s.observed_at > clock_timestamp()), 0::bigint, 'nothing that is known lies ahead of the clock any more');
SELECT is((SELECT count(*) FROM sync.calendar_sync AS l WHERE l.sync_status <> 'synced'), 0::bigint, 'all is settled');

-- In the middle of a run --------------------------------------------------------------

CALL start_run(4);
CALL termin_is(2, 'in the middle@nine');
CALL read();
UPDATE sync.seen SET observed_at = observed_at + interval '1 hour';
UPDATE sync.reading SET observed_at = observed_at + interval '1 hour', whole_at = whole_at + interval '1 hour';
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT begun(t.action_id) ->> 'observed_at' AS begun_at FROM sync.action AS t WHERE t.run_id = run_id() AND t.status = 'planned' \gset
SELECT ok(:'begun_at'::timestamptz >= (SELECT max(r.observed_at) FROM sync.reading AS r), 'what is begun after a reading is not older than it');
SELECT engine.fail_action(t.action_id, fence(), 'http_503') FROM sync.action AS t WHERE t.run_id = run_id() AND t.status = 'running' \g /dev/null
CALL finish_run();

-- A token and what was refused ---------------------------------------------------------

CALL start_run();
SELECT r.observed_at AS began, r.google_token AS token FROM engine.begin_reading(run_id(), fence(), key()) AS r \gset
UPDATE sync.seen AS s SET observed_at = clock_timestamp() WHERE s.entry_id = event_id(1);
CALL event_is(event_id(1), 'while it was read@nine');
CREATE FUNCTION stores(began timestamptz, from_token text, to_token text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM engine.store_reading(run_id(), fence(), jsonb_build_object('observed_at', began, 'key_prefix', key(),
        'window_from', engine.window_from(), 'window_to', engine.window_to(),
        'google', jsonb_build_object('unidentifiable', 0, 'whole', false, 'base_token', from_token, 'new_token', to_token,
            'entries', (SELECT jsonb_agg(entry_of(e)) FROM test.event AS e WHERE e.id = event_id(1)))));
    RETURN (SELECT r.sync_token FROM sync.reading AS r WHERE r.employee_kuerzel = 'SB' AND r.side = 'google');
END
$$;
SELECT is(stores(:'began', :'token', 'next token'), :'token', 'a token does not move past an entry that was refused as older');
SELECT r.observed_at AS began FROM engine.begin_reading(run_id(), fence(), key()) AS r \gset
SELECT is(stores(:'began', :'token', 'next token'), 'next token', '… it does with the reading that shows it again');
SELECT is((SELECT s.fingerprint FROM sync.seen AS s WHERE s.entry_id = event_id(1)), fingerprint('while it was read@nine'), '… and is believed');
-- Nothing but entries lie ahead: the sign is found with them.
CALL event_is(event_id(1), 'once more@nine');
SELECT r.observed_at AS began, r.google_token AS token FROM engine.begin_reading(run_id(), fence(), key()) AS r \gset
UPDATE sync.seen AS s SET observed_at = clock_timestamp() + interval '1 hour';
SELECT is(stores(:'began', :'token', 'token after'), 'token after', 'what is known and lies ahead of the clock refuses nothing');
SELECT is((SELECT s.fingerprint FROM sync.seen AS s WHERE s.entry_id = event_id(1)), fingerprint('once more@nine'), '… it is believed');
SELECT is((SELECT count(*) FROM sync.seen AS s WHERE s.observed_at > clock_timestamp()), 0::bigint, '… and nothing of that employee lies ahead any more');
CALL finish_run();

-- Attempts in doubt ----------------------------------------------------------------------

CALL start_over();
CALL termin_is(500, 'somebody''s@ten');
CALL event_is('e1', 'lost@nine');
CALL doubted('e1');
CALL time_passes();
CALL clock_is_set_back('1 hour');
CALL sync_once(2);
SELECT is(counts(), '1 Termine, 1 events', 'an attempt in doubt is not sent again at once when the clock was set back');
SELECT ok((SELECT engine.doubt_until(t) FROM sync.action AS t WHERE t.action_id = attempt('e1')) BETWEEN clock_timestamp() + interval '1 minute' AND clock_timestamp() + interval '3 minutes',
    '… its wait begins anew, and does not last for the hour');
CALL time_passes();
CALL sync_once(2);
CALL sync_once(2);
SELECT is(counts(), '2 Termine, 1 events', '… and it is sent again after it');

CALL start_over();
CALL event_is('e2', 'lost@nine');
CALL doubted('e2');
-- The reading that saw nothing is from before, and dated an hour ahead.
UPDATE sync.reading SET observed_at = clock_timestamp() + interval '1 hour';
UPDATE sync.action SET doubted_at = clock_timestamp() - interval '5 minutes', deadline = clock_timestamp() - interval '5 minutes' WHERE action_id = attempt('e2');
SELECT is(engine.doubt_is_over((SELECT l FROM sync.calendar_sync AS l WHERE l.sync_id = link_of('e2'))), false, 'a reading that lies ahead of the clock ends no wait');

-- What was never noted is not noted by being dated back: no side counts as empty, nothing as proven or read whole.
UPDATE sync.reading SET observed_at = clock_timestamp() + interval '1 hour', whole_at = NULL, empty_since = NULL;
UPDATE sync.seen SET observed_at = clock_timestamp() + interval '1 hour', proven_at = NULL;
SELECT engine.date_back('SB', clock_timestamp()) \g /dev/null
SELECT is((SELECT count(*) FROM sync.reading WHERE observed_at > clock_timestamp() OR num_nonnulls(whole_at, empty_since) > 0), 0::bigint, 'a reading that was never whole, nor empty, stays so');
SELECT is((SELECT count(*) FROM sync.seen WHERE observed_at > clock_timestamp() OR proven_at IS NOT NULL), 0::bigint, 'an absence that was never proven stays unproven');

SELECT * FROM finish();
ROLLBACK;
