CREATE OR REPLACE FUNCTION engine.own_event_id(link uuid, generation integer) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT replace(link::text, '-', '') || CASE WHEN generation > 0 THEN 'v' || generation ELSE '' END
$$;
COMMENT ON FUNCTION engine.own_event_id(uuid, integer) IS 'Event id of a link: sync_id in hex, plus v and the generation when created again (RULES 5).';
GRANT EXECUTE ON FUNCTION engine.own_event_id(uuid, integer) TO calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION engine.advoware_link_id(employee text, frnr bigint) RETURNS uuid
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT md5('advoware/' || o.kanzlei || '/' || o.database_name || '/' || employee || '/' || frnr)::uuid FROM sync.office AS o
$$;
COMMENT ON FUNCTION engine.advoware_link_id(text, bigint) IS 'sync_id of an appointment that began in Advoware: fixed for ever, so that even a hub without memory arrives at the same event id (RULES 2).';
GRANT EXECUTE ON FUNCTION engine.advoware_link_id(text, bigint) TO calendar_sync_operator, calendar_sync_bi;
