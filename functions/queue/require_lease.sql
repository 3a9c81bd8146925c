CREATE OR REPLACE FUNCTION engine.require_lease(run_id bigint, fence bigint) RETURNS sync.run
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_run sync.run;
BEGIN
    -- The share lock keeps a takeover out until this transaction is over.
    SELECT r.* INTO found_run FROM sync.run AS r
    WHERE r.run_id = require_lease.run_id
        AND r.fence = require_lease.fence
        AND r.status = 'running'
        AND r.lease_until > clock_timestamp()
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'lease of run % is lost (fence %)', run_id, fence USING ERRCODE = 'CS003',
            HINT = 'Another listener may have taken the run over; nothing more may be sent for it.';
    END IF;
    PERFORM set_config('sync.run_id', run_id::text, true);
    RETURN found_run;
END
$$;
COMMENT ON FUNCTION engine.require_lease(bigint, bigint) IS
'The run, if this fencing token still has the lease; raises CS003 if not. Also notes the run for the audit.';

CREATE OR REPLACE FUNCTION engine.need_not_last() RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- Whatever is written outside has a statement of its own before it, which waits for the disk and with it for all
    -- that came before: what a crash of the database forgets of this, nothing outside rests on. It is read and planned
    -- again.
    PERFORM set_config('synchronous_commit', 'off', true);
END
$$;
COMMENT ON FUNCTION engine.need_not_last() IS
'For what may be forgotten, like a claim, a reading, a plan, housekeeping: the transaction does not wait for the disk. Where an action is begun it does.';
