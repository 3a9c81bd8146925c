CREATE OR REPLACE FUNCTION engine.run_counts(
    run_id bigint,
    OUT events_created bigint, OUT termine_created bigint,
    OUT events_updated bigint, OUT termine_updated bigint,
    OUT events_deleted bigint, OUT termine_deleted bigint,
    OUT soft_deleted bigint, OUT linked bigint,
    OUT refused bigint, OUT failed bigint, OUT in_doubt bigint, OUT held bigint, OUT superseded bigint,
    OUT conflicts bigint, OUT reverted bigint)
-- Not in SQL: that would be planned at the end of each run.
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    WITH said AS MATERIALIZED (
        -- A few rows, so that their kinds are looked up a few times and not once for each action.
        SELECT
            t.kind,
            t.status,
            count(*) AS actions,
            count(*) FILTER (WHERE t.conflict AND t.status IN ('done', 'planned')) AS conflicts,
            count(*) FILTER (WHERE t.reverted AND t.status IN ('done', 'planned')) AS reverted
        FROM sync.action AS t
        WHERE t.run_id = run_counts.run_id
        GROUP BY t.kind, t.status
    ), counted AS (
        SELECT
            s.actions, s.conflicts, s.reverted,
            CASE s.status WHEN 'done' THEN k.counts_as ELSE s.status END AS counts_as
        FROM said AS s
        JOIN sync.action_kind AS k ON k.kind = s.kind
    )
    SELECT
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'events_created'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'termine_created'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'events_updated'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'termine_updated'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'events_deleted'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'termine_deleted'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'soft_deleted'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'linked'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'refused'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'failed'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'in_doubt'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'held'), 0),
        coalesce(sum(c.actions) FILTER (WHERE c.counts_as = 'superseded'), 0),
        coalesce(sum(c.conflicts), 0),
        coalesce(sum(c.reverted), 0)
    INTO
        events_created, termine_created, events_updated, termine_updated, events_deleted, termine_deleted,
        soft_deleted, linked, refused, failed, in_doubt, held, superseded, conflicts, reverted
    FROM counted AS c;
END
$$;
COMMENT ON FUNCTION engine.run_counts(bigint) IS
'What a run did, as the columns of sync.run count it: what is done by its kind (sync.action_kind.counts_as), the rest by status.';
