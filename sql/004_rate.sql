-- How many requests are in flight, and who waits for a calendar.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

ALTER TABLE sync.setting
    ADD COLUMN advoware_concurrency integer NOT NULL DEFAULT 4 CHECK (advoware_concurrency BETWEEN 1 AND 64),
    ADD COLUMN google_concurrency integer NOT NULL DEFAULT 8 CHECK (google_concurrency BETWEEN 1 AND 64);
COMMENT ON COLUMN sync.setting.advoware_concurrency IS 'How many requests to Advoware each listener may have in flight, for all employees together. A listener learns of a change within 5 seconds.';
COMMENT ON COLUMN sync.setting.google_concurrency IS 'How many requests to Google each listener may have in flight, for all employees together. A listener learns of a change within 5 seconds.';

CREATE TABLE sync.calendar_wait (
    employee_kuerzel varchar(10) PRIMARY KEY REFERENCES sync.employee (kuerzel) ON DELETE CASCADE,
    refusals integer NOT NULL CHECK (refusals > 0),
    refused_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL
);
COMMENT ON TABLE sync.calendar_wait IS 'Employees whose calendar Google would not make yet, because it limits how many are made in some hours. A row goes when the calendar is there.';
COMMENT ON COLUMN sync.calendar_wait.employee_kuerzel IS 'Whose calendar.';
COMMENT ON COLUMN sync.calendar_wait.refusals IS 'How often in a row.';
COMMENT ON COLUMN sync.calendar_wait.refused_at IS 'When last.';
COMMENT ON COLUMN sync.calendar_wait.next_attempt_at IS 'Google is not asked again before. sync.retry_failed() makes it now.';
