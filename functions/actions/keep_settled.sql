CREATE OR REPLACE FUNCTION engine.keep_settled(
    old sync.calendar_sync, new sync.calendar_sync, write engine.pending_write
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    settled engine.settlement := engine.settled(new, write);
BEGIN
    IF settled.link IS DISTINCT FROM old THEN
        PERFORM engine.keep_link(settled.link);
    END IF;
    IF settled.writes <> 'keep' AND write.side IS NOT NULL THEN
        PERFORM engine.keep_writes(new, settled);
    END IF;
END
$$;
COMMENT ON FUNCTION engine.keep_settled(sync.calendar_sync, sync.calendar_sync, engine.pending_write) IS
'Settles a link as it is to be (new) and stores it over what it was (old), at once.';
