-- Fencing tokens are moments now (see sync.claim_run).
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

DROP SEQUENCE sync.fence_seq;
COMMENT ON COLUMN sync.run.fence IS 'Fencing token of the present claim: its moment in microseconds since 1970 UTC, and higher than the one before. An older one can do nothing more.';
