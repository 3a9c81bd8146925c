CREATE OR REPLACE FUNCTION engine.decide_deleted(
    missing_advoware boolean,
    missing_google boolean,
    strategy sync.sync_strategy_enum,
    source sync.source_system_enum,
    may_write boolean,
    changed_advoware boolean DEFAULT false,
    changed_google boolean DEFAULT false,
    advoware_time timestamptz DEFAULT NULL,
    cancelled_at timestamptz DEFAULT NULL,
    is_foreign boolean DEFAULT false,
    is_shared boolean DEFAULT false,
    is_anonymized boolean DEFAULT false,
    OUT kind text,
    OUT reason text
)
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Over the table: the Termin exists but belongs to others.
    IF is_foreign AND NOT missing_advoware THEN
        IF missing_google THEN
            kind := 'soft_delete'; reason := 'the Termin belongs to others and the event is gone';
        ELSE
            kind := 'delete_event'; reason := 'the Termin belongs to others now';
        END IF;
        RETURN;
    END IF;

    IF missing_advoware AND missing_google THEN
        kind := 'soft_delete'; reason := 'gone on both sides';
    ELSIF missing_advoware AND strategy = 'source_system_wins' AND source = 'advoware' THEN
        kind := 'delete_event'; reason := 'deleted in Advoware, where it began';
    ELSIF missing_advoware AND strategy = 'source_system_wins' THEN
        kind := 'recreate_termin'; reason := 'deleted in Advoware, but it began in Google';
    ELSIF missing_advoware AND changed_google THEN
        kind := 'recreate_termin'; reason := 'deleted in Advoware, but changed in Google';
    ELSIF missing_advoware THEN
        kind := 'delete_event'; reason := 'deleted in Advoware';
    ELSIF missing_google AND strategy = 'source_system_wins' AND source = 'advoware' THEN
        kind := 'recreate_event'; reason := 'deleted in Google, but it began in Advoware';
    ELSIF missing_google AND strategy = 'source_system_wins' THEN
        kind := 'delete_termin'; reason := 'deleted in Google, where it began';
    ELSIF missing_google AND changed_advoware AND coalesce(advoware_time > cancelled_at, cancelled_at IS NULL) THEN
        kind := 'recreate_event'; reason := 'deleted in Google, but changed in Advoware';
    ELSIF missing_google AND may_write THEN
        kind := 'delete_termin'; reason := 'deleted in Google';
    ELSIF missing_google THEN
        kind := 'recreate_event'; reason := 'deleted in Google, but Advoware may not be written';
    ELSE
        RETURN;
    END IF;

    IF kind = 'recreate_termin' AND is_anonymized THEN
        kind := 'delete_event'; reason := 'deleted in Advoware; an anonymised copy cannot create its original again';
    ELSIF kind IN ('recreate_termin', 'delete_termin') AND NOT may_write THEN
        kind := 'refuse'; reason := 'advoware_write_forbidden';
    ELSIF kind = 'delete_termin' AND is_shared THEN
        kind := 'refuse'; reason := 'termin_shared_with_another_employee';
    END IF;
END
$$;
COMMENT ON FUNCTION engine.decide_deleted(boolean, boolean, sync.sync_strategy_enum, sync.source_system_enum, boolean, boolean, boolean, timestamptz, timestamptz, boolean, boolean, boolean) IS
'Phase 3: what happens to a link with a missing side (RULES 2, table of phase 3 and what stands over it). missing_advoware and missing_google say which side is gone, changed_advoware and changed_google which one changed, advoware_time is Advoware''s change time. may_write is W. is_foreign: the Termin belongs to others; is_shared: to another employee too; is_anonymized: the copy has no text. kind is delete_event, delete_termin, recreate_event, recreate_termin, soft_delete or refuse (reason is then the error code); NULL when nothing is missing. A missing cancelled_at means that Google did not tell it.';
GRANT EXECUTE ON FUNCTION engine.decide_deleted(boolean, boolean, sync.sync_strategy_enum, sync.source_system_enum, boolean, boolean, boolean, timestamptz, timestamptz, boolean, boolean, boolean) TO calendar_sync_operator, calendar_sync_bi;
