-- From a hub of schema version 4, or one that has just become like it, to requests and runs as sql/tables has them.

-- Whose runs take turns.
ALTER TABLE sync.run ADD COLUMN for_one boolean NOT NULL DEFAULT false;
UPDATE sync.run AS r SET for_one = true
FROM sync.request AS q
WHERE q.request_id = r.request_id
    AND q.employee_kuerzel IS NOT NULL
    AND r.status IN ('waiting', 'running');
CREATE INDEX run_turn ON sync.run (for_one, request_id, run_id) WHERE status IN ('waiting', 'running');
