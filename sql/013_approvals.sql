-- Approvals name what is deleted: the deletions of a second living event and of a late Termin share link and kind with the link's own.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

-- Of one that is open now nobody can tell which was meant: it lets no deletion through, what is held is shown again.
ALTER TABLE sync.approval ADD COLUMN entry_id text;
COMMENT ON TABLE sync.approval IS 'What a person let through the brake: exactly the rows shown, once. See sync.approve_held.';
COMMENT ON COLUMN sync.approval.entry_id IS 'What may be deleted: the event''s id or the Termin''s number; NULL: nothing is deleted.';
COMMENT ON COLUMN sync.approval.spent_at IS 'When it was used, or the plan no longer contained it; of create_calendar also when the calendar answered again.';
