-- rules 5: a claim is a lease in database time with heartbeat and fencing token. No employee is worked on twice at once; a lost listener's runs are taken over.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
UPDATE sync.setting SET lease = '20 seconds';

SELECT sync.request_sync() AS asked \gset
SELECT engine.open_request(request_id, 'one') FROM engine.claim_run('one') \g /dev/null
SELECT * FROM engine.claim_run('one') \gset first_
SELECT * FROM engine.claim_run('two') \gset second_
SELECT is(:'first_employee_kuerzel' || ' ' || :'second_employee_kuerzel', 'MK SB', 'two listeners share the runs of a request');
SELECT ok(:second_fence > :first_fence, 'every claim has a higher fencing token');
SELECT is(:first_lease_seconds, 20, 'the claim says how long it holds');
SELECT is((SELECT lease_until BETWEEN clock_timestamp() + interval '10 seconds' AND clock_timestamp() + interval '20 seconds' FROM sync.run WHERE run_id = :first_run_id), true, '… in database time');
SELECT is_empty($$SELECT * FROM engine.claim_run('three')$$, 'nothing is left to claim');
SELECT sync.request_sync() \g /dev/null
SELECT engine.open_request(request_id, 'one') FROM engine.claim_run('one') \g /dev/null
SELECT is_empty($$SELECT * FROM engine.claim_run('three')$$, 'no employee is worked on twice at once');
SELECT throws_ok(format($$UPDATE sync.run SET status = 'running' WHERE employee_kuerzel = 'MK' AND status = 'waiting'$$), '23505', NULL, '… whatever anybody tries');

-- What waits for the disk: whatever comes before a write outside does, so that nothing is written under a claim that a crash of the database
-- forgets; the claim and what leads to it does not.

SELECT set_config('synchronous_commit', 'on', true) \g /dev/null
SELECT engine.begin_calendar(:first_run_id, :first_fence) \g /dev/null
SELECT is(current_setting('synchronous_commit'), 'on', 'asking whether a calendar may be made or shared waits for the disk, and with it for the claim');
SELECT engine.begin_reading(:first_run_id, :first_fence, 'key') \g /dev/null
SELECT is(current_setting('synchronous_commit'), 'off', 'a reading does not');
SELECT set_config('synchronous_commit', 'on', true) \g /dev/null
SELECT engine.settle(:first_run_id, :first_fence) \g /dev/null
SELECT is(current_setting('synchronous_commit'), 'off', '… nor does settling');
SELECT set_config('synchronous_commit', 'on', true) \g /dev/null
SELECT engine.plan_next(:first_run_id, 1, 4) \g /dev/null
SELECT is(current_setting('synchronous_commit'), 'off', '… nor a plan');
SELECT set_config('synchronous_commit', 'on', true) \g /dev/null
SELECT engine.claim_run('three') \g /dev/null
SELECT is(current_setting('synchronous_commit'), 'off', 'a claim, under which there is only reading at first, does not');
SELECT set_config('synchronous_commit', 'on', true) \g /dev/null
SELECT engine.use_idle_time() \g /dev/null
SELECT is(current_setting('synchronous_commit'), 'off', 'nor does housekeeping');
SELECT set_config('synchronous_commit', 'on', true) \g /dev/null

-- A database that has forgotten a claim (a crash, a standby that was behind) does not give its token again.

SAVEPOINT remembered;
UPDATE sync.run SET lease_until = clock_timestamp() - interval '1 second' WHERE run_id = :first_run_id;
SELECT fence AS forgotten FROM engine.claim_run('three') \gset
ROLLBACK TO remembered;
UPDATE sync.run SET lease_until = clock_timestamp() - interval '1 second' WHERE run_id = :first_run_id;
SELECT ok(fence > :forgotten, 'a claim that was forgotten is told from the one after it') FROM engine.claim_run('three');
ROLLBACK TO remembered;
UPDATE sync.run SET fence = 9000000000000000, lease_until = clock_timestamp() - interval '1 second' WHERE run_id = :first_run_id;
SELECT is(fence, 9000000000000001, 'the token rises also when the clock was put back') FROM engine.claim_run('three');
ROLLBACK TO remembered;

-- Heartbeats.

