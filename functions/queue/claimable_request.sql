CREATE OR REPLACE FUNCTION engine.asks_for(request sync.request) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(request.phase::text, 'all') || ' ' || request.full_content::text || ' ' || request.recheck::text
        || ' ' || request.dry_run::text
        || coalesce(' ' || request.employee_kuerzel, '')
$$;
COMMENT ON FUNCTION engine.asks_for(sync.request) IS
'What a request asks for, as a text: two requests with the same one are equal, and can be merged. The only place that says so.';
-- Whoever reads bi.hub_health calls it.
GRANT EXECUTE ON FUNCTION engine.asks_for(sync.request) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;

CALL pg_temp.make_view('engine.claimable_request', $view$
SELECT q.request_id, q.employee_kuerzel, q.requested_at
FROM sync.request AS q
WHERE q.status = 'waiting'
    -- Further ahead than a notification is ever put off: the clock was set back.
    AND coalesce(NOT q.not_before BETWEEN clock_timestamp() AND clock_timestamp() + interval '1 minute', true)
    -- Whatever asks faster than the work is done waits here, and is merged into one, instead of piling up as runs.
    AND engine.asks_for(q) <> ALL (ARRAY(
        SELECT engine.asks_for(o)
        FROM sync.request AS o
        WHERE o.status = 'running'
            AND EXISTS (SELECT FROM sync.run AS r
                WHERE r.request_id = o.request_id
                    AND r.status = 'waiting'
                    -- One who is being worked on for long, or whom somebody has locked, does not hold up all others.
                    AND r.created_at BETWEEN clock_timestamp() - interval '5 minutes' AND clock_timestamp())))
$view$);
COMMENT ON VIEW engine.claimable_request IS
'The requests that a listener may take: those that wait, unless an equal one has runs that wait, and have done so for less than 5 minutes.';
COMMENT ON COLUMN engine.claimable_request.request_id IS 'The request.';
COMMENT ON COLUMN engine.claimable_request.employee_kuerzel IS 'The employee it is for; NULL: all of them.';
COMMENT ON COLUMN engine.claimable_request.requested_at IS 'When it was asked for.';
