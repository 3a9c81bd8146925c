CREATE OR REPLACE FUNCTION sync.phase_progress(request_id bigint)
RETURNS TABLE (
    phase integer, runs integer, runs_ended integer, runs_planned integer,
    expected bigint, ended bigint, failed bigint, per_second numeric, seconds_left numeric)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    -- What there is ------------------------------------------------------------------
    WITH work AS (
        -- Of one that was merged: the one whose runs serve it.
        SELECT w.request_id, w.phase
        FROM sync.request AS q
        JOIN sync.request AS w ON w.request_id = coalesce(q.merged_into, q.request_id)
        WHERE q.request_id = phase_progress.request_id
    ), its_run AS (
        SELECT r.run_id, r.dry_run, r.finished_at IS NOT NULL AS has_ended
        FROM sync.run AS r
        WHERE r.request_id = (SELECT w.request_id FROM work AS w)
    ), said AS (
        SELECT r.run_id, t.*
        FROM its_run AS r
        -- Run by run, whatever the planner thinks of tables that were never analysed.
        CROSS JOIN LATERAL (
            SELECT
                a.phase::integer AS phase,
                count(*) AS actions,
                count(*) FILTER (WHERE r.dry_run OR a.status NOT IN ('planned', 'running')) AS ended,
                count(*) FILTER (WHERE a.status IN ('failed', 'refused', 'held', 'in_doubt')) AS failed,
                min(coalesce(a.started_at, a.planned_at)) AS began_at,
                max(a.finished_at) AS ended_at
            FROM sync.action AS a
            WHERE a.run_id = r.run_id
            GROUP BY a.phase
        ) AS t
    -- Phase by phase -----------------------------------------------------------------
    ), counted AS (
        SELECT
            p.phase,
            (SELECT count(*) FROM its_run AS r) AS runs,
            (SELECT count(*) FROM its_run AS r WHERE r.has_ended) AS runs_ended,
            -- A run plans a phase when it comes to it, all of its rows at once.
            (SELECT count(*) FROM its_run AS r
            WHERE r.has_ended
                OR p.phase <= (SELECT max(s.phase) FROM said AS s WHERE s.run_id = r.run_id)) AS runs_planned,
            coalesce(sum(s.actions), 0)::bigint AS actions,
            coalesce(sum(s.ended), 0)::bigint AS ended,
            coalesce(sum(s.failed), 0)::bigint AS failed,
            extract(epoch FROM
                CASE WHEN sum(s.ended) = sum(s.actions) THEN max(s.ended_at) ELSE clock_timestamp() END
                - min(s.began_at)) AS seconds
        FROM generate_series(1, 4) AS p (phase)
        JOIN work AS w ON p.phase = coalesce(w.phase, p.phase)
        LEFT JOIN said AS s ON s.phase = p.phase
        GROUP BY p.phase
    ), expected AS (
        SELECT
            c.*,
            -- Of who has not come to this phase yet as much is expected as of the others.
            c.actions + coalesce(round(c.actions::numeric / nullif(c.runs_planned, 0) * (c.runs - c.runs_planned)), 0)
                AS expected,
            c.ended / nullif(greatest(c.seconds, 0.001), 0) AS per_second
        FROM counted AS c
    )
    -- What that means ----------------------------------------------------------------
    SELECT
        e.phase, e.runs::integer, e.runs_ended::integer, e.runs_planned::integer,
        e.expected::bigint, e.ended, e.failed, round(e.per_second, 1),
        CASE WHEN e.runs_planned > 0 THEN round((e.expected - e.ended) / nullif(e.per_second, 0)) END
    FROM expected AS e
    ORDER BY e.phase
$$;
-- runs_planned < runs: expected is an estimate. seconds_left is NULL while nothing can be said.
COMMENT ON FUNCTION sync.phase_progress(bigint) IS
'How far a request is: a row per phase it asks for, with actions expected, ended (failed, refused or held among them), their rate and the time left.';
GRANT EXECUTE ON FUNCTION sync.phase_progress(bigint) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION engine.progress_text(request_id bigint) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('request %s: %s of %s employees%s', request_id, max(p.runs_ended), max(p.runs),
        coalesce(string_agg(
            format('; phase %s: %s of %s%s%s%s%s',
                p.phase, p.ended, CASE WHEN p.runs_planned < p.runs THEN 'about ' END, p.expected,
                CASE WHEN p.failed > 0 THEN format(' (%s failed, held or refused)', p.failed) END,
                CASE WHEN p.ended > 0 THEN format(', %s/s', round(p.per_second, (p.per_second < 10)::integer)) END,
                CASE WHEN p.seconds_left > 0 THEN format(', %s s left', p.seconds_left) END),
            '' ORDER BY p.phase) FILTER (WHERE p.expected > 0), ''))
    FROM sync.phase_progress(progress_text.request_id) AS p
$$;
COMMENT ON FUNCTION engine.progress_text(bigint) IS
'What sync.phase_progress says in a line, for who waits for the request: of phases with something to do.';
GRANT EXECUTE ON FUNCTION engine.progress_text(bigint) TO calendar_sync_user, calendar_sync_operator;
