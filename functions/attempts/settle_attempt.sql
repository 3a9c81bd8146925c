CREATE OR REPLACE FUNCTION sync.settle_attempt(action_id bigint, frnr bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    attempt sync.action;
    termin sync.seen;
BEGIN
    -- Is it in doubt? --------------------------------------------------------------
    SELECT t.* INTO attempt FROM sync.action AS t WHERE t.action_id = settle_attempt.action_id FOR UPDATE;
    IF NOT FOUND OR attempt.attempt IS DISTINCT FROM 'in_doubt' THEN
        RAISE EXCEPTION 'action_id: % is %; only a create of a Termin that is in doubt can be resolved',
            coalesce(action_id::text, 'NULL'),
            CASE
                WHEN attempt.action_id IS NULL THEN 'not an action'
                WHEN attempt.attempt IN ('given_up', 'late', 'never_arrived')
                    THEN 'an attempt that has been given up: nothing waits for it any more'
                ELSE format('a %s that is %s', attempt.kind, attempt.status)
            END
            USING ERRCODE = '22023',
            HINT = 'SELECT action_id, employee_kuerzel, sync_id, kind FROM sync.action '
                'WHERE status = ''in_doubt'' shows what is.';
    END IF;

    -- None is ours -----------------------------------------------------------------
    IF frnr IS NULL THEN
        UPDATE sync.action AS t
        SET status = 'failed', result = 'none_is_ours', attempt = 'given_up', finished_at = clock_timestamp()
        WHERE t.action_id = settle_attempt.action_id;
        UPDATE sync.calendar_sync AS l SET next_attempt_at = NULL
        WHERE l.sync_id = attempt.sync_id
            AND l.next_attempt_at IS NOT NULL;
        RETURN 'none is ours: the Termin is created again at the next run';
    END IF;

    -- Can it be this Termin? -------------------------------------------------------
    IF frnr <= 0 OR frnr > 2147483647 THEN
        RAISE EXCEPTION 'frnr: % is not a number of a Termin; allowed: 1 to 2147483647, or NULL when none is ours',
            frnr
            USING ERRCODE = '22023';
    END IF;
    IF frnr <= attempt.frnr_mark THEN
        RAISE EXCEPTION 'frnr: % is older than the attempt; numbers only grow, so what it made is above %',
            frnr, attempt.frnr_mark
            USING ERRCODE = '22023';
    END IF;
    IF engine.is_taken(attempt.employee_kuerzel, frnr) THEN
        RAISE EXCEPTION 'frnr: % already belongs to another link of %', frnr, attempt.employee_kuerzel
            USING ERRCODE = '22023';
    END IF;
    SELECT s.* INTO termin FROM sync.seen AS s
    WHERE s.employee_kuerzel = attempt.employee_kuerzel
        AND s.side = 'advoware'
        AND s.entry_id = settle_attempt.frnr::text
        AND s.present;
    -- A slip of the pen would hand somebody else's Termin to this link, to be overwritten.
    IF NOT FOUND OR termin.ownership = 'foreign' THEN
        RAISE EXCEPTION 'frnr: % is not among the Termine of % that were last read', frnr, attempt.employee_kuerzel
            USING ERRCODE = '22023', HINT = format(
                'If it is new: CALL sync.run_now(employee => %L), then settle the attempt.', attempt.employee_kuerzel);
    END IF;

    -- It is ------------------------------------------------------------------------
    PERFORM engine.attempt_made(action_id, frnr, 'settled_by_person');
    RETURN 'linked with Termin ' || frnr;
END
$$;
COMMENT ON FUNCTION sync.settle_attempt(bigint, bigint) IS
'A person settles a creation in doubt. frnr: the Termin it made; NULL: none is ours, it is created again. Raises 22023 for what cannot be.';
GRANT EXECUTE ON FUNCTION sync.settle_attempt(bigint, bigint) TO calendar_sync_operator;
