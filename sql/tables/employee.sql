SELECT pg_catalog.to_regclass('sync.employee') IS NULL AS is_new \gset
\if :is_new
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
    created_at timestamptz NOT NULL DEFAULT now(),
    calendar_shared_with text
);
\endif

COMMENT ON TABLE sync.employee IS
'The employees that Advoware named, and each one''s policy. Columns that are NULL follow sync.setting; see sync.effective_policy.';
COMMENT ON COLUMN sync.employee.kuerzel IS 'The Kürzel, Advoware''s key of an employee.';
COMMENT ON COLUMN sync.employee.active IS 'Whether the last complete list of employees named this one. Inactive ones are not synced; calendar and links stay.';
COMMENT ON COLUMN sync.employee.google_calendar_id IS 'The Google calendar AW-{Kürzel} once it is known.';
COMMENT ON COLUMN sync.employee.calendar_shared IS 'Whether the calendar has been shared with the owner account.';
COMMENT ON COLUMN sync.employee.sync_strategy IS 'Strategy of new links; NULL: sync.setting.default_strategy.';
COMMENT ON COLUMN sync.employee.advoware_writes IS 'none, own or all (the flag of new links); NULL: sync.setting.advoware_writes. With none nothing is ever written in Advoware.';
COMMENT ON COLUMN sync.employee.anonymize IS 'true: this employee''s copies in Google are anonymised. Either this or the office''s setting is enough.';
COMMENT ON COLUMN sync.employee.paused IS 'true: nothing is read, planned or written for this employee.';
COMMENT ON COLUMN sync.employee.last_good_sync IS 'End of the last run of all phases that ended done.';
COMMENT ON COLUMN sync.employee.created_at IS 'When the hub first heard of this employee.';
COMMENT ON COLUMN sync.employee.calendar_shared_with IS 'The owner account (GOOGLE_CALENDAR_OWNER_EMAIL) that the calendar was shared with last; NULL: none, or not recorded then.';
