CREATE OR REPLACE FUNCTION engine.decide_changed(
    strategy sync.sync_strategy_enum,
    source sync.source_system_enum,
    may_write boolean,
    changed_advoware boolean,
    changed_google boolean,
    advoware_time timestamptz DEFAULT NULL,
    google_time timestamptz DEFAULT NULL,
    OUT kind text,
    OUT reason text,
    OUT conflict boolean,
    OUT reverted boolean
)
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    google_wins boolean;
BEGIN
    conflict := false;
    reverted := false;
    IF NOT (changed_advoware OR changed_google) THEN
        RETURN;
    END IF;

    IF strategy = 'source_system_wins' AND source = 'advoware' THEN
        kind := 'update_event';
        reverted := changed_google;
        reason := CASE WHEN changed_google THEN 'the copy in Google was edited: Advoware wins' ELSE 'changed in Advoware' END;
    ELSIF strategy = 'source_system_wins' THEN
        IF may_write THEN
            kind := 'update_termin';
            reverted := changed_advoware;
            reason := CASE WHEN changed_advoware THEN 'the copy in Advoware was edited: Google wins' ELSE 'changed in Google' END;
        ELSE
            kind := 'refuse';
            reason := 'advoware_write_forbidden';
        END IF;
    ELSE
        conflict := changed_advoware AND changed_google;
        google_wins := CASE
            WHEN conflict THEN google_time IS NOT NULL AND (advoware_time IS NULL OR google_time > advoware_time)
            ELSE changed_google
        END;
        IF google_wins AND may_write THEN
            kind := 'update_termin';
            reason := CASE WHEN conflict THEN 'changed on both sides: Google is later' ELSE 'changed in Google' END;
        ELSE
            kind := 'update_event';
            reason := CASE
                WHEN google_wins THEN 'changed in Google, but Advoware may not be written'
                WHEN conflict THEN 'changed on both sides: Advoware is later'
                ELSE 'changed in Advoware'
            END;
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.decide_changed(sync.sync_strategy_enum, sync.source_system_enum, boolean, boolean, boolean, timestamptz, timestamptz) IS
'Phase 4: who writes whom (RULES 2, table of phase 4). may_write is W; changed_advoware and changed_google say which side changed since the link was last settled there, advoware_time and google_time are the sides'' own change times. kind is update_event, update_termin or refuse (reason is then the error code), NULL when nothing changed. A missing time loses, equal times: Advoware wins. conflict: both changed under last_change_wins; reverted: an edit of the copy is undone.';
GRANT EXECUTE ON FUNCTION engine.decide_changed(sync.sync_strategy_enum, sync.source_system_enum, boolean, boolean, boolean, timestamptz, timestamptz) TO calendar_sync_operator, calendar_sync_bi;
