SELECT pg_catalog.to_regclass('sync.action_kind') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.action_kind (
    kind text PRIMARY KEY,
    writes_in sync.source_system_enum
);
INSERT INTO sync.action_kind VALUES ('create_event','google'),('recreate_event','google'),('update_event','google'),('delete_event','google'),('tag_event','google'),
('create_termin','advoware'),('recreate_termin','advoware'),('update_termin','advoware'),('delete_termin','advoware'),('soft_delete',NULL),('link_event',NULL),('create_calendar','google');
\endif
COMMENT ON TABLE sync.action_kind IS 'The kinds.';
COMMENT ON COLUMN sync.action_kind.kind IS 'The kind.';
COMMENT ON COLUMN sync.action_kind.writes_in IS 'The system.';
