SELECT pg_catalog.to_regtype('sync.source_system_enum') IS NULL AS is_new \gset
\if :is_new
CREATE TYPE sync.source_system_enum AS ENUM ('advoware', 'google');
CREATE TYPE sync.sync_strategy_enum AS ENUM ('source_system_wins', 'last_change_wins');
CREATE TYPE sync.sync_status_enum AS ENUM ('pending', 'synced', 'failed');
\endif
SELECT pg_catalog.to_regtype('sync.attempt_state') IS NULL AS is_new \gset
\if :is_new
CREATE TYPE sync.attempt_state AS ENUM ('running', 'in_doubt', 'done', 'failed', 'given_up', 'late', 'never_arrived');
CREATE TYPE sync.write_state AS ENUM ('pending', 'overtaken', 'stopped');
\endif
COMMENT ON TYPE sync.source_system_enum IS 'The two systems: where an appointment began, and the side of a reading.';
COMMENT ON TYPE sync.sync_strategy_enum IS
'Who wins when both sides differ: the system where the appointment began, or the later change.';
COMMENT ON TYPE sync.sync_status_enum IS 'pending: work is still to be done. synced: settled on both sides. failed: see last_error.';
COMMENT ON TYPE sync.attempt_state IS
'Creating a Termin: running → done, failed or in_doubt → done or given_up → late (its Termin turned up) or never_arrived (rules 5).';
COMMENT ON TYPE sync.write_state IS
'A write not yet settled. pending: the last one. overtaken: an earlier one that may still turn up. stopped: stored otherwise twice (rules 3).';

SELECT pg_catalog.to_regtype('engine.schedule') IS NULL AS is_new \gset
\if :is_new
CREATE TYPE engine.schedule AS (
    every_seconds integer,
    minutes integer[],
    hours integer[],
    days integer[],
    last_day boolean,
    months integer[],
    weekdays integer[],
    either_day boolean,
    follows_clock boolean
);
\endif
-- either_day: day of month and day of week are both restricted, and one of them suffices. follows_clock: minute or hour
-- begins with *.
COMMENT ON TYPE engine.schedule IS 'A schedule as engine.parse_schedule reads it: every so many seconds, or the numbers of each field.';
