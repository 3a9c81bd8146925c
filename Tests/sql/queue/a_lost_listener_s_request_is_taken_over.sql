-- rules 5: what a lost listener had claimed is taken over within 30 s: a request that it did not open, too.
BEGIN;
\ir ../support/office.psql
SELECT no_plan();
CALL office();
SELECT engine.listener_start('another', '1234', 'office', 'example.test', engine.schema_version(), false) \g /dev/null
CREATE FUNCTION claimed(listener text) RETURNS bigint LANGUAGE sql AS $$ SELECT c.request_id FROM engine.claim_run(listener) AS c $$;
-- A lease is ten minutes here (see office.psql).
CREATE PROCEDURE silent_for(how_long interval) LANGUAGE sql AS $$
    UPDATE sync.listener SET heartbeat_at = clock_timestamp() - how_long WHERE listener = 'listener'
$$;
SELECT sync.request_sync() AS request \gset
SELECT is(claimed('listener'), :request::bigint, 'before: a listener claims a request');
SELECT is(claimed('another'), NULL, 'while it lives nobody else does');
CALL silent_for('8 minutes');
SELECT is(claimed('another'), NULL, '… nor within a lease of its last heartbeat');
SAVEPOINT claimed;
CALL silent_for('11 minutes');
SELECT is(claimed('another'), :request::bigint, 'without a heartbeat for a lease it is lost, and the request is claimed by another');
SELECT is(claimed('listener'), NULL, '… once');
ROLLBACK TO claimed;
UPDATE sync.listener SET stopped_at = clock_timestamp() WHERE listener = 'listener';
SELECT is(claimed('another'), :request::bigint, 'so is one of a listener that has left');
ROLLBACK TO claimed;
UPDATE sync.request SET claimed_at = claimed_at - interval '9 minutes';
SELECT is(claimed('another'), NULL, 'reading the employees may take its time');
UPDATE sync.request SET claimed_at = claimed_at - interval '2 minutes';
SELECT is(claimed('another'), :request::bigint, '… but no longer than a lease and that time: what a living listener has forgotten is claimed, too');
ROLLBACK TO claimed;
SELECT engine.open_request(:request, 'listener') \g /dev/null
UPDATE sync.request SET claimed_at = claimed_at - interval '1 hour';
CALL silent_for('1 hour');
SELECT is(run_id IS NOT NULL, true, 'one that was opened is no longer claimed: its runs are') FROM engine.claim_run('another');

SELECT * FROM finish();
ROLLBACK;
