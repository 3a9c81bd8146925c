CREATE OR REPLACE FUNCTION engine.keep_link(new sync.calendar_sync) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- Strategy and write flag are the operator's.
    UPDATE sync.calendar_sync AS l
    SET advoware_frnr = new.advoware_frnr, google_event_id = new.google_event_id,
        google_calendar_id = new.google_calendar_id, event_generation = new.event_generation,
        sync_status = new.sync_status, deleted = new.deleted, last_sync = new.last_sync,
        anonymized = new.anonymized, text_from_advoware = new.text_from_advoware,
        text_withheld = new.text_withheld, tagged = new.tagged, times_hidden = new.times_hidden,
        starts_at = new.starts_at, ends_at = new.ends_at,
        advoware_watermark = new.advoware_watermark, google_watermark = new.google_watermark,
        advoware_fingerprint = new.advoware_fingerprint, google_fingerprint = new.google_fingerprint,
        refused_basis = new.refused_basis, superseded_count = new.superseded_count, attempts = new.attempts,
        last_error = new.last_error, next_attempt_at = new.next_attempt_at
    WHERE l.sync_id = new.sync_id;
END
$$;
COMMENT ON FUNCTION engine.keep_link(sync.calendar_sync) IS
'Stores what the engine has made of a link, by key: one UPDATE, one audit row. Leaves what people set: strategy and write flag.';

CREATE OR REPLACE FUNCTION engine.keep_writes(link sync.calendar_sync, settled engine.settlement) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE sync.action AS w
    SET write_state = CASE
            WHEN settled.writes = 'miss' THEN w.write_state
            WHEN settled.writes = 'stop' AND w.write_state = 'pending' THEN 'stopped'::sync.write_state
        END,
        missed_fingerprint = CASE WHEN settled.writes = 'miss' AND w.write_state = 'pending' THEN settled.found
            ELSE w.missed_fingerprint END
    WHERE w.employee_kuerzel = link.employee_kuerzel
        AND w.sync_id = link.sync_id
        AND w.write_state IS NOT NULL;
END
$$;
COMMENT ON FUNCTION engine.keep_writes(sync.calendar_sync, engine.settlement) IS
'Stores what becomes of a link''s unsettled writes: ended, missed, or stopped.';

CREATE OR REPLACE FUNCTION engine.settle_link(id uuid) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    link sync.calendar_sync;
    write engine.pending_write;
    settled engine.settlement;
BEGIN
    SELECT l.* INTO link FROM sync.calendar_sync AS l WHERE l.sync_id = id AND NOT l.deleted;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    write := engine.pending_write_of(link);
    settled := engine.settled(link, write);
    IF settled.link IS NOT DISTINCT FROM link AND (settled.writes = 'keep' OR write.side IS NULL) THEN
        RETURN false;
    END IF;
    -- Again under the lock: somebody may have set a policy meanwhile.
    SELECT l.* INTO link FROM sync.calendar_sync AS l WHERE l.sync_id = id FOR NO KEY UPDATE;
    settled := engine.settled(link, write);
    IF settled.link IS DISTINCT FROM link THEN
        PERFORM engine.keep_link(settled.link);
    END IF;
    IF settled.writes <> 'keep' AND write.side IS NOT NULL THEN
        PERFORM engine.keep_writes(link, settled);
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION engine.settle_link(uuid) IS
'Settles one link by key, if there is anything to settle; nothing is written when there is not. Returns whether anything changed.';

CREATE OR REPLACE FUNCTION engine.settle_links(links uuid[]) RETURNS integer
LANGUAGE sql
AS $$
    SELECT count(*) FILTER (WHERE engine.settle_link(l.id))::integer FROM (
        -- In one order, as people's functions lock links: nobody waits for each other in a circle.
        SELECT u.id FROM unnest(links) AS u (id) ORDER BY u.id
    ) AS l
$$;
COMMENT ON FUNCTION engine.settle_links(uuid[]) IS 'Settles these links, each by key. Returns how many changed.';
