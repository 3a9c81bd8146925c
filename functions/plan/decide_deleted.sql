CREATE OR REPLACE FUNCTION engine.decide_deleted(asked engine.deletion) RETURNS engine.choice
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    choice engine.choice;
    source_wins boolean := asked.strategy = 'source_system_wins';
BEGIN
    choice.conflict := false;
    choice.reverted := false;

    -- Over the table: the Termin exists but belongs to others. --------------------------------------------------------
    IF asked.is_foreign AND NOT asked.missing_advoware THEN
        IF asked.missing_google THEN
            choice.kind := 'soft_delete'; choice.reason := 'the Termin belongs to others and the event is gone';
        ELSE
            choice.kind := 'delete_event'; choice.reason := 'the Termin belongs to others now';
            choice.missing_side := 'advoware';
        END IF;
        RETURN choice;
    END IF;

    -- The table. ------------------------------------------------------------------------------------------------------
    IF asked.missing_advoware AND asked.missing_google THEN
        choice.kind := 'soft_delete'; choice.reason := 'gone on both sides';
    ELSIF asked.missing_advoware AND source_wins AND asked.source = 'advoware' THEN
        choice.kind := 'delete_event'; choice.reason := 'deleted in Advoware, where it began';
    ELSIF asked.missing_advoware AND source_wins THEN
        choice.kind := 'recreate_termin'; choice.reason := 'deleted in Advoware, but it began in Google';
    ELSIF asked.missing_advoware AND asked.changed_google THEN
        choice.kind := 'recreate_termin'; choice.reason := 'deleted in Advoware, but changed in Google';
    ELSIF asked.missing_advoware THEN
        choice.kind := 'delete_event'; choice.reason := 'deleted in Advoware';
    ELSIF asked.missing_google AND source_wins AND asked.source = 'advoware' THEN
        choice.kind := 'recreate_event'; choice.reason := 'deleted in Google, but it began in Advoware';
    ELSIF asked.missing_google AND source_wins THEN
        choice.kind := 'delete_termin'; choice.reason := 'deleted in Google, where it began';
    ELSIF asked.missing_google AND asked.changed_advoware
        AND coalesce(asked.advoware_time > asked.cancelled_at, asked.cancelled_at IS NULL)
    THEN
        choice.kind := 'recreate_event'; choice.reason := 'deleted in Google, but changed in Advoware';
    ELSIF asked.missing_google AND asked.may_write THEN
        choice.kind := 'delete_termin'; choice.reason := 'deleted in Google';
    ELSIF asked.missing_google THEN
        choice.kind := 'recreate_event'; choice.reason := 'deleted in Google, but Advoware may not be written';
    ELSE
        RETURN choice;
    END IF;

    -- What the other side cannot give, or policy forbids. -------------------------------------------------------------
    IF choice.kind = 'recreate_termin' AND asked.is_anonymized THEN
        choice.kind := 'delete_event';
        choice.reason := 'deleted in Advoware; an anonymised copy cannot create its original again';
    ELSIF choice.kind IN ('recreate_termin', 'delete_termin') AND NOT asked.may_write THEN
        choice.kind := 'refuse'; choice.reason := 'advoware_write_forbidden';
    ELSIF choice.kind = 'delete_termin' AND asked.is_shared THEN
        choice.kind := 'refuse'; choice.reason := 'termin_shared_with_another_employee';
    END IF;
    IF choice.kind IN ('delete_event', 'delete_termin', 'recreate_event', 'recreate_termin') THEN
        choice.missing_side := CASE WHEN asked.missing_advoware THEN 'advoware' ELSE 'google' END;
    END IF;
    RETURN choice;
END
$$;
COMMENT ON FUNCTION engine.decide_deleted(engine.deletion) IS
'The table of phase 3 and what stands over it (rules 2), asked for a row of it: operation and missing side; no kind: nothing is missing.';
GRANT EXECUTE ON FUNCTION engine.decide_deleted(engine.deletion) TO calendar_sync_operator, calendar_sync_bi;
