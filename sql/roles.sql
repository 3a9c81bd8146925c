-- The four roles, for the whole cluster. Needs CREATEROLE when one of them is missing; changes nothing that is there.
-- None can log in by itself: ops/create_db.sql makes the listener's login, people are granted the role they need.
DO $roles$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('calendar_sync_owner', 'owns the calendar sync hub; nobody logs in as it'),
            ('calendar_sync_user', 'the calendar sync listener: claims runs, stores readings, writes back results'),
            ('calendar_sync_operator', 'may request and schedule calendar syncs, set policy, approve what is held'),
            ('calendar_sync_bi', 'may read the reporting views, audit and runs of the calendar sync hub')
        ) AS role (name, purpose)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.name) THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted.name);
                EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L', wanted.name, wanted.purpose);
            EXCEPTION
                -- Another installation in the same cluster was faster.
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;

    -- Whoever installs without being a superuser works as the owner. Up to 15 membership is enough for that; from 16 on
    -- the creator of a role is a member who may not yet become it.
    IF NOT pg_catalog.pg_has_role(
        current_user, 'calendar_sync_owner',
        CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
    THEN
        GRANT calendar_sync_owner TO CURRENT_USER;
    END IF;
END
$roles$;
