-- What policies have to remember: with whom a calendar is shared, and which events a text was kept from.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

ALTER TABLE sync.employee ADD COLUMN calendar_shared_with text;
COMMENT ON COLUMN sync.employee.calendar_shared_with IS 'The owner account that the calendar was shared with (GOOGLE_CALENDAR_OWNER_EMAIL of that time). Another account there later: the calendar is shared with that one too. NULL: with nobody, or before this was recorded.';

ALTER TABLE sync.calendar_sync ADD COLUMN text_withheld boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN sync.calendar_sync.text_withheld IS 'Whether Advoware''s text, note or place differ from the event''s because anonymisation kept them from it (an event that began in Google receives time and recurrence only). Written when anonymisation is turned off.';
