SELECT pg_catalog.to_regclass('sync.listener') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.listener (
    listener text PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    stopped_at timestamptz,
    schema_version integer NOT NULL DEFAULT 1,
    kanzlei text,
    database_name text,
    host text
);
\endif
CALL pg_temp.set_options('sync.listener',
    'autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, fillfactor = 50');

COMMENT ON TABLE sync.listener IS
'Listeners and their heartbeats.';
COMMENT ON COLUMN sync.listener.listener IS 'Name the listener gave itself: host, process id, start.';
COMMENT ON COLUMN sync.listener.started_at IS 'When it registered.';
COMMENT ON COLUMN sync.listener.heartbeat_at IS 'Its last heartbeat.';
COMMENT ON COLUMN sync.listener.stopped_at IS 'When it left in order; NULL: it runs, or it was lost.';
COMMENT ON COLUMN sync.listener.schema_version IS 'The version of the hub''s functions that it was built for. When the hub has another one it gets no more work.';
COMMENT ON COLUMN sync.listener.kanzlei IS 'Its ADVOWARE_KANZLEI. The first listener whose reading succeeds makes it sync.office''s.';
COMMENT ON COLUMN sync.listener.database_name IS 'Its ADVOWARE_DATABASE.';
COMMENT ON COLUMN sync.listener.host IS 'Host of its ADVOWARE_API_BASE_URL.';
