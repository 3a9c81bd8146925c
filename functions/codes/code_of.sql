CREATE OR REPLACE FUNCTION engine.code_of(said text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    -- "in_doubt: advoware_timeout" is explained by its first word, "unusable: event_id_too_long" by its second.
    SELECT pg_catalog.split_part(said, ': ', CASE WHEN pg_catalog.starts_with(said, 'unusable: ') THEN 2 ELSE 1 END)
$$;
COMMENT ON FUNCTION engine.code_of(text) IS
'The key in sync.result_code of what an action, a link or a run said: its code without "unusable: " and what follows a colon.';
GRANT EXECUTE ON FUNCTION engine.code_of(text) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
