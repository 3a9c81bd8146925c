CREATE OR REPLACE FUNCTION engine.decide_changed(asked engine.change) RETURNS engine.choice
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    choice engine.choice;
    google_wins boolean;
BEGIN
    choice.conflict := false;
    choice.reverted := false;
    IF NOT (asked.changed_advoware OR asked.changed_google) THEN
        RETURN choice;
    END IF;

    IF asked.strategy = 'source_system_wins' AND asked.source = 'advoware' THEN
        choice.kind := 'update_event';
        choice.reverted := asked.changed_google;
        choice.reason := CASE
            WHEN asked.changed_google THEN 'the copy in Google was edited: Advoware wins'
            ELSE 'changed in Advoware'
        END;
    ELSIF asked.strategy = 'source_system_wins' AND asked.may_write THEN
        choice.kind := 'update_termin';
        choice.reverted := asked.changed_advoware;
        choice.reason := CASE
            WHEN asked.changed_advoware THEN 'the copy in Advoware was edited: Google wins'
            ELSE 'changed in Google'
        END;
    ELSIF asked.strategy = 'source_system_wins' THEN
        choice.kind := 'refuse';
        choice.reason := 'advoware_write_forbidden';
    ELSE
        choice.conflict := asked.changed_advoware AND asked.changed_google;
        google_wins := CASE
            WHEN choice.conflict THEN asked.google_time IS NOT NULL
                AND (asked.advoware_time IS NULL OR asked.google_time > asked.advoware_time)
            ELSE asked.changed_google
        END;
        IF google_wins AND asked.may_write THEN
            choice.kind := 'update_termin';
            choice.reason := CASE
                WHEN choice.conflict THEN 'changed on both sides: Google is later'
                ELSE 'changed in Google'
            END;
        ELSE
            choice.kind := 'update_event';
            choice.reason := CASE
                WHEN google_wins THEN 'changed in Google, but Advoware may not be written'
                WHEN choice.conflict THEN 'changed on both sides: Advoware is later'
                ELSE 'changed in Advoware'
            END;
        END IF;
    END IF;
    RETURN choice;
END
$$;
COMMENT ON FUNCTION engine.decide_changed(engine.change) IS
'The table of phase 4 (rules 2), asked for a row of it: update_event, update_termin, refuse; no kind: nothing changed. A missing time loses.';
GRANT EXECUTE ON FUNCTION engine.decide_changed(engine.change) TO calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION engine.change_of(s engine.link_state, recheck boolean) RETURNS engine.change
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    -- Compared whatever timestamps say, a pair that disagrees counts as changed on both sides.
    disagree boolean := recheck AND s.termin_usable AND s.event_usable AND NOT s.agree AND NOT s.text_withheld;
    -- Where a write was stopped as stored otherwise, or only overtaken ones are left, what the written side says is no
    -- edit even then.
    stopped sync.source_system_enum := CASE WHEN (s.write).time_fingerprint IS NULL THEN (s.write).side END;
BEGIN
    RETURN ROW(
        (s.link).sync_strategy, (s.link).source_system, s.may_write,
        s.termin_changed OR (disagree AND stopped IS DISTINCT FROM 'advoware'),
        s.event_changed OR (disagree AND stopped IS DISTINCT FROM 'google'),
        (s.termin).api_timestamp, (s.event).api_timestamp)::engine.change;
END
$$;
COMMENT ON FUNCTION engine.change_of(engine.link_state, boolean) IS
'What the table of phase 4 is asked for a link. recheck: a pair that disagrees counts as changed on both sides.';
