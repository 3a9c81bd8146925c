CREATE OR REPLACE FUNCTION engine.is_about_link(act sync.action, link sync.calendar_sync) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE act.kind
        WHEN 'delete_termin' THEN link.advoware_frnr = act.advoware_frnr
        WHEN 'delete_event' THEN link.google_event_id = act.google_event_id
        ELSE true
    END IS TRUE
$$;
COMMENT ON FUNCTION engine.is_about_link(sync.action, sync.calendar_sync) IS
'Whether an action''s end says anything about its link: the deletion of a second living event, or of a late Termin, does not.';

CREATE OR REPLACE FUNCTION engine.end_action(action_id bigint, new_status text, code text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    ended sync.action;
BEGIN
    UPDATE sync.action AS t
    SET status = new_status, result = code, finished_at = clock_timestamp(), unproven = false,
        -- Nothing of it is on its way: it was not sent, or the answer says that nothing was made.
        attempt = CASE WHEN t.attempt = 'running' AND new_status <> 'done' THEN 'failed' ELSE t.attempt END
    WHERE t.action_id = end_action.action_id
    RETURNING t.* INTO ended;
    IF ended.approved
        AND (new_status IN ('done', 'refused')
            OR (new_status = 'superseded' AND code = 'plan_no_longer_holds'))
    THEN
        PERFORM engine.spend_approval(ended);
    END IF;
    IF new_status = 'superseded' AND code <> 'paused' THEN
        UPDATE sync.calendar_sync AS l
        SET superseded_count = CASE WHEN five.times THEN 0 ELSE l.superseded_count + 1 END,
            sync_status = CASE WHEN five.times THEN 'failed' ELSE l.sync_status END,
            last_error = CASE WHEN five.times THEN 'answers contradict each other' ELSE l.last_error END,
            attempts = l.attempts + five.times::integer,
            next_attempt_at = CASE WHEN five.times THEN engine.backoff_until(l.attempts) ELSE l.next_attempt_at END
        FROM (
            SELECT k.superseded_count >= 4 AS times FROM sync.calendar_sync AS k
            WHERE k.sync_id = ended.sync_id
        ) AS five
        WHERE l.sync_id = ended.sync_id
            AND NOT l.deleted
            AND engine.is_about_link(ended, l);
    END IF;
END
$$;
COMMENT ON FUNCTION engine.end_action(bigint, text, text) IS
'Ends an action with a code. Superseded five times in a row without settling makes the link failed (rules 4).';

CREATE OR REPLACE FUNCTION engine.backoff_until(attempts integer, retry_after interval DEFAULT '0') RETURNS timestamptz
LANGUAGE sql STABLE
AS $$
    SELECT clock_timestamp() + greatest(
        retry_after,
        least(s.retry_longest, s.retry_first * power(2, least(greatest(attempts, 0), 20))))
    FROM sync.setting AS s
$$;
COMMENT ON FUNCTION engine.backoff_until(integer, interval) IS
'When a row that has failed this often before may be tried again: retry_first, doubled each time, at most retry_longest, after retry_after.';

CREATE OR REPLACE FUNCTION engine.is_due(link sync.calendar_sync) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT link.next_attempt_at IS NULL OR link.next_attempt_at <= clock_timestamp()
$$;
COMMENT ON FUNCTION engine.is_due(sync.calendar_sync) IS 'Whether a link may be tried now. What is planned already does not ask.';

CREATE OR REPLACE FUNCTION engine.is_cancelled(request_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
            SELECT 1 FROM sync.request AS q
            WHERE q.request_id = is_cancelled.request_id
                AND q.status = 'cancelled')
        -- Work that others were merged into goes on for them.
        AND NOT EXISTS (
            SELECT 1 FROM sync.request AS m
            WHERE m.merged_into = is_cancelled.request_id
                AND m.status = 'merged'
                AND m.claimed_at IS NOT NULL);
END
$$;
COMMENT ON FUNCTION engine.is_cancelled(bigint) IS 'Whether a request was cancelled and nobody else waits for its work.';
