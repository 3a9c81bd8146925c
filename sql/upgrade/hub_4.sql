-- From a hub of schema version 4, or one that has just become like it, to requests and runs as sql/tables has them.

-- Whose runs take turns.
ALTER TABLE sync.run ADD COLUMN for_one boolean NOT NULL DEFAULT false;
UPDATE sync.run AS r SET for_one = true
FROM sync.request AS q
WHERE q.request_id = r.request_id
    AND q.employee_kuerzel IS NOT NULL
    AND r.status IN ('waiting', 'running');
CREATE INDEX run_turn ON sync.run (for_one, request_id, run_id) WHERE status IN ('waiting', 'running');

-- What full_content was, recheck is now; full_content = false has another meaning, which nobody asked for then. As the
-- column is renamed and not written, no trigger judges or records an old row.
ALTER TABLE sync.request RENAME COLUMN full_content TO recheck;
ALTER TABLE sync.request ADD COLUMN full_content boolean NOT NULL DEFAULT true;
ALTER TABLE sync.run RENAME COLUMN full_content TO recheck;
ALTER TABLE sync.run ADD COLUMN full_content boolean NOT NULL DEFAULT true;
ALTER TABLE sync.job RENAME COLUMN full_content TO recheck;
ALTER TABLE sync.job ADD COLUMN full_content boolean NOT NULL DEFAULT true;
DROP VIEW IF EXISTS bi.runs, bi.schedule;
DROP FUNCTION IF EXISTS sync.request_sync(integer, text, boolean, boolean);
DROP FUNCTION IF EXISTS sync.schedule(text, text, integer, text, boolean, boolean, text);
DROP PROCEDURE IF EXISTS
    sync.run_now(integer, text, boolean, boolean, interval, bigint, text, bigint, bigint, bigint, bigint, bigint);

-- What lists have shown is known by its digest.
ALTER TABLE sync.reading ADD COLUMN digest text;
ALTER TABLE sync.seen ADD COLUMN digest bigint;
DROP TYPE IF EXISTS engine.begun_action CASCADE;
DROP FUNCTION IF EXISTS engine.link_new(bigint, integer);
DROP FUNCTION IF EXISTS engine.begin_reading(bigint, bigint, text);
DROP FUNCTION IF EXISTS
    engine.store_list(text, sync.source_system_enum, timestamptz, jsonb, timestamptz, timestamptz);
