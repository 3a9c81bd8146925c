CREATE OR REPLACE FUNCTION sync.seal_audit(at_most integer DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last_seal sync.audit_seal;
    next_day date;
    closed date := ((clock_timestamp() - interval '10 minutes') AT TIME ZONE 'UTC')::date - 1;
    content record;
    sealed timestamptz;
    made integer := 0;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'transaction_isolation: % would seal what was there when the transaction began; '
            'allowed: read committed', current_setting('transaction_isolation') USING ERRCODE = '25001';
    END IF;
    -- One at a time; who comes second finds it done. Readers are not disturbed.
    LOCK TABLE sync.audit_seal IN SHARE ROW EXCLUSIVE MODE;
    SELECT s.* INTO last_seal FROM sync.audit_seal AS s ORDER BY s.day DESC LIMIT 1;
    next_day := coalesce(last_seal.day + 1, engine.first_audit_day());
    WHILE next_day <= closed AND made < coalesce(at_most, 2147483647) LOOP
        -- Not while a transaction that wrote into it is open: the next call seals it.
        PERFORM 1 FROM engine.audit_gate AS g WHERE g.gate = engine.gate_of(next_day) FOR UPDATE SKIP LOCKED;
        EXIT WHEN NOT FOUND;
        UPDATE engine.audit_gate AS g SET sealed = next_day WHERE g.gate = engine.gate_of(next_day);
        SELECT d.* INTO content FROM engine.audit_day_digest(next_day) AS d;
        sealed := clock_timestamp();
        INSERT INTO sync.audit_seal (day, rows, rows_digest, previous_digest, sealed_at, digest)
        VALUES (next_day, content.rows, content.rows_digest, last_seal.digest, sealed,
            engine.audit_seal_digest(next_day, content.rows, content.rows_digest, last_seal.digest, sealed))
        RETURNING * INTO last_seal;
        made := made + 1;
        next_day := next_day + 1;
    END LOOP;
    RETURN made;
END
$$;
-- A day is closed ten minutes after its end, and waits while a transaction that wrote into it is open. Calling it again
-- changes nothing. 25001: the transaction is not read committed.
COMMENT ON FUNCTION sync.seal_audit(integer) IS
'Seals every closed day (UTC) of the audit that has no seal yet, oldest first, at_most so many (NULL: all). Returns how many days.';
GRANT EXECUTE ON FUNCTION sync.seal_audit(integer) TO calendar_sync_operator;
