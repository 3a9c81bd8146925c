SELECT pg_catalog.to_regclass('sync.calendar_sync') IS NULL AS is_new \gset
\if :is_new
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
    refused_basis text,
    superseded_count integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    last_error text CHECK (last_error ~ '^[a-z0-9_: -]{1,120}$'),
    next_attempt_at timestamptz,
    text_withheld boolean NOT NULL DEFAULT false,
    times_hidden smallint NOT NULL DEFAULT 0
);
-- All of an employee's links, half ones too, are read through this one. Who reads them all says employee_kuerzel <> '',
-- which is always so: a look-up by key cannot take this index then, and go through all of them for each one.
CREATE INDEX calendar_sync_employee ON sync.calendar_sync (employee_kuerzel)
    WHERE NOT deleted
        AND employee_kuerzel <> '';
CREATE INDEX calendar_sync_deleted ON sync.calendar_sync (employee_kuerzel, advoware_frnr) WHERE deleted;
CREATE UNIQUE INDEX idx_calendar_sync_advoware ON sync.calendar_sync (employee_kuerzel, advoware_frnr)
    WHERE advoware_frnr IS NOT NULL
        AND deleted = false;
CREATE UNIQUE INDEX idx_calendar_sync_google ON sync.calendar_sync (employee_kuerzel, google_event_id)
    WHERE google_event_id IS NOT NULL
        AND deleted = false;
-- Series that began in Google and have their text from Advoware, by the id that all their parts begin with
-- (engine.series_stem).
CREATE INDEX calendar_sync_series ON sync.calendar_sync (
    employee_kuerzel, regexp_replace(google_event_id, '(.)(_R?[0-9]{8}(T[0-9]{6}Z?)?)+$', '\1'))
    WHERE text_from_advoware
        AND source_system = 'google';

-- The operator sets the policy of living links; a soft-deleted one is a record of what was.
ALTER TABLE sync.calendar_sync ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON sync.calendar_sync FOR SELECT
    TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi USING (true);
CREATE POLICY operator_sets_living_links ON sync.calendar_sync FOR UPDATE TO calendar_sync_operator USING (NOT deleted);
\endif

COMMENT ON TABLE sync.calendar_sync IS
'The links: one row per appointment that is carried between Advoware and Google. No text, note or place, ever.';
COMMENT ON COLUMN sync.calendar_sync.sync_id IS
'The link. In hex, with v and the generation, the id of the event that we create. Of what began in Advoware it follows from office, Kürzel, frNr.';
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
COMMENT ON COLUMN sync.calendar_sync.refused_basis IS 'Digest of policy and both sides when the link was refused; it is looked at again when this differs.';
COMMENT ON COLUMN sync.calendar_sync.superseded_count IS 'Plans in a row that no longer applied when they were begun; five make the link fail.';
COMMENT ON COLUMN sync.calendar_sync.attempts IS 'Failures in a row.';
COMMENT ON COLUMN sync.calendar_sync.last_error IS 'Why the link is failed: a code, never text of a remote answer.';
COMMENT ON COLUMN sync.calendar_sync.next_attempt_at IS 'Not before this time. sync.retry_failed() clears it.';
COMMENT ON COLUMN sync.calendar_sync.text_withheld IS
'Whether anonymisation has kept Advoware''s text, note or place from an event that began in Google. Written when it is turned off.';
COMMENT ON COLUMN sync.calendar_sync.times_hidden IS
'How often this event was made private since its Termin was last not marked so. Three times are enough: no endless loop.';
COMMENT ON POLICY everybody_reads ON sync.calendar_sync IS 'Every link may be read; which columns, the grants say.';
COMMENT ON POLICY operator_sets_living_links ON sync.calendar_sync IS
'The operator sets strategy and write flag of links that are not soft-deleted.';
