CREATE OR REPLACE FUNCTION engine.refuse_unusable(run sync.run, side sync.source_system_enum) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    look engine.look;
    entry sync.seen;
    why text;
    its_basis text;
BEGIN
    SELECT k.* INTO look FROM engine.look AS k WHERE k.run_id = run.run_id;
    FOR entry IN
        SELECT t.* FROM engine.unlinked_termine(run.employee_kuerzel, look.termine) AS t
        WHERE refuse_unusable.side = 'advoware'
        UNION ALL
        SELECT e.* FROM engine.unlinked_events(run.employee_kuerzel, look.events) AS e
        WHERE refuse_unusable.side = 'google'
    LOOP
        -- What could have been carried by occurrence is so by now, but for what its tag is still asked about.
        why := coalesce(entry.unusable, CASE
            WHEN entry.says_anonymous THEN 'anonymised_copy_without_link'
            WHEN engine.waits_for_copies(entry) THEN 'anonymised_copies_ambiguous'
            WHEN entry.obstacle IS NOT NULL AND (entry.tag_frnr IS NULL OR entry.tag_anonymized)
                THEN 'series_not_representable'
        END);
        CONTINUE WHEN why IS NULL;
        its_basis := md5(concat_ws('|', entry.side, entry.entry_id, why));
        CONTINUE WHEN EXISTS (
            SELECT 1 FROM sync.action AS t
            JOIN sync.run AS said ON said.run_id = t.run_id
            WHERE t.employee_kuerzel = run.employee_kuerzel
                AND t.basis = its_basis
                AND NOT said.dry_run);
        INSERT INTO sync.action (
            run_id, phase, kind, reason, status, result, employee_kuerzel, advoware_frnr, google_event_id,
            basis, finished_at)
        VALUES (run.run_id, CASE side WHEN 'advoware' THEN 1 ELSE 2 END,
            CASE side WHEN 'advoware' THEN 'create_event' ELSE 'create_termin' END,
            CASE WHEN why LIKE 'anonymised%' THEN why ELSE 'unusable: ' || why END, 'refused', why,
            run.employee_kuerzel, entry.frnr, CASE side WHEN 'google' THEN entry.entry_id END,
            its_basis, clock_timestamp());
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.refuse_unusable(sync.run, sync.source_system_enum) IS
'Entries without link that can be identified but not carried are refused with a reason, once each: never dropped in silence (rules 8).';
