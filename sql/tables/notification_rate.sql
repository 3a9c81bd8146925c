SELECT pg_catalog.to_regclass('engine.notification_rate') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE engine.notification_rate (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    free_at timestamptz NOT NULL DEFAULT '-infinity',
    last_rejected bigint
);
INSERT INTO engine.notification_rate DEFAULT VALUES;
\endif

COMMENT ON TABLE engine.notification_rate IS
'How much people''s notifications have asked for of late: one row (engine.accept_notification).';
COMMENT ON COLUMN engine.notification_rate.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN engine.notification_rate.free_at IS
'When nothing is left of the burst: every notification that becomes a request moves it on by a second.';
COMMENT ON COLUMN engine.notification_rate.last_rejected IS 'The request that stands for nonsense of the last minute.';