UPDATE sync.run SET lease_until = clock_timestamp() + interval '1 second' WHERE run_id IN (:first_run_id, :second_run_id);
SELECT engine.heartbeat('one') \g /dev/null
SELECT ok((SELECT lease_until BETWEEN clock_timestamp() + interval '10 seconds' AND clock_timestamp() + interval '20 seconds' FROM sync.run WHERE run_id = :first_run_id), 'a heartbeat extends the leases of its listener');
SELECT ok((SELECT lease_until < clock_timestamp() + interval '2 seconds' FROM sync.run WHERE run_id = :second_run_id), '… and of no other');
UPDATE sync.run SET lease_until = clock_timestamp() + interval '1 second' WHERE run_id = :first_run_id;
SELECT engine.heartbeat('one', '{}') \g /dev/null
SELECT ok((SELECT lease_until < clock_timestamp() + interval '2 seconds' FROM sync.run WHERE run_id = :first_run_id), 'a claim that the listener does not know of (its answer was lost) is not extended');
SELECT engine.heartbeat('one', ARRAY[:first_fence]) \g /dev/null
SELECT ok((SELECT lease_until > clock_timestamp() + interval '10 seconds' FROM sync.run WHERE run_id = :first_run_id), '… and those it names are');
UPDATE sync.run SET lease_until = clock_timestamp() - interval '1 second' WHERE run_id = :first_run_id;
SELECT engine.heartbeat('one') \g /dev/null
SELECT ok((SELECT lease_until < clock_timestamp() FROM sync.run WHERE run_id = :first_run_id), 'a lease that has run out stays so');
SELECT throws_ok(format('SELECT * FROM engine.begin_reading(%s, %s, %L)', :first_run_id, :first_fence, '1:k1'), 'CS003', NULL, 'nothing can be done past the lease');
UPDATE sync.setting SET lease = '1 minute';
SELECT engine.heartbeat('two') \g /dev/null
SELECT ok((SELECT lease_until > clock_timestamp() + interval '30 seconds' FROM sync.run WHERE run_id = :second_run_id), 'the length of a lease is a setting');
UPDATE sync.setting SET lease = '10 minutes';

-- Taken over.

SELECT set_config('test.run', :'first_run_id', true), set_config('test.fence', :'first_fence', true) \g /dev/null
UPDATE sync.run SET lease_until = clock_timestamp() + interval '1 minute' WHERE run_id = :first_run_id;
CALL linked(1, 'google', employee => 'MK');
CALL linked(2, 'google', employee => 'MK');
CALL event_is('e1', 'lunch@ten');
CALL event_is('e2', 'lunch@ten');
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT begun(action_of(1)) \g /dev/null
UPDATE sync.run SET lease_until = clock_timestamp() - interval '1 second' WHERE run_id = run_id();
SELECT * FROM engine.claim_run('two') \gset taken_
SELECT is(:taken_run_id, :first_run_id, 'a run whose lease has run out is taken over, before anything new');
SELECT is((SELECT (listener, status, takeovers, fence > :first_fence)::text FROM sync.run WHERE run_id = run_id()), '(two,running,1,t)', '… with a new fencing token');
SELECT is(happened(link_id(1)) || ', ' || happened(link_id(2)), 'update_termin in_doubt (listener_lost), update_termin superseded (listener_lost)', '… its running rows are in doubt, its planned ones superseded');
SELECT throws_ok(format('SELECT engine.%s', call), 'CS003', NULL, 'the lost listener can do nothing more: ' || split_part(call, '(', 1))
FROM (VALUES ('begin_reading(test.run_id(), test.fence(), ''1:k1'')'), ('store_reading(test.run_id(), test.fence(), ''{}'')'), ('dry_run(test.run_id(), test.fence(), ''{}'')'), ('settle(test.run_id(), test.fence())'),
    ('begin_action(test.action_of(1), test.fence())'), ('record_proof(test.action_of(1), test.fence(), ''google'', ''gone'', now())'),
    ('complete_action(test.action_of(1), test.fence(), now())'), ('supersede_action(test.action_of(1), test.fence(), ''google'', now(), ''{}'')'),
    ('fail_action(test.action_of(1), test.fence(), ''http_500'')'), ('doubt_action(test.action_of(1), test.fence(), ''timeout'')'), ('event_id_taken(test.action_of(1), test.fence(), now(), ''{}'')'),
    ('finish_run(test.run_id(), test.fence(), NULL)'), ('store_calendar(test.run_id(), test.fence(), ''c'', true)'), ('calendar_gone(test.run_id(), test.fence())')
) AS s (call);
SELECT set_config('test.fence', :'taken_fence', true) \g /dev/null
CALL read();
SELECT is((SELECT count(*) FROM sync.action WHERE status = 'in_doubt'), 0::bigint, 'begun again: whether a change arrived is seen in the reading');
CALL carry_out_phase(4);
SELECT is(link_says(1) || ', ' || link_says(2), 'synced, synced', '… and what did not arrive is done');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'done', '… to the end');

