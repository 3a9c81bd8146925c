CREATE OR REPLACE FUNCTION engine.end_action(action_id bigint, new_status text, code text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended sync.action;
BEGIN
    UPDATE sync.action AS t SET status = new_status, result = code, finished_at = clock_timestamp(), unproven = false
    WHERE t.action_id = end_action.action_id
    RETURNING t.* INTO ended;
    IF new_status IN ('done', 'refused') OR (new_status = 'superseded' AND code = 'plan_no_longer_holds') THEN
        PERFORM engine.spend_approval(ended);
    END IF;
    IF new_status = 'superseded' AND code <> 'paused' THEN
        UPDATE sync.calendar_sync AS l
        SET superseded_count = CASE WHEN l.superseded_count >= 4 THEN 0 ELSE l.superseded_count + 1 END,
            sync_status = CASE WHEN l.superseded_count >= 4 THEN 'failed' ELSE l.sync_status END,
            last_error = CASE WHEN l.superseded_count >= 4 THEN 'answers contradict each other' ELSE l.last_error END,
            attempts = l.attempts + CASE WHEN l.superseded_count >= 4 THEN 1 ELSE 0 END,
            next_attempt_at = CASE WHEN l.superseded_count >= 4 THEN engine.backoff_until(l.attempts) ELSE l.next_attempt_at END
        WHERE l.sync_id = ended.sync_id AND NOT l.deleted AND engine.is_about_link(ended, l);
    END IF;
END
$$;
COMMENT ON FUNCTION engine.end_action(bigint, text, text) IS 'Ends an action with a code. Superseded five times in a row without settling makes the link failed: answers contradict each other (RULES 4).';

CREATE OR REPLACE FUNCTION engine.backoff_until(attempts integer, retry_after interval DEFAULT '0') RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clock_timestamp() + greatest(retry_after, least(s.retry_longest, s.retry_first * power(2, least(greatest(attempts, 0), 20))))
    FROM sync.setting AS s
$$;
COMMENT ON FUNCTION engine.backoff_until(integer, interval) IS 'When a row that has failed this often before may be tried again: retry_first, doubled with every failure, retry_longest at most, never before retry_after.';

CREATE OR REPLACE FUNCTION engine.is_cancelled(request_id bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- Work that others were merged into goes on for them.
    SELECT EXISTS (SELECT 1 FROM sync.request AS q WHERE q.request_id = is_cancelled.request_id AND q.status = 'cancelled')
        AND NOT EXISTS (SELECT 1 FROM sync.request AS m WHERE m.merged_into = is_cancelled.request_id AND m.status = 'merged' AND m.claimed_at IS NOT NULL)
$$;
COMMENT ON FUNCTION engine.is_cancelled(bigint) IS 'Whether a request was cancelled and nobody else waits for its work.';
