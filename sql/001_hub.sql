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

-- Work ------------------------------------------------------------------------------------------------------------------

CREATE TABLE sync.listener (
    listener text PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    stopped_at timestamptz
);
COMMENT ON TABLE sync.listener IS 'Listeners and their heartbeats.';
COMMENT ON COLUMN sync.listener.listener IS 'Name the listener gave itself: host, process id, start.';
COMMENT ON COLUMN sync.listener.started_at IS 'When it registered.';
COMMENT ON COLUMN sync.listener.heartbeat_at IS 'Its last heartbeat.';
COMMENT ON COLUMN sync.listener.stopped_at IS 'When it left in order; NULL: it runs, or it was lost.';

CREATE TABLE sync.request (
    request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phase smallint,
    employee_kuerzel varchar(10),
    full_content boolean NOT NULL DEFAULT false,
    dry_run boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'running', 'done', 'failed', 'held', 'cancelled', 'rejected', 'merged')),
    merged_into bigint REFERENCES sync.request (request_id),
    message text,
    requested_by text NOT NULL DEFAULT session_user,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_by text,
    claimed_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX request_open ON sync.request (request_id) WHERE status IN ('waiting', 'running', 'merged');
COMMENT ON TABLE sync.request IS 'What was asked for. INSERT INTO sync.request DEFAULT VALUES asks for all phases and employees and wakes a listener.';
COMMENT ON COLUMN sync.request.request_id IS 'The request''s number.';
COMMENT ON COLUMN sync.request.phase IS '1 new in Advoware, 2 new in Google, 3 deleted, 4 changed; NULL: all four.';
COMMENT ON COLUMN sync.request.employee_kuerzel IS 'One employee; NULL: all active ones.';
COMMENT ON COLUMN sync.request.full_content IS 'true: trust no timestamp and no sync token; read both sides whole and compare every pair.';
COMMENT ON COLUMN sync.request.dry_run IS 'true: plan only. The plan stands in sync.action; nothing else is touched.';
COMMENT ON COLUMN sync.request.status IS 'waiting → running → done, failed, held or cancelled; rejected: bad payload; merged: an equal request was waiting (merged_into) and its end becomes this one''s.';
COMMENT ON COLUMN sync.request.merged_into IS 'The equal request whose work serves this one too.';
COMMENT ON COLUMN sync.request.message IS 'Why it was rejected, or what there is to say about its end.';
COMMENT ON COLUMN sync.request.requested_by IS 'The role that asked.';
COMMENT ON COLUMN sync.request.requested_at IS 'When it was asked for.';
COMMENT ON COLUMN sync.request.claimed_by IS 'The listener that took it.';
COMMENT ON COLUMN sync.request.claimed_at IS 'When it was taken.';
COMMENT ON COLUMN sync.request.started_at IS 'When its runs were made.';
COMMENT ON COLUMN sync.request.finished_at IS 'When it ended.';

CREATE SEQUENCE sync.fence_seq;
COMMENT ON SEQUENCE sync.fence_seq IS 'Fencing tokens: every claim of a run gets a higher one.';

