-- Whoever can connect can NOTIFY. Ten in a burst are requests, then one a second; what is more is merged, nonsense is counted, and a full queue stops no transaction of ours.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
DELETE FROM sync.request;
CREATE FUNCTION notified(payload text, times integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
BEGIN
    FOR n IN 1..times LOOP
        ids := ids || engine.accept_notification(payload, pg_backend_pid());
    END LOOP;
    RETURN (SELECT count(DISTINCT id) FROM unnest(ids) AS id WHERE id IS NOT NULL);
END
$$;
-- As if the burst were over.
CREATE PROCEDURE a_while_passes(how_long interval) LANGUAGE sql AS $$
    UPDATE engine.notification_rate SET free_at = free_at - how_long;
    UPDATE sync.request SET not_before = not_before - how_long, requested_at = requested_at - how_long;
$$;
CREATE FUNCTION can_be_taken() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM engine.claimable_request $$;

-- A flood ---------------------------------------------------------------------------

SELECT is(notified('', 10), 10::bigint, 'a burst of ten notifications is accepted');
SELECT is(can_be_taken(), 10::bigint, '… and each can be taken at once');
SELECT clock_timestamp() AS began \gset
SELECT notified('', 2000) \g /dev/null
SELECT ok((SELECT count(*) - 10 <= 1 + extract(epoch FROM clock_timestamp() - :'began') FROM sync.request), 'two thousand more become one a second, the rest is merged into what waits');
SELECT is((SELECT sum(notifications) FROM sync.request), 2010::numeric, '… and counted there');
SELECT request_id AS taken FROM engine.claim_run('listener') \gset
SELECT is((SELECT count(*) FROM sync.request WHERE status = 'waiting'), 0::bigint, 'one claim serves all of them');
-- However slow the machine is, the burst is not over.
UPDATE engine.notification_rate SET free_at = clock_timestamp() + interval '30 seconds';
SELECT is(notified('', 100), 1::bigint, 'what comes now is one request again');
SELECT is(can_be_taken(), 0::bigint, '… which cannot be taken yet');
CALL a_while_passes('30 seconds');
SELECT is(can_be_taken(), 1::bigint, '… and can be a little later');
SELECT is((SELECT notifications FROM sync.request WHERE status = 'waiting'), 100::bigint, '… for all of them');
UPDATE engine.notification_rate SET free_at = clock_timestamp() + interval '10 seconds';
SELECT is(notified('{"phase": 2}', 1) + notified('{"phase": 3}', 1) + notified('{"phase": 4}', 1), 3::bigint, 'what asks for something else is not lost');
SELECT is((SELECT array_agg(ceil(extract(epoch FROM q.not_before - clock_timestamp()))::integer ORDER BY q.request_id) FROM sync.request AS q WHERE q.phase IS NOT NULL),
    '{1,2,3}'::integer[], '… and comes one a second');
UPDATE sync.request SET not_before = not_before + interval '1 day' WHERE phase = 4;
SELECT ok(EXISTS (SELECT FROM engine.claimable_request AS c JOIN sync.request AS q USING (request_id) WHERE q.phase = 4), 'a wait that lies further ahead than it can is over');
SELECT sync.request_sync(1, 'MK') AS asked \gset
SELECT ok(EXISTS (SELECT FROM engine.claimable_request AS c WHERE c.request_id = :asked), 'whoever asks with a row of their own is not concerned');
UPDATE engine.notification_rate SET free_at = clock_timestamp() + interval '1 year';
SELECT notified('{"phase": 1}', 1) \g /dev/null
SELECT ok((SELECT not_before < clock_timestamp() + interval '1 minute' FROM sync.request WHERE phase = 1 AND employee_kuerzel IS NULL), 'a clock that was set back puts nobody off for long');
CALL a_while_passes('1 hour');
DELETE FROM sync.request WHERE status = 'waiting';
SELECT ok(notified('2', 11) >= 10, 'after a pause there is room for ten at once again');
SELECT ok(can_be_taken() >= 10, '… that can be taken');

-- Nonsense ---------------------------------------------------------------------------

SELECT is(notified('nonsense', 500), 1::bigint, 'nonsense leaves one rejected row a minute');
SELECT is((SELECT (status, notifications)::text FROM sync.request WHERE status = 'rejected'), '(rejected,500)', '… with a count');
SELECT notified('5', 1) \g /dev/null
SELECT matches((SELECT message FROM sync.request WHERE status = 'rejected'), '^phase: 5 is not a phase', '… which says what was wrong last');
CALL a_while_passes('61 seconds');
SELECT notified('nonsense', 3) \g /dev/null
SELECT is((SELECT array_agg(notifications ORDER BY request_id) FROM sync.request WHERE status = 'rejected'), '{501,3}'::bigint[], 'a minute later it is another one');

-- Who asked --------------------------------------------------------------------------

SELECT is((SELECT array_agg(DISTINCT requested_by) FROM sync.request WHERE notifications > 0), ARRAY[session_user::text], 'who sent a notification stands on the request');
CALL a_while_passes('1 hour');
SELECT engine.accept_notification('{"phase": 3, "employee": "SB"}', 2147483647) AS asked \gset
SELECT is((SELECT requested_by FROM sync.request WHERE request_id = :asked), '(unknown)', '… unless the session has ended');
SELECT engine.accept_notification('{"phase": 4, "employee": "SB"}') AS asked \gset
SELECT is((SELECT requested_by FROM sync.request WHERE request_id = :asked), session_user::text, '… or nobody tells which session it was');

-- The server's queue of notifications --------------------------------------------------

SELECT is(engine.wake_listeners(), true, 'the hub wakes listeners with notifications');
SELECT is_empty($$SELECT 1 FROM bi.hub_health WHERE needs ~ 'queue of notifications'$$, '… and nothing is said of the server''s queue');
CREATE OR REPLACE FUNCTION engine.notification_queue_usage() RETURNS double precision LANGUAGE sql AS 'SELECT 0.125::double precision';
SELECT is(engine.wake_listeners(), false, 'while the server''s queue fills up it does not: the poll is there');
SELECT matches((SELECT needs FROM bi.hub_health WHERE needs ~ 'notifications'), '^the server''s queue of notifications is 13 % full: a session listens in a transaction', '… and health says so');
SELECT lives_ok('INSERT INTO sync.request DEFAULT VALUES', 'a request is accepted all the same');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace IN ('sync'::regnamespace, 'engine'::regnamespace)
    AND p.prosrc ~ 'pg_notify\(|\mNOTIFY calendar' AND p.proname <> 'wake_listeners'$$, 'nothing else of the hub notifies');

SELECT * FROM finish();
ROLLBACK;
