-- Rights on the database we are connected to. Needs its owner or a superuser; what is as it should be is left alone.
DO $database$
DECLARE
    name text := pg_catalog.current_database();
BEGIN
    -- One installation at a time, here too.
    PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('calendar_sync install', 0));

    -- Whoever can connect can NOTIFY, and a bare notification is a request.
    IF EXISTS (
        SELECT FROM pg_catalog.pg_database AS database,
            pg_catalog.aclexplode(coalesce(database.datacl, pg_catalog.acldefault('d', database.datdba))) AS granted
        WHERE database.datname = name
            AND granted.grantee = 0)
    THEN
        EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', name);
    END IF;

    -- Up to 14 everybody could create in public, and a database upgraded from there still says so.
    IF EXISTS (
        SELECT FROM pg_catalog.pg_namespace AS namespace, pg_catalog.aclexplode(namespace.nspacl) AS granted
        WHERE namespace.nspname = 'public'
            AND granted.grantee = 0
            AND granted.privilege_type = 'CREATE')
    THEN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    END IF;

    IF NOT pg_catalog.has_database_privilege('calendar_sync_owner', name, 'CREATE')
        OR NOT pg_catalog.has_database_privilege('calendar_sync_owner', name, 'CONNECT')
    THEN
        EXECUTE pg_catalog.format('GRANT CREATE, CONNECT, TEMPORARY ON DATABASE %I TO calendar_sync_owner', name);
    END IF;

    IF NOT (
        SELECT pg_catalog.bool_and(pg_catalog.has_database_privilege(role, name, 'CONNECT'))
        FROM pg_catalog.unnest(ARRAY['calendar_sync_user', 'calendar_sync_operator', 'calendar_sync_bi']) AS role)
    THEN
        EXECUTE pg_catalog.format(
            'GRANT CONNECT ON DATABASE %I TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi', name);
    END IF;

    -- For people in psql; our own SQL qualifies every name. One that somebody has set for this database stays.
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_db_role_setting AS setting
        JOIN pg_catalog.pg_database AS database ON database.oid = setting.setdatabase
        WHERE database.datname = name
            AND setting.setrole = 0
            AND pg_catalog.array_to_string(setting.setconfig, ' ') ~ '(^| )search_path=')
    THEN
        EXECUTE pg_catalog.format('ALTER DATABASE %I SET search_path = sync, bi, public', name);
    END IF;
END
$database$;