CREATE TABLE sync.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id bigint NOT NULL REFERENCES sync.request (request_id) ON DELETE CASCADE,
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    phase smallint CHECK (phase BETWEEN 1 AND 4),
    full_content boolean NOT NULL DEFAULT false,
    dry_run boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'running', 'done', 'failed', 'held', 'cancelled')),
    listener text,
    fence bigint,
    lease_until timestamptz,
    takeovers integer NOT NULL DEFAULT 0,
    error_code text CHECK (error_code ~ '^[a-z0-9_: -]{1,120}$'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    events_created integer NOT NULL DEFAULT 0,
    termine_created integer NOT NULL DEFAULT 0,
    events_updated integer NOT NULL DEFAULT 0,
    termine_updated integer NOT NULL DEFAULT 0,
    events_deleted integer NOT NULL DEFAULT 0,
    termine_deleted integer NOT NULL DEFAULT 0,
    soft_deleted integer NOT NULL DEFAULT 0,
    linked integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    in_doubt integer NOT NULL DEFAULT 0,
    held integer NOT NULL DEFAULT 0,
    superseded integer NOT NULL DEFAULT 0,
    conflicts integer NOT NULL DEFAULT 0,
    reverted integer NOT NULL DEFAULT 0,
    UNIQUE (request_id, employee_kuerzel)
);
CREATE UNIQUE INDEX run_one_per_employee ON sync.run (employee_kuerzel) WHERE status = 'running';
CREATE INDEX run_waiting ON sync.run (run_id) WHERE status IN ('waiting', 'running');
COMMENT ON TABLE sync.run IS 'One employee''s share of a request, and what it did.';
COMMENT ON COLUMN sync.run.run_id IS 'The run''s number.';
COMMENT ON COLUMN sync.run.request_id IS 'The request it serves.';
COMMENT ON COLUMN sync.run.employee_kuerzel IS 'Whose appointments.';
COMMENT ON COLUMN sync.run.phase IS 'The phase asked for; NULL: all four.';
COMMENT ON COLUMN sync.run.full_content IS 'As in the request.';
COMMENT ON COLUMN sync.run.dry_run IS 'As in the request.';
COMMENT ON COLUMN sync.run.status IS 'waiting, running, done, failed (with failed actions or an error), held (something waits for approval), cancelled.';
COMMENT ON COLUMN sync.run.listener IS 'The listener that has (or last had) it.';
COMMENT ON COLUMN sync.run.fence IS 'Fencing token of the present claim; an older one can do nothing more.';
COMMENT ON COLUMN sync.run.lease_until IS 'Until when the claim holds without heartbeat, in database time.';
COMMENT ON COLUMN sync.run.takeovers IS 'How often it was taken over from a lost listener.';
COMMENT ON COLUMN sync.run.error_code IS 'Why the run as a whole failed: a code.';
COMMENT ON COLUMN sync.run.created_at IS 'When it was made.';
COMMENT ON COLUMN sync.run.started_at IS 'When it was last claimed.';
COMMENT ON COLUMN sync.run.finished_at IS 'When it ended.';
COMMENT ON COLUMN sync.run.events_created IS 'Events created (and created again).';
COMMENT ON COLUMN sync.run.termine_created IS 'Termine created (and created again).';
COMMENT ON COLUMN sync.run.events_updated IS 'Events changed.';
COMMENT ON COLUMN sync.run.termine_updated IS 'Termine changed.';
COMMENT ON COLUMN sync.run.events_deleted IS 'Events deleted.';
COMMENT ON COLUMN sync.run.termine_deleted IS 'Termine deleted.';
COMMENT ON COLUMN sync.run.soft_deleted IS 'Links soft-deleted because the appointment was gone.';
COMMENT ON COLUMN sync.run.linked IS 'Events that were linked again or tagged.';
COMMENT ON COLUMN sync.run.refused IS 'Rows that policy forbids.';
COMMENT ON COLUMN sync.run.failed IS 'Rows that failed.';
COMMENT ON COLUMN sync.run.in_doubt IS 'Creates whose outcome is unknown.';
COMMENT ON COLUMN sync.run.held IS 'Rows held by the brake.';
COMMENT ON COLUMN sync.run.superseded IS 'Rows whose plan no longer held.';
COMMENT ON COLUMN sync.run.conflicts IS 'Both sides had changed under last_change_wins.';
COMMENT ON COLUMN sync.run.reverted IS 'Edits of a copy that were undone under source_system_wins.';

