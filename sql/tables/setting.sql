SELECT pg_catalog.to_regclass('sync.setting') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.setting (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    paused boolean NOT NULL DEFAULT false,
    anonymize_google_events boolean NOT NULL DEFAULT false,
    default_strategy sync.sync_strategy_enum NOT NULL DEFAULT 'source_system_wins',
    advoware_writes text NOT NULL DEFAULT 'own' CHECK (advoware_writes IN ('none', 'own', 'all')),
    window_past_days integer NOT NULL DEFAULT 30 CHECK (window_past_days BETWEEN 0 AND 3650),
    window_future_days integer NOT NULL DEFAULT 1825 CHECK (window_future_days BETWEEN 1 AND 7300),
    brake_count integer NOT NULL DEFAULT 10 CHECK (brake_count >= 0),
    brake_share numeric(5, 2) NOT NULL DEFAULT 20 CHECK (brake_share BETWEEN 0 AND 100),
    in_doubt_wait interval NOT NULL DEFAULT '2 minutes' CHECK (in_doubt_wait BETWEEN '0 seconds' AND '1 day'),
    lease interval NOT NULL DEFAULT '20 seconds' CHECK (lease BETWEEN '5 seconds' AND '10 minutes'),
    expand_days integer NOT NULL DEFAULT 366 CHECK (expand_days BETWEEN 1 AND 3660),
    retry_first interval NOT NULL DEFAULT '1 minute' CHECK (retry_first BETWEEN '0 seconds' AND '1 day'),
    retry_longest interval NOT NULL DEFAULT '6 hours' CHECK (retry_longest BETWEEN '1 second' AND '30 days'),
    keep_runs interval NOT NULL DEFAULT '90 days' CHECK (keep_runs BETWEEN '1 day' AND '1000 years'),
    keep_audit interval NOT NULL DEFAULT '10 years' CHECK (keep_audit BETWEEN '30 days' AND '1000 years'),
    advoware_concurrency integer NOT NULL DEFAULT 4 CHECK (advoware_concurrency BETWEEN 1 AND 64),
    google_concurrency integer NOT NULL DEFAULT 8 CHECK (google_concurrency BETWEEN 1 AND 64)
);
INSERT INTO sync.setting DEFAULT VALUES;
\endif

COMMENT ON TABLE sync.setting IS
'The office''s settings: one row, one column each. UPDATE sync.setting SET … takes effect at the next action; nothing is restarted.';
COMMENT ON COLUMN sync.setting.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN sync.setting.paused IS 'true: nothing is read, planned or written for anybody.';
COMMENT ON COLUMN sync.setting.anonymize_google_events IS 'true: copies in Google say "Advoware blocked", without note and place, for everybody.';
COMMENT ON COLUMN sync.setting.default_strategy IS 'Strategy of new links where the employee''s row names none.';
COMMENT ON COLUMN sync.setting.advoware_writes IS 'Which new links may write to Advoware where the employee''s row says nothing: none, own (only what began in Google), all.';
COMMENT ON COLUMN sync.setting.window_past_days IS 'Days before today (Berlin midnight) that are read. Changing it makes the next Google reading a whole one.';
COMMENT ON COLUMN sync.setting.window_future_days IS 'Days after today that are read in Advoware.';
COMMENT ON COLUMN sync.setting.brake_count IS 'The brake holds when more than this many deletions and re-creations on one side come together within 24 hours, and these are more than brake_share.';
COMMENT ON COLUMN sync.setting.brake_share IS 'What the brake holds is also more than this share, in percent (0-100), of the employee''s active links.';
COMMENT ON COLUMN sync.setting.in_doubt_wait IS 'How long the outcome of an unanswered POST is awaited before it may be sent again.';
COMMENT ON COLUMN sync.setting.lease IS 'How long a listener''s claim on a run holds without heartbeat.';
COMMENT ON COLUMN sync.setting.expand_days IS 'How many days ahead a series that Advoware cannot hold is carried occurrence by occurrence.';
COMMENT ON COLUMN sync.setting.retry_first IS 'First wait of a row that failed; it doubles with every further failure.';
COMMENT ON COLUMN sync.setting.retry_longest IS 'Longest wait of a row that failed.';
COMMENT ON COLUMN sync.setting.keep_runs IS 'How long finished requests, runs and actions are kept: 1 day to 1000 years.';
COMMENT ON COLUMN sync.setting.keep_audit IS 'How long the audit''s partitions are kept: 30 days to 1000 years.';
COMMENT ON COLUMN sync.setting.advoware_concurrency IS 'How many requests to Advoware each listener may have in flight, for all employees together. A listener learns of a change within 5 seconds.';
COMMENT ON COLUMN sync.setting.google_concurrency IS 'How many requests to Google each listener may have in flight, for all employees together. A listener learns of a change within 5 seconds.';
