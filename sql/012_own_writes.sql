-- What our own writes left behind, and when an absence was proven.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

ALTER TABLE sync.seen ADD COLUMN proven_at timestamptz;
COMMENT ON COLUMN sync.seen.proven_at IS 'When the request was sent whose answer is the proof. A later list that still lacks the entry moves observed_at, and proves nothing.';

ALTER TABLE sync.calendar_sync ADD COLUMN earlier_fingerprints text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN sync.calendar_sync.earlier_fingerprints IS 'What earlier writes of ours to meant_side meant, or had stored instead, while none has settled: it may arrive late, and is no edit when it is seen there.';
