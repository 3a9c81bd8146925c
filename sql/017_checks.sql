-- A phase that does not exist cannot be asked for by any way: no listener could open such a request, and it would be in the way of others.
-- What the two numbers of the brake say is said of each.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

UPDATE sync.request SET status = 'rejected', message = format('phase: %s is not a phase; allowed are 1 to 4, or NULL for all', phase), phase = NULL,
    finished_at = coalesce(finished_at, clock_timestamp())
WHERE phase NOT BETWEEN 1 AND 4;
ALTER TABLE sync.request ADD CONSTRAINT request_phase_check CHECK (phase BETWEEN 1 AND 4);
COMMENT ON COLUMN sync.setting.brake_count IS 'The brake holds when more than this many deletions and re-creations on one side come together within 24 hours, and these are more than brake_share.';
COMMENT ON COLUMN sync.setting.brake_share IS 'What the brake holds is also more than this share, in percent (0-100), of the employee''s active links.';
