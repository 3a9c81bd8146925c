-- A Termin that is marked private later makes its event private, too.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

ALTER TABLE sync.seen ADD COLUMN is_private boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN sync.seen.is_private IS 'Whether it is marked private there: privat in Advoware, visibility private or confidential in Google.';
ALTER TABLE sync.calendar_sync ADD COLUMN times_hidden smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN sync.calendar_sync.times_hidden IS 'How often this event was made private because its Termin is marked so, since it was last not. Three times are enough (no endless loop, whatever an API does).';
COMMENT ON COLUMN sync.action.kind IS 'The operation. recreate_: created again because it was lost; tag_event: our private properties are set, or the event is made private; link_event: a tagged event is given back its link; soft_delete: only the link ends, nothing is sent.';
COMMENT ON COLUMN sync.run.linked IS 'Events that were linked again, tagged or made private.';
-- How private the events are is learned from a whole list.
UPDATE sync.reading SET sync_token = NULL WHERE side = 'google';
