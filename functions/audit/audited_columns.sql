CREATE OR REPLACE FUNCTION engine.audited_columns(OUT name text, OUT is_audited boolean) RETURNS SETOF record
LANGUAGE sql IMMUTABLE
AS $$
    VALUES
        ('sync_id', true),
        ('employee_kuerzel', true),
        ('advoware_frnr', true),
        ('google_event_id', true),
        ('source_system', true),
        ('sync_strategy', true),
        ('sync_status', true),
        ('advoware_write_allowed', true),
        ('deleted', true),
        ('last_sync', true),
        ('created_at', true),
        ('google_calendar_id', true),
        ('event_generation', true),
        ('anonymized', true),
        ('text_from_advoware', true),
        ('text_withheld', true),
        ('tagged', true),
        ('starts_at', true),
        ('ends_at', true),
        ('advoware_watermark', true),
        ('google_watermark', true),
        ('superseded_count', true),
        ('attempts', true),
        ('last_error', true),
        ('next_attempt_at', true),
        ('times_hidden', true),
        -- Nobody learns what an appointment says from the audit, not even whether two say the same.
        ('advoware_fingerprint', false),
        ('google_fingerprint', false),
        ('refused_basis', false)
$$;
-- A test compares this with the table: whoever adds a column decides here.
COMMENT ON FUNCTION engine.audited_columns() IS
'The columns of sync.calendar_sync, and whether the audit keeps their values (is_audited). engine.audit_link is made from this list.';
