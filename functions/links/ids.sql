CREATE OR REPLACE FUNCTION engine.advoware_link_id(employee text, frnr bigint) RETURNS uuid
LANGUAGE sql STABLE
AS $$
    SELECT md5('advoware/' || o.kanzlei || '/' || o.database_name || '/' || employee || '/' || frnr)::uuid
    FROM sync.office AS o
$$;
COMMENT ON FUNCTION engine.advoware_link_id(text, bigint) IS
'sync_id of what began in Advoware: fixed for good, so that even a hub without memory arrives at the same event id (rules 2).';
GRANT EXECUTE ON FUNCTION engine.advoware_link_id(text, bigint) TO calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION engine.own_event_id(link uuid, generation integer) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT replace(link::text, '-', '') || CASE WHEN generation > 0 THEN 'v' || generation ELSE '' END
$$;
COMMENT ON FUNCTION engine.own_event_id(uuid, integer) IS
'Event id of a link: sync_id in hex, plus v and the generation when created again (rules 5).';
GRANT EXECUTE ON FUNCTION engine.own_event_id(uuid, integer) TO calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION engine.owner_of_event_id(event_id text) RETURNS uuid
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN event_id ~ '^[0-9a-f]{32}(v[0-9]{1,6})?$' THEN left(event_id, 32)::uuid END
$$;
COMMENT ON FUNCTION engine.owner_of_event_id(text) IS 'The link whose own id this is, of any generation; NULL: no id that we make.';

CREATE OR REPLACE FUNCTION engine.generation_of_event_id(event_id text) RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(substring(event_id FROM '^[0-9a-f]{32}v([0-9]{1,6})$')::integer, 0)
$$;
COMMENT ON FUNCTION engine.generation_of_event_id(text) IS 'The generation that an id of ours says; 0: the first, or no id of ours.';

CREATE OR REPLACE FUNCTION engine.series_stem(event_id text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT regexp_replace(event_id, '(.)(_R?[0-9]{8}(T[0-9]{6}Z?)?)+$', '\1')
$$;
COMMENT ON FUNCTION engine.series_stem(text) IS
'An id without the time of an occurrence, and of a part that was split off. Ids of imported events begin with _ and stay whole.';

CREATE OR REPLACE FUNCTION engine.is_part_of_series(event sync.seen) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT event.master_id IS NOT NULL OR event.entry_id ~ '._R?[0-9]{8}(T[0-9]{6}Z?)?$'
$$;
COMMENT ON FUNCTION engine.is_part_of_series(sync.seen) IS
'Whether an event is an occurrence of a series, or a part that was split off: it names its series, or its id ends in a time.';

CREATE OR REPLACE FUNCTION engine.can_match(event sync.seen) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT NOT engine.is_part_of_series(event)
$$;
COMMENT ON FUNCTION engine.can_match(sync.seen) IS 'Whether an event may match by id or tag: occurrences of series never do (rules 6).';

CREATE OR REPLACE FUNCTION engine.names_termin(event sync.seen) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT event.tag_frnr IS NOT NULL
        AND event.tag_kuerzel = event.employee_kuerzel
        AND NOT engine.is_part_of_series(event)
$$;
COMMENT ON FUNCTION engine.names_termin(sync.seen) IS
'Whether an event''s tag names a Termin of the employee in whose calendar it stands, and may match by it (rules 6).';