CREATE TABLE sync.action (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES sync.run (run_id) ON DELETE CASCADE,
    phase smallint NOT NULL CHECK (phase BETWEEN 1 AND 4),
    kind text NOT NULL CHECK (kind IN ('create_event', 'create_termin', 'recreate_event', 'recreate_termin', 'update_event', 'update_termin',
        'delete_event', 'delete_termin', 'soft_delete', 'tag_event', 'link_event', 'create_calendar')),
    reason text NOT NULL,
    status text NOT NULL DEFAULT 'planned'
        CHECK (status IN ('planned', 'running', 'in_doubt', 'done', 'failed', 'refused', 'superseded', 'held', 'cancelled')),
    result text,
    sync_id uuid,
    employee_kuerzel varchar(10) NOT NULL,
    advoware_frnr integer,
    google_event_id text,
    missing_side sync.source_system_enum,
    approved boolean NOT NULL DEFAULT false,
    conflict boolean NOT NULL DEFAULT false,
    reverted boolean NOT NULL DEFAULT false,
    unproven boolean NOT NULL DEFAULT false,
    mode text CHECK (mode IN ('full', 'anonymous', 'time_only')),
    meant_fingerprint text,
    meant_time_fingerprint text,
    frnr_mark bigint,
    deadline timestamptz,
    doubted_at timestamptz,
    given_up boolean NOT NULL DEFAULT false,
    basis text,
    planned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX action_run ON sync.action (run_id, phase, status);
CREATE INDEX action_link ON sync.action (sync_id, action_id);
CREATE INDEX action_open ON sync.action (employee_kuerzel, status) WHERE status IN ('planned', 'running', 'in_doubt', 'held');
CREATE INDEX action_refused ON sync.action (employee_kuerzel, basis) WHERE basis IS NOT NULL;
CREATE INDEX action_brake ON sync.action (employee_kuerzel, planned_at) WHERE missing_side IS NOT NULL;
COMMENT ON TABLE sync.action IS 'One row per remote operation: what, why, how it ended. What SQL decided, the listener executes.';
COMMENT ON COLUMN sync.action.action_id IS 'The action''s number.';
COMMENT ON COLUMN sync.action.run_id IS 'The run it belongs to.';
COMMENT ON COLUMN sync.action.phase IS '1 new in Advoware, 2 new in Google, 3 deleted, 4 changed.';
COMMENT ON COLUMN sync.action.kind IS 'The operation. recreate_: created again because it was lost; tag_event: our private properties are set; link_event: a tagged event is given back its link; soft_delete: gone on both sides.';
COMMENT ON COLUMN sync.action.reason IS 'Why, in words.';
COMMENT ON COLUMN sync.action.status IS 'planned → running → done, failed, in_doubt; refused: policy forbids it; superseded: the plan no longer held; held: waits for sync.approve_held; cancelled.';
COMMENT ON COLUMN sync.action.result IS 'A code that says how it ended.';
COMMENT ON COLUMN sync.action.sync_id IS 'The link; NULL: the entry has none.';
COMMENT ON COLUMN sync.action.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN sync.action.advoware_frnr IS 'The Termin.';
COMMENT ON COLUMN sync.action.google_event_id IS 'The event.';
COMMENT ON COLUMN sync.action.missing_side IS 'Deletions and re-creations: the side where the appointment is missing. The brake counts by it.';
COMMENT ON COLUMN sync.action.approved IS 'Whether a person let it through the brake.';
COMMENT ON COLUMN sync.action.conflict IS 'Both sides had changed under last_change_wins.';
COMMENT ON COLUMN sync.action.reverted IS 'It undoes an edit of the copy.';
COMMENT ON COLUMN sync.action.unproven IS 'The absence it rests on is not yet proven by a single GET.';
COMMENT ON COLUMN sync.action.mode IS 'What is written: full, anonymous, or time_only.';
COMMENT ON COLUMN sync.action.meant_fingerprint IS 'Fingerprint that the written side should have afterwards.';
COMMENT ON COLUMN sync.action.meant_time_fingerprint IS 'The same for time and recurrence alone.';
COMMENT ON COLUMN sync.action.frnr_mark IS 'Creating a Termin: highest frNr known before the POST.';
COMMENT ON COLUMN sync.action.deadline IS 'Creating a Termin: no answer is awaited after this.';
COMMENT ON COLUMN sync.action.doubted_at IS 'When its outcome became unknown.';
COMMENT ON COLUMN sync.action.given_up IS 'An attempt in doubt that has a successor.';
COMMENT ON COLUMN sync.action.basis IS 'Refusals: digest of what was refused, so that it is said once.';
COMMENT ON COLUMN sync.action.planned_at IS 'When it was planned.';
COMMENT ON COLUMN sync.action.started_at IS 'When it was begun.';
COMMENT ON COLUMN sync.action.finished_at IS 'When it ended.';

CREATE TABLE sync.approval (
    approval_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL,
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    sync_id uuid,
    kind text NOT NULL,
    approved_by text NOT NULL DEFAULT session_user,
    approved_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '24 hours',
    spent_at timestamptz
);
CREATE INDEX approval_open ON sync.approval (employee_kuerzel, sync_id, kind) WHERE spent_at IS NULL;
COMMENT ON TABLE sync.approval IS 'What a person let through the brake: exactly these links and kinds, once. See sync.approve_held.';
COMMENT ON COLUMN sync.approval.approval_id IS 'The approval''s number.';
COMMENT ON COLUMN sync.approval.run_id IS 'The run whose held rows were approved.';
COMMENT ON COLUMN sync.approval.employee_kuerzel IS 'Whose.';
COMMENT ON COLUMN sync.approval.sync_id IS 'The link; NULL for create_calendar.';
COMMENT ON COLUMN sync.approval.kind IS 'The operation approved.';
COMMENT ON COLUMN sync.approval.approved_by IS 'Who approved.';
COMMENT ON COLUMN sync.approval.approved_at IS 'When.';
COMMENT ON COLUMN sync.approval.expires_at IS 'After this it is worth nothing.';
COMMENT ON COLUMN sync.approval.spent_at IS 'When it was used, or the plan no longer contained it.';

CREATE TABLE sync.job (
    jobid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    jobname text UNIQUE CHECK (jobname <> ''),
    schedule text NOT NULL CHECK (schedule <> ''),
    time_zone text NOT NULL DEFAULT 'Europe/Berlin',
    phase smallint CHECK (phase BETWEEN 1 AND 4),
    employee_kuerzel varchar(10) REFERENCES sync.employee (kuerzel),
    full_content boolean NOT NULL DEFAULT false,
    dry_run boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true,
    username text NOT NULL DEFAULT session_user,
    next_run_at timestamptz,
    last_run_at timestamptz,
    last_request_id bigint,
    ticks_skipped bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sync.job IS 'Schedule rows, as in pg_cron: what is to be requested, and when.';
COMMENT ON COLUMN sync.job.jobid IS 'The job''s number.';
COMMENT ON COLUMN sync.job.jobname IS 'Its name, for sync.unschedule.';
COMMENT ON COLUMN sync.job.schedule IS 'Five-field cron expression, @hourly … @yearly, or N seconds.';
COMMENT ON COLUMN sync.job.time_zone IS 'Zone the expression is meant in.';
COMMENT ON COLUMN sync.job.phase IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.employee_kuerzel IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.full_content IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.dry_run IS 'As in sync.request.';
COMMENT ON COLUMN sync.job.active IS 'false: the job is paused.';
COMMENT ON COLUMN sync.job.username IS 'Who made it.';
COMMENT ON COLUMN sync.job.next_run_at IS 'When it is due next.';
COMMENT ON COLUMN sync.job.last_run_at IS 'When it last fired.';
COMMENT ON COLUMN sync.job.last_request_id IS 'The request it last made.';
COMMENT ON COLUMN sync.job.ticks_skipped IS 'Ticks missed while nothing ran and not made up for.';
COMMENT ON COLUMN sync.job.created_at IS 'When it was made.';

-- Audit -------------------------------------------------------------------------------------------------------------------

CREATE TABLE sync.calendar_sync_audit (
    id bigint GENERATED ALWAYS AS IDENTITY,
    sync_id uuid NOT NULL,
    action varchar(10) NOT NULL,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    employee_kuerzel varchar(10),
    run_id bigint,
    phase smallint,
    actor text NOT NULL,
    application text,
    transaction_id bigint NOT NULL,
    old_values jsonb,
    new_values jsonb,
    PRIMARY KEY (id, "timestamp")
) PARTITION BY RANGE ("timestamp");
CREATE INDEX calendar_sync_audit_link ON sync.calendar_sync_audit (sync_id, "timestamp");
CREATE INDEX calendar_sync_audit_employee ON sync.calendar_sync_audit (employee_kuerzel, "timestamp");
COMMENT ON TABLE sync.calendar_sync_audit IS 'Every change of every link: append-only, in monthly partitions. No fingerprint, etag or token.';
COMMENT ON COLUMN sync.calendar_sync_audit.id IS 'Running number.';
COMMENT ON COLUMN sync.calendar_sync_audit.sync_id IS 'The link that changed.';
COMMENT ON COLUMN sync.calendar_sync_audit.action IS 'INSERT, UPDATE or DELETE.';
COMMENT ON COLUMN sync.calendar_sync_audit."timestamp" IS 'Start of the transaction that changed it.';
COMMENT ON COLUMN sync.calendar_sync_audit.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN sync.calendar_sync_audit.run_id IS 'The run that changed it; NULL: a person did.';
COMMENT ON COLUMN sync.calendar_sync_audit.phase IS 'The phase of that run.';
COMMENT ON COLUMN sync.calendar_sync_audit.actor IS 'The role that logged in, SET ROLE seen through.';
COMMENT ON COLUMN sync.calendar_sync_audit.application IS 'application_name of the session.';
COMMENT ON COLUMN sync.calendar_sync_audit.transaction_id IS 'The transaction: rows of one change belong together.';
COMMENT ON COLUMN sync.calendar_sync_audit.old_values IS 'Old values of the columns that changed.';
COMMENT ON COLUMN sync.calendar_sync_audit.new_values IS 'New values of the columns that changed.';

CREATE TABLE sync.policy_audit (
    id bigint GENERATED ALWAYS AS IDENTITY,
    table_name text NOT NULL,
    row_key text NOT NULL,
    action varchar(10) NOT NULL,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    application text,
    transaction_id bigint NOT NULL,
    old_values jsonb,
    new_values jsonb,
    PRIMARY KEY (id, "timestamp")
) PARTITION BY RANGE ("timestamp");
COMMENT ON TABLE sync.policy_audit IS 'Every change of policy and schedule (employee, setting, job, approval): append-only, in monthly partitions.';
COMMENT ON COLUMN sync.policy_audit.id IS 'Running number.';
COMMENT ON COLUMN sync.policy_audit.table_name IS 'The table that changed.';
COMMENT ON COLUMN sync.policy_audit.row_key IS 'The row that changed: Kürzel, job or approval number.';
COMMENT ON COLUMN sync.policy_audit.action IS 'INSERT, UPDATE or DELETE.';
COMMENT ON COLUMN sync.policy_audit."timestamp" IS 'Start of the transaction that changed it.';
COMMENT ON COLUMN sync.policy_audit.actor IS 'The role that logged in, SET ROLE seen through.';
COMMENT ON COLUMN sync.policy_audit.application IS 'application_name of the session.';
COMMENT ON COLUMN sync.policy_audit.transaction_id IS 'The transaction.';
COMMENT ON COLUMN sync.policy_audit.old_values IS 'Old values of the columns that changed.';
COMMENT ON COLUMN sync.policy_audit.new_values IS 'New values of the columns that changed.';
