-- The hub's tables. A migration is immutable once released: later changes go into the next number.
-- Runs as calendar_sync_owner (see install.sql).

CREATE TYPE sync.source_system_enum AS ENUM ('advoware', 'google');
CREATE TYPE sync.sync_strategy_enum AS ENUM ('source_system_wins', 'last_change_wins');
CREATE TYPE sync.sync_status_enum AS ENUM ('pending', 'synced', 'failed');
COMMENT ON TYPE sync.source_system_enum IS 'The two systems: where an appointment began, and the side of a reading.';
COMMENT ON TYPE sync.sync_strategy_enum IS 'Who wins when both sides differ: the system where the appointment began, or the later change.';
COMMENT ON TYPE sync.sync_status_enum IS 'pending: work is still to be done. synced: settled on both sides. failed: see last_error.';

-- One row per office ------------------------------------------------------------------------------------------------

CREATE TABLE sync.office (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    kanzlei text NOT NULL,
    database_name text NOT NULL,
    host text NOT NULL,
    highest_frnr bigint NOT NULL DEFAULT 0,
    first_used_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sync.office IS 'The one office this hub belongs to, as the first listener named it. A listener configured for another office is refused, so that a test system never overwrites an office.';
COMMENT ON COLUMN sync.office.only_row IS 'Always true: there is one row at most.';
COMMENT ON COLUMN sync.office.kanzlei IS 'ADVOWARE_KANZLEI of the first listener.';
COMMENT ON COLUMN sync.office.database_name IS 'ADVOWARE_DATABASE of the first listener.';
COMMENT ON COLUMN sync.office.host IS 'Host of ADVOWARE_API_BASE_URL of the first listener.';
COMMENT ON COLUMN sync.office.highest_frnr IS 'The highest positive frNr ever seen. Numbers only grow, so a Termin that we made ourselves lies above the mark taken before its POST.';
COMMENT ON COLUMN sync.office.first_used_at IS 'When the first listener registered.';

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
    keep_runs interval NOT NULL DEFAULT '90 days' CHECK (keep_runs >= '1 day'),
    keep_audit interval NOT NULL DEFAULT '10 years' CHECK (keep_audit >= '30 days')
);
INSERT INTO sync.setting DEFAULT VALUES;
COMMENT ON TABLE sync.setting IS 'The office''s settings: one row, one column each. UPDATE sync.setting SET … takes effect at the next action; nothing is restarted.';
COMMENT ON COLUMN sync.setting.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN sync.setting.paused IS 'true: nothing is read, planned or written for anybody.';
COMMENT ON COLUMN sync.setting.anonymize_google_events IS 'true: copies in Google say "Advoware blocked", without note and place, for everybody.';
COMMENT ON COLUMN sync.setting.default_strategy IS 'Strategy of new links where the employee''s row names none.';
COMMENT ON COLUMN sync.setting.advoware_writes IS 'Which new links may write to Advoware where the employee''s row says nothing: none, own (only what began in Google), all.';
COMMENT ON COLUMN sync.setting.window_past_days IS 'Days before today (Berlin midnight) that are read. Changing it makes the next Google reading a whole one.';
COMMENT ON COLUMN sync.setting.window_future_days IS 'Days after today that are read in Advoware.';
COMMENT ON COLUMN sync.setting.brake_count IS 'The brake holds when more than this many deletions and re-creations on one side come together within 24 hours …';
COMMENT ON COLUMN sync.setting.brake_share IS '… and they are more than this share, in percent (0-100), of the employee''s active links.';
COMMENT ON COLUMN sync.setting.in_doubt_wait IS 'How long the outcome of an unanswered POST is awaited before it may be sent again.';
COMMENT ON COLUMN sync.setting.lease IS 'How long a listener''s claim on a run holds without heartbeat.';
COMMENT ON COLUMN sync.setting.expand_days IS 'How many days ahead a series that Advoware cannot hold is carried occurrence by occurrence.';
COMMENT ON COLUMN sync.setting.retry_first IS 'First wait of a row that failed; it doubles with every further failure.';
COMMENT ON COLUMN sync.setting.retry_longest IS 'Longest wait of a row that failed.';
COMMENT ON COLUMN sync.setting.keep_runs IS 'How long finished requests, runs and actions are kept.';
COMMENT ON COLUMN sync.setting.keep_audit IS 'How long the audit''s partitions are kept.';

