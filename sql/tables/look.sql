SELECT pg_catalog.to_regclass('engine.look') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE engine.look (
    run_id bigint PRIMARY KEY REFERENCES sync.run (run_id) ON DELETE CASCADE,
    anonymize boolean NOT NULL,
    links uuid[] NOT NULL DEFAULT '{}',
    termine integer[] NOT NULL DEFAULT '{}',
    events text[] NOT NULL DEFAULT '{}'
);
\endif

COMMENT ON TABLE engine.look IS
'What the last look of a run that is at work found to think about (engine.take_look). Quiet links are left out; the next reading looks anew.';
COMMENT ON COLUMN engine.look.run_id IS 'The run.';
COMMENT ON COLUMN engine.look.anonymize IS 'The policy of then: when it changes, the look is taken again.';
COMMENT ON COLUMN engine.look.links IS 'Links that are not quiet, and those made since.';
COMMENT ON COLUMN engine.look.termine IS 'Termine that are there and had no link.';
COMMENT ON COLUMN engine.look.events IS 'Events that are there and had no link.';
