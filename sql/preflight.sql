-- What must be so before anything is made. Changes nothing.
DO $preflight$
DECLARE
    foreign_schema record;
BEGIN
    IF pg_catalog.current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'database %: its encoding is %; allowed: UTF8, because appointments contain every character',
            pg_catalog.current_database(), pg_catalog.current_setting('server_encoding')
            USING ERRCODE = '55000',
            HINT = 'Use a database of its own: ops/create_db.sql makes one. Nothing has been changed.';
    END IF;
    IF pg_catalog.current_setting('standard_conforming_strings') <> 'on' THEN
        RAISE EXCEPTION
            'database %: standard_conforming_strings is off; allowed: on, because our SQL is written for it',
            pg_catalog.current_database()
            USING ERRCODE = '55000', HINT = pg_catalog.format(
                'ALTER DATABASE %I SET standard_conforming_strings = on, or use a database of its own. '
                'Nothing has been changed.', pg_catalog.current_database());
    END IF;
    SELECT namespace.nspname AS name, pg_catalog.pg_get_userbyid(namespace.nspowner) AS owner INTO foreign_schema
    FROM pg_catalog.pg_namespace AS namespace
    WHERE namespace.nspname IN ('sync', 'engine', 'bi')
        AND (pg_catalog.pg_get_userbyid(namespace.nspowner) <> 'calendar_sync_owner'
            -- The hub has them all, or none.
            OR pg_catalog.to_regclass('sync.calendar_sync') IS NULL)
    ORDER BY namespace.nspname DESC
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'database %: schema % is there already and is not of the calendar sync (it belongs to %)',
            pg_catalog.current_database(), foreign_schema.name, foreign_schema.owner
            USING ERRCODE = '42P06', HINT =
                'Use a database of its own: ops/create_db.sql makes one. If it is a hub that was restored without its '
                'owners, restore it anew: psql -f sql/roles.sql first, then pg_restore without --no-owner. '
                'Nothing has been changed.';
    END IF;
END
$preflight$;
