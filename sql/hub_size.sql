CALL pg_temp.make_view('sync.hub_size', $view$
SELECT
    namespace.nspname || '.' || class.relname AS table_name,
    greatest(count(part.oid) - 1, 0)::integer AS partitions,
    sum(CASE WHEN part.reltuples >= 0 THEN part.reltuples ELSE pg_stat_get_live_tuples(part.oid) END)::bigint
        AS rows_estimated,
    sum(pg_stat_get_dead_tuples(part.oid))::bigint AS dead_rows_estimated,
    sum(pg_total_relation_size(part.oid))::bigint AS bytes,
    sum(pg_indexes_size(part.oid))::bigint AS index_bytes,
    pg_size_pretty(sum(pg_total_relation_size(part.oid))) AS size
FROM pg_class AS class
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
-- The table itself and its partitions.
CROSS JOIN LATERAL (
    SELECT class.oid
    UNION ALL
    SELECT inherited.inhrelid FROM pg_inherits AS inherited WHERE inherited.inhparent = class.oid
) AS one
JOIN pg_class AS part ON part.oid = one.oid
WHERE namespace.nspname IN ('sync', 'engine')
    AND class.relkind IN ('r', 'p')
    AND NOT class.relispartition
GROUP BY namespace.nspname, class.relname
ORDER BY bytes DESC, table_name
$view$);
COMMENT ON VIEW sync.hub_size IS 'What takes how much room in the hub, the largest first: one row per table, partitions summed up.';
COMMENT ON COLUMN sync.hub_size.table_name IS 'The table.';
COMMENT ON COLUMN sync.hub_size.partitions IS 'How many partitions it has; 0: it is not partitioned.';
COMMENT ON COLUMN sync.hub_size.rows_estimated IS 'Rows, as the server last estimated them.';
COMMENT ON COLUMN sync.hub_size.dead_rows_estimated IS 'Dead row versions that autovacuum has not removed yet, as the server estimates them.';
COMMENT ON COLUMN sync.hub_size.bytes IS 'Bytes on disk, indexes and long values included.';
COMMENT ON COLUMN sync.hub_size.index_bytes IS 'How many of these are indexes.';
COMMENT ON COLUMN sync.hub_size.size IS 'The bytes again, for people.';
REVOKE ALL ON sync.hub_size FROM PUBLIC;
GRANT SELECT ON sync.hub_size TO calendar_sync_operator, calendar_sync_bi;