-- Listeners.

SELECT is(sync.listener_alive(), true, 'a listener that gave a heartbeat is alive');
SELECT engine.listener_stop('two') \g /dev/null
SELECT is((SELECT employee_kuerzel FROM engine.claim_run('three')), 'SB', 'what a listener leaves unfinished in order is taken over at once');
UPDATE sync.listener SET heartbeat_at = clock_timestamp() - interval '20 minutes';
SELECT is(sync.listener_alive(), false, 'one without heartbeat within the length of a lease is not alive');
SELECT throws_ok($$SELECT engine.listener_start('x', '1234', 'office', 'test.example', engine.schema_version(), false)$$, 'CS001', NULL, 'a listener of another host is refused');
SELECT throws_ok($$SELECT engine.listener_start('x', '4321', 'office', 'example.test', engine.schema_version(), false)$$, 'CS001', NULL, '… of another Kanzlei');
SELECT throws_ok($$SELECT engine.listener_start('x', '1234', 'test', 'example.test', engine.schema_version(), false)$$, 'CS001', NULL, '… of another database');
SELECT throws_ok($$SELECT engine.listener_start('x', '1234', 'office', 'example.test', engine.schema_version() + 1, false)$$, 'CS002', NULL, '… of another schema version');
SELECT is(engine.require_office('1234', 'office', 'example.test'), true, 'whether a configuration fits can be asked before a listener starts');
SELECT throws_ok($$SELECT engine.require_office('4321', 'office', 'example.test')$$, 'CS001',
    'this hub belongs to Kanzlei "1234", database "office" on example.test; the listener is configured for Kanzlei "4321", database "office" on example.test', '… another office''s does not');
DELETE FROM sync.office;
SELECT is(engine.require_office('4321', 'office', 'example.test'), false, '… a hub that no listener has used yet belongs to nobody');
SELECT engine.listener_start('x', '1234', 'office', 'example.test', engine.schema_version(), true) \g /dev/null
SELECT is((SELECT anonymize_google_events FROM sync.setting), true, 'a listener can turn anonymisation on …');
SELECT engine.listener_start('x', '1234', 'office', 'example.test', engine.schema_version(), false) \g /dev/null
SELECT is((SELECT anonymize_google_events FROM sync.setting), true, '… and not off');

-- A hub that is upgraded under a listener

CREATE FUNCTION hub_becomes(version integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION engine.schema_version() RETURNS integer LANGUAGE sql IMMUTABLE AS ''SELECT %s''', version);
END
$$;
SELECT engine.schema_version() AS version \gset
SELECT engine.listener_start('of this release', '1234', 'office', 'example.test', :version, false) \g /dev/null
SELECT hub_becomes(:version + 1) \g /dev/null
SELECT throws_ok('SELECT * FROM engine.claim_run(''of this release'')', 'CS002',
    format('the listener needs schema version %s, the hub has %s', :version, :version + 1), 'a listener of another version gets no work');
SELECT lives_ok('SELECT engine.heartbeat(''of this release'')', 'what it works on it may finish');
SELECT lives_ok(format('SELECT engine.listener_start(''of the next'', ''1234'', ''office'', ''example.test'', %s, false)', :version + 1), 'the next release''s listener registers');
SELECT lives_ok('SELECT * FROM engine.claim_run(''of the next'')', 'and takes over');

SELECT * FROM finish();
ROLLBACK;
