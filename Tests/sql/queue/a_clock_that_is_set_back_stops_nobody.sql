-- rules 5: a lease, a heartbeat, a next run that lie further ahead than they can are over, dead, due; and health says that the clock was set back.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.setting SET lease = '20 seconds';
CREATE FUNCTION clock_needs() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(h.needs, ' | '), 'nothing') FROM bi.hub_health AS h WHERE h.needs ~ 'clock' $$;

-- Leases --------------------------------------------------------------------------

CALL start_run();
SELECT is(clock_needs(), 'nothing', 'nothing is said of a clock that goes as it should');
SELECT is_empty($$SELECT * FROM engine.claim_run('another')$$, 'a lease that holds is not taken over');
UPDATE sync.run SET lease_until = lease_until + interval '1 hour', started_at = started_at + interval '1 hour' WHERE run_id = run_id();
SELECT matches(clock_needs(), '^the clock of the database server was set back: .*timedatectl', 'a lease longer than a lease can be: the clock was set back, and health says so');
SELECT is((SELECT c.run_id FROM engine.claim_run('another') AS c), run_id(), '… and such a lease is over');
SELECT is((SELECT takeovers FROM sync.run WHERE run_id = run_id()), 1, '… the run is taken over');
SELECT is(clock_needs(), 'nothing', '… and nothing is left of it');
UPDATE sync.run SET lease_until = lease_until + interval '1 day' WHERE run_id = run_id();
SELECT engine.heartbeat('another') \g /dev/null
SELECT ok((SELECT lease_until < clock_timestamp() + interval '21 seconds' FROM sync.run WHERE run_id = run_id()), 'a listener that lives keeps its run with the next heartbeat');

-- Heartbeats -----------------------------------------------------------------------

SELECT is(sync.listener_alive(), true, 'a listener that gave a heartbeat lives');
UPDATE sync.listener SET heartbeat_at = clock_timestamp() + interval '1 hour';
SELECT is(sync.listener_alive(), false, 'one whose heartbeat lies ahead is dead');
SELECT matches(clock_needs(), 'was set back', '… and health says why');
INSERT INTO sync.request (phase) VALUES (1);
UPDATE sync.request SET requested_at = clock_timestamp() - interval '6 minutes' WHERE status = 'waiting';
SELECT ok(h.stands_still, '… and that nobody works') FROM bi.hub_health AS h WHERE h.needs ~ 'no listener is alive';
SELECT ok(count(*) = 1, '… in a line of its own') FROM bi.hub_health AS h WHERE h.needs ~ 'no listener is alive';
SELECT engine.heartbeat('listener') \g /dev/null
SELECT is(sync.listener_alive(), true, 'the next heartbeat brings it back');

-- Requests that were taken ------------------------------------------------------------

SELECT engine.finish_run(run_id(), (SELECT fence FROM sync.run WHERE run_id = run_id()), NULL) \g /dev/null
SELECT request_id AS taken FROM engine.claim_run('listener') \gset
UPDATE sync.request SET claimed_at = claimed_at + interval '1 day' WHERE request_id = :taken;
SELECT is((SELECT c.request_id FROM engine.claim_run('another') AS c), :taken::bigint, 'a claim that lies ahead is given back');
UPDATE sync.request SET status = 'cancelled', finished_at = clock_timestamp() WHERE request_id = :taken;

-- Schedules ---------------------------------------------------------------------------

INSERT INTO sync.job (jobname, schedule) VALUES ('tens', '*/10 * * * *'), ('seconds', '30 seconds'), ('nightly', '0 3 * * *');
SELECT engine.run_due_jobs() \g /dev/null
CREATE TEMPORARY TABLE due AS SELECT jobname, next_run_at FROM sync.job;
SELECT engine.run_due_jobs() \g /dev/null
SELECT set_eq('SELECT jobname, next_run_at FROM sync.job', 'SELECT jobname, next_run_at FROM due', 'looking again changes nothing');
UPDATE sync.job SET next_run_at = next_run_at + interval '1 day', last_run_at = clock_timestamp() + interval '1 day';
SELECT matches(clock_needs(), 'was set back', 'a last run that lies ahead is noticed');
SELECT ok(engine.run_due_jobs() <= 30, 'after the clock was set back by a day a schedule ticks at its next time from now');
SELECT ok(j.next_run_at <= d.next_run_at + interval '30 seconds', '… ' || j.jobname) FROM sync.job AS j JOIN due AS d USING (jobname);
UPDATE sync.job SET next_run_at = 'infinity' WHERE jobname = 'nightly';
SELECT engine.run_due_jobs() \g /dev/null
SELECT is((SELECT next_run_at FROM sync.job WHERE jobname = 'nightly'), 'infinity', 'one that was stopped for good stays so');

SELECT * FROM finish();
ROLLBACK;