CREATE TABLE sync.employee (
    kuerzel varchar(10) PRIMARY KEY CHECK (kuerzel <> '' AND kuerzel = btrim(kuerzel)),
    active boolean NOT NULL DEFAULT true,
    google_calendar_id text,
    calendar_shared boolean NOT NULL DEFAULT false,
    sync_strategy sync.sync_strategy_enum,
    advoware_writes text CHECK (advoware_writes IN ('none', 'own', 'all')),
    anonymize boolean NOT NULL DEFAULT false,
    paused boolean NOT NULL DEFAULT false,
    last_good_sync timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sync.employee IS 'The employees that Advoware named, and each one''s policy. Columns that are NULL follow sync.setting; see sync.effective_policy.';
COMMENT ON COLUMN sync.employee.kuerzel IS 'The Kürzel, Advoware''s key of an employee.';
COMMENT ON COLUMN sync.employee.active IS 'Whether the last complete list of employees named this one. Inactive ones are not synced; calendar and links stay.';
COMMENT ON COLUMN sync.employee.google_calendar_id IS 'The Google calendar AW-{Kürzel} once it is known.';
COMMENT ON COLUMN sync.employee.calendar_shared IS 'Whether the calendar has been shared with the owner account.';
COMMENT ON COLUMN sync.employee.sync_strategy IS 'Strategy of new links; NULL: sync.setting.default_strategy.';
COMMENT ON COLUMN sync.employee.advoware_writes IS 'none, own or all (RULES: flag of new links); NULL: sync.setting.advoware_writes. With none nothing is ever written in Advoware.';
COMMENT ON COLUMN sync.employee.anonymize IS 'true: this employee''s copies in Google are anonymised. Either this or the office''s setting is enough.';
COMMENT ON COLUMN sync.employee.paused IS 'true: nothing is read, planned or written for this employee.';
COMMENT ON COLUMN sync.employee.last_good_sync IS 'End of the last run of all phases that ended done.';
COMMENT ON COLUMN sync.employee.created_at IS 'When the hub first heard of this employee.';

-- The links -----------------------------------------------------------------------------------------------------------

CREATE TABLE sync.calendar_sync (
    sync_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    employee_kuerzel varchar(10) NOT NULL,
    advoware_frnr integer,
    google_event_id varchar(255),
    source_system sync.source_system_enum NOT NULL,
    sync_strategy sync.sync_strategy_enum NOT NULL DEFAULT 'source_system_wins',
    sync_status sync.sync_status_enum NOT NULL DEFAULT 'synced',
    advoware_write_allowed boolean NOT NULL DEFAULT false,
    deleted boolean NOT NULL DEFAULT false,
    last_sync timestamptz DEFAULT now(),
    created_at timestamptz DEFAULT now(),
    google_calendar_id text,
    event_generation integer NOT NULL DEFAULT 0 CHECK (event_generation >= 0),
    anonymized boolean NOT NULL DEFAULT false,
    text_from_advoware boolean NOT NULL DEFAULT false,
    tagged boolean NOT NULL DEFAULT false,
    starts_at timestamptz,
    ends_at timestamptz,
    advoware_watermark timestamptz,
    google_watermark timestamptz,
    advoware_fingerprint text,
    google_fingerprint text,
    meant_side sync.source_system_enum,
    meant_fingerprint text,
    meant_time_fingerprint text,
    meant_acknowledged boolean NOT NULL DEFAULT false,
    meant_at timestamptz,
    missed_fingerprint text,
    missed_at timestamptz,
    refused_basis text,
    superseded_count integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    last_error text CHECK (last_error ~ '^[a-z0-9_: -]{1,120}$'),
    next_attempt_at timestamptz
);
CREATE UNIQUE INDEX idx_calendar_sync_advoware ON sync.calendar_sync (employee_kuerzel, advoware_frnr) WHERE advoware_frnr IS NOT NULL AND deleted = FALSE;
CREATE UNIQUE INDEX idx_calendar_sync_google ON sync.calendar_sync (employee_kuerzel, google_event_id) WHERE google_event_id IS NOT NULL AND deleted = FALSE;
CREATE INDEX calendar_sync_deleted ON sync.calendar_sync (employee_kuerzel, advoware_frnr) WHERE deleted;
COMMENT ON TABLE sync.calendar_sync IS 'The links: one row per appointment that is carried between Advoware and Google. No text, note or place, ever.';
COMMENT ON COLUMN sync.calendar_sync.sync_id IS 'The link. In hex (with v and the generation, when created again) it is the id of the Google event that we create. For appointments that began in Advoware it follows from office, Kürzel and frNr.';
COMMENT ON COLUMN sync.calendar_sync.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN sync.calendar_sync.advoware_frnr IS 'The Termin''s frNr; NULL while it is not confirmed (the link is half).';
COMMENT ON COLUMN sync.calendar_sync.google_event_id IS 'The event''s id; NULL while it is not confirmed (the link is half).';
COMMENT ON COLUMN sync.calendar_sync.source_system IS 'Where the appointment began.';
COMMENT ON COLUMN sync.calendar_sync.sync_strategy IS 'Who wins when the sides differ.';
COMMENT ON COLUMN sync.calendar_sync.sync_status IS 'pending, synced or failed (then last_error says why).';
COMMENT ON COLUMN sync.calendar_sync.advoware_write_allowed IS 'false: nothing reaches Advoware for this link. Ever. May be changed by hand.';
COMMENT ON COLUMN sync.calendar_sync.deleted IS 'Soft delete: the appointment is gone on both sides.';
COMMENT ON COLUMN sync.calendar_sync.last_sync IS 'API timestamp of the settled state: of the source, or under last_change_wins of the newer side.';
COMMENT ON COLUMN sync.calendar_sync.created_at IS 'When the hub made the link.';
COMMENT ON COLUMN sync.calendar_sync.google_calendar_id IS 'The calendar that holds the event.';
COMMENT ON COLUMN sync.calendar_sync.event_generation IS 'How often the event had to be created under a new id.';
COMMENT ON COLUMN sync.calendar_sync.anonymized IS 'Whether the copy in Google says "Advoware blocked".';
COMMENT ON COLUMN sync.calendar_sync.text_from_advoware IS 'Whether the event ever received its text from Advoware.';
COMMENT ON COLUMN sync.calendar_sync.tagged IS 'Whether the event carries our private properties.';
COMMENT ON COLUMN sync.calendar_sync.starts_at IS 'Start of the (first) occurrence when last settled.';
COMMENT ON COLUMN sync.calendar_sync.ends_at IS 'End of the last occurrence when last settled; infinity: endless.';
COMMENT ON COLUMN sync.calendar_sync.advoware_watermark IS 'Advoware''s timestamp of the last settled state.';
COMMENT ON COLUMN sync.calendar_sync.google_watermark IS 'Google''s timestamp of the last settled state.';
COMMENT ON COLUMN sync.calendar_sync.advoware_fingerprint IS 'Fingerprint of the Termin when last settled; NULL: never settled, which counts as changed.';
COMMENT ON COLUMN sync.calendar_sync.google_fingerprint IS 'Fingerprint of the event when last settled; NULL: never settled, which counts as changed.';
COMMENT ON COLUMN sync.calendar_sync.meant_side IS 'Side of a write of ours that is not settled yet.';
COMMENT ON COLUMN sync.calendar_sync.meant_fingerprint IS 'What that write meant; NULL when it meant time and recurrence only.';
COMMENT ON COLUMN sync.calendar_sync.meant_time_fingerprint IS 'Time and recurrence that the write meant.';
COMMENT ON COLUMN sync.calendar_sync.meant_acknowledged IS 'Whether the remote system said that it did it.';
COMMENT ON COLUMN sync.calendar_sync.meant_at IS 'When the write began, in database time.';
COMMENT ON COLUMN sync.calendar_sync.missed_fingerprint IS 'What was found instead of what was meant; the same difference twice stops the link.';
COMMENT ON COLUMN sync.calendar_sync.missed_at IS 'When that was noted; later than meant_at: the write is to be tried once more.';
COMMENT ON COLUMN sync.calendar_sync.refused_basis IS 'Digest of policy and both sides when the link was refused; it is looked at again when this differs.';
COMMENT ON COLUMN sync.calendar_sync.superseded_count IS 'Plans in a row that no longer held when they were begun; five make the link fail.';
COMMENT ON COLUMN sync.calendar_sync.attempts IS 'Failures in a row.';
COMMENT ON COLUMN sync.calendar_sync.last_error IS 'Why the link is failed: a code, never text of a remote answer.';
COMMENT ON COLUMN sync.calendar_sync.next_attempt_at IS 'Not before this time. sync.retry_failed() clears it.';

-- What was seen -------------------------------------------------------------------------------------------------------

CREATE TABLE sync.seen (
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    side sync.source_system_enum NOT NULL,
    entry_id text NOT NULL,
    master_id text,
    present boolean NOT NULL,
    proof text CHECK (proof IN ('gone', 'cancelled', 'deleted_by_us')),
    api_timestamp timestamptz,
    gone_at timestamptz,
    etag text,
    fingerprint text,
    time_fingerprint text,
    anonymous_fingerprint text,
    starts_at timestamptz,
    ends_at timestamptz,
    unusable text,
    ownership text CHECK (ownership IN ('exclusive', 'own', 'shared', 'foreign')),
    event_type text,
    invitation boolean NOT NULL DEFAULT false,
    tag_sync_id uuid,
    tag_frnr bigint,
    tag_kuerzel text,
    tag_source sync.source_system_enum,
    tag_anonymized boolean,
    observed_at timestamptz NOT NULL,
    PRIMARY KEY (employee_kuerzel, side, entry_id)
);
CREATE INDEX seen_event_tags ON sync.seen (employee_kuerzel, tag_frnr) WHERE tag_frnr IS NOT NULL;
CREATE INDEX seen_control ON sync.seen (observed_at) WHERE side = 'advoware' AND present;
COMMENT ON TABLE sync.seen IS 'What each side looked like when last seen: ids, times, keyed fingerprints. Plans compare links with this, never with the events of one run.';
COMMENT ON COLUMN sync.seen.employee_kuerzel IS 'In whose list or calendar it was seen.';
COMMENT ON COLUMN sync.seen.side IS 'Which system.';
COMMENT ON COLUMN sync.seen.entry_id IS 'frNr or event id.';
COMMENT ON COLUMN sync.seen.master_id IS 'The series an occurrence belongs to (Google''s recurringEventId).';
COMMENT ON COLUMN sync.seen.present IS 'Whether it was there.';
COMMENT ON COLUMN sync.seen.proof IS 'How its absence was proven (gone, cancelled, deleted_by_us); NULL: only missing from a list.';
COMMENT ON COLUMN sync.seen.api_timestamp IS 'The system''s own change time; NULL where it gives none.';
COMMENT ON COLUMN sync.seen.gone_at IS 'When it was cancelled, where Google tells it.';
COMMENT ON COLUMN sync.seen.etag IS 'Google''s etag, for If-Match.';
COMMENT ON COLUMN sync.seen.fingerprint IS 'Keyed fingerprint of the whole appointment.';
COMMENT ON COLUMN sync.seen.time_fingerprint IS 'Keyed fingerprint of time and recurrence alone.';
COMMENT ON COLUMN sync.seen.anonymous_fingerprint IS 'Advoware: fingerprint that the anonymised copy would have.';
COMMENT ON COLUMN sync.seen.starts_at IS 'Start of the (first) occurrence.';
COMMENT ON COLUMN sync.seen.ends_at IS 'End of the last occurrence; infinity: endless.';
COMMENT ON COLUMN sync.seen.unusable IS 'Why the entry cannot be understood; NULL: it can. Unusable entries are left alone.';
COMMENT ON COLUMN sync.seen.ownership IS 'Advoware: exclusive (sb and anwalt are this employee), own, shared (with another), foreign (belongs to others).';
COMMENT ON COLUMN sync.seen.event_type IS 'Google''s eventType; only default is carried.';
COMMENT ON COLUMN sync.seen.invitation IS 'Whether somebody else organises the event: copied, never written.';
COMMENT ON COLUMN sync.seen.tag_sync_id IS 'Our private property: the link.';
COMMENT ON COLUMN sync.seen.tag_frnr IS 'Our private property: the Termin.';
COMMENT ON COLUMN sync.seen.tag_kuerzel IS 'Our private property: the employee.';
COMMENT ON COLUMN sync.seen.tag_source IS 'Our private property: where it began.';
COMMENT ON COLUMN sync.seen.tag_anonymized IS 'Our private property: whether the event is an anonymised copy.';
COMMENT ON COLUMN sync.seen.observed_at IS 'Database time at which the request was sent that saw it. An older observation never replaces a newer one.';

CREATE TABLE sync.reading (
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    side sync.source_system_enum NOT NULL,
    sync_token text,
    key_prefix text,
    calendar_id text,
    window_from timestamptz,
    window_to timestamptz,
    complete boolean NOT NULL DEFAULT false,
    whole boolean NOT NULL DEFAULT false,
    entries integer NOT NULL DEFAULT 0,
    unidentifiable integer NOT NULL DEFAULT 0,
    empty_since timestamptz,
    observed_at timestamptz,
    PRIMARY KEY (employee_kuerzel, side)
);
COMMENT ON TABLE sync.reading IS 'The last complete reading of each side: when, which window, and Google''s sync token to go on from.';
COMMENT ON COLUMN sync.reading.employee_kuerzel IS 'Whose list.';
COMMENT ON COLUMN sync.reading.side IS 'Which system.';
COMMENT ON COLUMN sync.reading.sync_token IS 'Google''s token for the next incremental listing; NULL: list whole.';
COMMENT ON COLUMN sync.reading.key_prefix IS 'Version and key id of the fingerprints of this reading.';
COMMENT ON COLUMN sync.reading.calendar_id IS 'The calendar the token belongs to.';
COMMENT ON COLUMN sync.reading.window_from IS 'Start of the window read.';
COMMENT ON COLUMN sync.reading.window_to IS 'End of the window read; infinity: open.';
COMMENT ON COLUMN sync.reading.complete IS 'A reading is complete or is not stored at all.';
COMMENT ON COLUMN sync.reading.whole IS 'true: a whole listing; false: changes since the token.';
COMMENT ON COLUMN sync.reading.entries IS 'How many entries it had.';
COMMENT ON COLUMN sync.reading.unidentifiable IS 'Entries that had no usable id.';
COMMENT ON COLUMN sync.reading.empty_since IS 'When the first of the last readings in a row that were empty was made.';
COMMENT ON COLUMN sync.reading.observed_at IS 'Database time at which the reading began.';
