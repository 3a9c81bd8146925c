-- Which hub is there already: none, one of before the tables were whole (hub_1), one of schema version 4 or before
-- (hub_4, hub_1 among them), or one like this.
SELECT
    pg_catalog.to_regclass('sync.calendar_sync') IS NULL AS is_new,
    pg_catalog.to_regclass('sync.migration') IS NOT NULL AS is_hub_1,
    pg_catalog.to_regclass('sync.run') IS NOT NULL
        AND pg_catalog.to_regclass('engine.run_turn') IS NULL AS is_hub_4
\gset
\if :is_new
    CREATE SCHEMA sync;
    CREATE SCHEMA engine;
    CREATE SCHEMA bi;
\endif
\if :is_hub_1
    CREATE SCHEMA engine;
\endif
COMMENT ON SCHEMA sync IS 'The hub of the calendar sync as people use it: links, what was seen, requests, schedules, policies, audit.';
COMMENT ON SCHEMA engine IS 'The inside of the hub: what the listener and other functions call. Every decision is made here.';
COMMENT ON SCHEMA bi IS 'Reporting views on the calendar sync, for people who do not know the code.';

-- Whatever is made from here on is nobody's but the owner's until grants.sql says otherwise.
ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TYPES FROM PUBLIC;
