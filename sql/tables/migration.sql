SELECT pg_catalog.to_regclass('engine.migration') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE engine.migration (
    number integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
\endif

COMMENT ON TABLE engine.migration IS 'The numbered migrations of sql/migrations that this hub has had. 0: its tables were made whole.';
COMMENT ON COLUMN engine.migration.number IS 'Number in the file name.';
COMMENT ON COLUMN engine.migration.applied_at IS 'When it was applied.';
