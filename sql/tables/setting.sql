SELECT pg_catalog.to_regclass('sync.setting') IS NULL AS is_new \gset
\if :is_new
-- What is allowed, engine.check_setting says.
CREATE TABLE sync.setting (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    paused boolean NOT NULL DEFAULT false,
    anonymize_google_events boolean NOT NULL DEFAULT false,
    default_strategy sync.sync_strategy_enum NOT NULL DEFAULT 'source_system_wins',
    advoware_writes text NOT NULL DEFAULT 'own',
    window_past_days integer NOT NULL DEFAULT 30,
    window_future_days integer NOT NULL DEFAULT 1825,
    brake_count integer NOT NULL DEFAULT 10,
    brake_share numeric(5, 2) NOT NULL DEFAULT 20,
    in_doubt_wait interval NOT NULL DEFAULT '2 minutes',
    lease interval NOT NULL DEFAULT '20 seconds',
    expand_days integer NOT NULL DEFAULT 366,
    retry_first interval NOT NULL DEFAULT '1 minute',
    retry_longest interval NOT NULL DEFAULT '6 hours',
    keep_runs interval NOT NULL DEFAULT '90 days',
    keep_audit interval NOT NULL DEFAULT '10 years',
    advoware_concurrency integer NOT NULL DEFAULT 4,
    google_concurrency integer NOT NULL DEFAULT 8
);
INSERT INTO sync.setting DEFAULT VALUES;
\endif

-- An older hub had the bounds here, too.
DO $bounds$
DECLARE
    bound name;
BEGIN
    FOR bound IN
        SELECT con.conname FROM pg_constraint AS con
        WHERE con.conrelid = 'sync.setting'::regclass
            AND con.contype = 'c'
            AND con.conname <> 'setting_only_row_check'
    LOOP
        EXECUTE format('ALTER TABLE sync.setting DROP CONSTRAINT %I', bound);
    END LOOP;
END
$bounds$;

COMMENT ON TABLE sync.setting IS
'The office''s settings: one row, one column each. UPDATE sync.setting SET … takes effect at the next action; nothing is restarted.';
COMMENT ON COLUMN sync.setting.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN sync.setting.paused IS 'true: nothing is read, planned or written for anybody.';
COMMENT ON COLUMN sync.setting.anonymize_google_events IS 'true: copies in Google say "Advoware blocked", without note and place, for everybody.';
COMMENT ON COLUMN sync.setting.default_strategy IS 'Strategy of new links where the employee''s row names none.';
COMMENT ON COLUMN sync.setting.advoware_writes IS 'Which new links may write to Advoware where the employee''s row says nothing: none, own (only what began in Google), all.';
COMMENT ON COLUMN sync.setting.window_past_days IS 'Days before today (Berlin midnight) that are read. Changing it makes the next Google reading a whole one.';
COMMENT ON COLUMN sync.setting.window_future_days IS 'Days after today that are read in Advoware.';
COMMENT ON COLUMN sync.setting.brake_count IS 'The mass-deletion guard holds when more than this many deletions and re-creations on one side come within 24 hours, and these are more than brake_share.';
COMMENT ON COLUMN sync.setting.brake_share IS 'What the mass-deletion guard holds is also more than this share, in percent (0-100), of the employee''s active links.';
COMMENT ON COLUMN sync.setting.in_doubt_wait IS 'How long the outcome of an unanswered POST is awaited before it may be sent again.';
COMMENT ON COLUMN sync.setting.lease IS 'How long a listener''s claim on a run lasts without heartbeat.';
COMMENT ON COLUMN sync.setting.expand_days IS 'How many days ahead a series that Advoware cannot represent is carried occurrence by occurrence.';
COMMENT ON COLUMN sync.setting.retry_first IS 'First wait of a row that failed; it doubles with every further failure.';
COMMENT ON COLUMN sync.setting.retry_longest IS 'Longest wait of a row that failed.';
COMMENT ON COLUMN sync.setting.keep_runs IS 'How long finished requests, runs and actions are kept: 1 day to 1000 years.';
COMMENT ON COLUMN sync.setting.keep_audit IS 'How long the audit''s partitions are kept: 30 days to 1000 years.';
COMMENT ON COLUMN sync.setting.advoware_concurrency IS 'How many requests to Advoware each listener may have in flight, for all employees together. A listener learns of a change within 5 seconds.';
COMMENT ON COLUMN sync.setting.google_concurrency IS 'How many requests to Google each listener may have in flight, for all employees together. A listener learns of a change within 5 seconds.';
