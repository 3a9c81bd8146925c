-- Attempts that were given up are looked for until a reading ends the search, not for a day.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

CREATE INDEX action_given_up ON sync.action (employee_kuerzel) WHERE given_up;
COMMENT ON COLUMN sync.action.given_up IS 'An attempt in doubt that nothing waits for any more: it has a successor, its link has ended, or a person said that none is ours. What it made all the same is never copied onward.';
COMMENT ON COLUMN sync.reading.empty_since IS 'When the first of the last readings in a row that were empty was made; counted anew when the wait of an attempt in doubt is over.';
