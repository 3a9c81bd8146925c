-- Advoware's timestamps have no zone. What they are is shown by each write of ours: the list that is read after it says
-- when Advoware changed the Termin, and the answer's date says when that was.

CREATE OR REPLACE FUNCTION engine.ahead_of_utc(changed_at timestamptz, answered_at timestamptz) RETURNS interval
LANGUAGE sql IMMUTABLE
AS $$
    SELECT changed_at AT TIME ZONE 'Europe/Berlin' - answered_at AT TIME ZONE 'UTC'
$$;
COMMENT ON FUNCTION engine.ahead_of_utc(timestamptz, timestamptz) IS
'How far a wall time that was read as Berlin''s is ahead of the UTC time of an answer.';

CREATE OR REPLACE FUNCTION engine.clock_of(changed_at timestamptz, answered_at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE
        WHEN ahead.of_utc BETWEEN berlin.ahead - slack.time AND berlin.ahead + slack.time THEN 'berlin'
        WHEN ahead.of_utc BETWEEN -slack.time AND slack.time THEN 'utc'
    END
    FROM engine.ahead_of_utc(changed_at, answered_at) AS ahead (of_utc)
    CROSS JOIN engine.ahead_of_utc(answered_at, answered_at) AS berlin (ahead)
    -- Many writes take their time, and the clocks of two servers differ.
    CROSS JOIN (SELECT interval '15 minutes') AS slack (time)
$$;
COMMENT ON FUNCTION engine.clock_of(timestamptz, timestamptz) IS
'What Advoware''s clock is: berlin, utc; NULL: neither. changed_at: its timestamp of our write, read as Berlin time; answered_at: the answer''s date.';

CREATE OR REPLACE FUNCTION engine.note_clock(shown jsonb, seen_at timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    changed_at timestamptz := (shown ->> 'changed_at')::timestamptz;
    answered_at timestamptz := (shown ->> 'answered_at')::timestamptz;
    found text := engine.clock_of(changed_at, answered_at);
BEGIN
    UPDATE sync.office AS o
    SET advoware_clock = found, advoware_clock_offset = engine.ahead_of_utc(changed_at, answered_at),
        advoware_clock_at = seen_at
    WHERE found IS NOT NULL
        AND (o.advoware_clock IS DISTINCT FROM found OR o.advoware_clock_at < seen_at - interval '1 day');
END
$$;
COMMENT ON FUNCTION engine.note_clock(jsonb, timestamptz) IS
'Notes what a list read after our writes shows of Advoware''s clock; the last that shows anything counts (rules 8).';

CREATE OR REPLACE FUNCTION engine.advoware_clock(OUT clock text, OUT proven_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.advoware_clock, o.advoware_clock_at FROM (VALUES (true)) AS one (only_row)
    LEFT JOIN sync.office AS o USING (only_row)
$$;
COMMENT ON FUNCTION engine.advoware_clock() IS
'What Advoware''s timestamps have been proven to be (berlin, utc), and when; NULL: nothing has shown it yet.';
GRANT EXECUTE ON FUNCTION engine.advoware_clock() TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.rests_on_time(
    s engine.link_state, plan engine.decision, phase integer
) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT plan.kind <> 'refuse'
        AND (s.termin).api_timestamp IS NOT NULL
        AND CASE phase
            WHEN 4 THEN plan.conflict AND (s.event).api_timestamp IS NOT NULL
            WHEN 3 THEN plan.kind IN ('recreate_event', 'delete_termin')
                AND plan.missing_side = 'google'
                AND (s.link).sync_strategy = 'last_change_wins'
                AND s.may_write
                AND s.termin_changed
                AND (s.event).gone_at IS NOT NULL
            ELSE false
        END IS TRUE
$$;
COMMENT ON FUNCTION engine.rests_on_time(engine.link_state, engine.decision, integer) IS
'Whether a decision was made by comparing the times of both sides: both changed, or one changed and the other gone (rules 2).';

CREATE OR REPLACE FUNCTION engine.clock_is_wrong() RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM sync.office AS o WHERE o.advoware_clock = 'utc');
END
$$;
COMMENT ON FUNCTION engine.clock_is_wrong() IS
'Whether Advoware''s timestamps are not the Berlin time as which they are read: what rests on comparing them is held (rules 8).';
