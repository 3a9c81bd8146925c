-- rules 5: a tag that Google refuses is tried with growing delay, and its link stays failed meanwhile.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL linked(1); CALL linked(2);
UPDATE sync.setting SET retry_first = '1 minute', retry_longest = '1 hour';

CREATE PROCEDURE one_run(refused boolean) LANGUAGE plpgsql AS $$
DECLARE
    action bigint;
BEGIN
    CALL start_run();
    CALL read();
    FOR one IN 1..4 LOOP
        PERFORM engine.plan_phase(run_id(), one);
        FOR action IN SELECT t.action_id FROM sync.action AS t WHERE t.run_id = test.run_id() AND t.phase = one AND t.status = 'planned' LOOP
            IF refused THEN
                PERFORM begun(action);
                PERFORM engine.fail_action(action, fence(), 'google_http_400');
            ELSE
                CALL carry_out(action);
            END IF;
        END LOOP;
    END LOOP;
    PERFORM engine.finish_run(run_id(), fence(), NULL);
END
$$;
CREATE FUNCTION says() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' | ', happened(), l.sync_status, l.last_error, l.attempts, round(extract(epoch FROM l.next_attempt_at - clock_timestamp()) / 60) || ' min')
    FROM sync.calendar_sync AS l WHERE l.sync_id = link_id(1)
$$;
CREATE FUNCTION audited() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM sync.calendar_sync_audit WHERE sync_id = link_id(1) $$;
CREATE PROCEDURE time_passes() LANGUAGE sql AS $$ UPDATE sync.calendar_sync AS l SET next_attempt_at = clock_timestamp() - interval '1 second' WHERE l.next_attempt_at IS NOT NULL $$;

UPDATE sync.calendar_sync SET tagged = false WHERE sync_id = link_id(1);
CALL one_run(true);
SELECT is(says(), 'tag_event failed (google_http_400) | failed | google_http_400 | 1 | 1 min', 'a tag is refused: its link waits');
SELECT audited() AS before \gset
CALL one_run(true);
SELECT is(says(), 'nothing | failed | google_http_400 | 1 | 1 min', 'the next run leaves it alone, and the link stays failed');
SELECT is(audited(), :before::bigint, '… without a row in the audit');
CALL time_passes();
CALL one_run(true);
SELECT is(says(), 'tag_event failed (google_http_400) | failed | google_http_400 | 2 | 2 min', 'refused again it waits twice as long');
CALL termin_is(1, 'talk@ten');
CALL event_is(event_id(1), 'talk@ten');
CALL one_run(true);
SELECT is(says(), 'nothing | failed | google_http_400 | 2 | 2 min', 'what both sides agree on is settled, and the failure stays');
SELECT is((SELECT l.advoware_fingerprint FROM sync.calendar_sync AS l WHERE l.sync_id = link_id(1)), fingerprint('talk@ten'), '… both sides');
CALL time_passes();
CALL one_run(false);
SELECT is(says(), 'tag_event done | synced | 0', 'a tag that is taken ends it');

UPDATE sync.calendar_sync SET times_hidden = 0 WHERE sync_id = link_id(1);
UPDATE test.termin SET more = '{"is_private": true}', changed_at = later() WHERE frnr = 1;
CALL one_run(true);
SELECT is(says(), 'tag_event failed (google_http_400) | failed | google_http_400 | 1 | 1 min', 'so is what would make an event private');
CALL one_run(true);
SELECT is(says(), 'nothing | failed | google_http_400 | 1 | 1 min', '… and stays failed');

SELECT * FROM finish();
ROLLBACK;
