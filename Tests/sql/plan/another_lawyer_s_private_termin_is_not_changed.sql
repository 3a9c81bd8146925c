-- rules 2: a private Termin of another lawyer is copied, and no edit of this employee's event reaches it: refused with a reason.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CREATE PROCEDURE is_private(frnr bigint) LANGUAGE sql AS $$ CALL termin_is(frnr, 'talk@nine', at(0), '{"ownership": "private", "is_private": true}') $$;

CALL is_private(1);
CALL sync_once();
SELECT is(happened(), 'create_event done', 'it is copied');
CALL linked(10, 'google', 'last_change_wins');
CALL linked(11, 'google', 'source_system_wins');
CALL linked(12, 'google', 'last_change_wins', may_write => false);
CALL linked(13, 'google', 'last_change_wins');
DO $$ BEGIN FOR frnr IN 10..13 LOOP CALL is_private(frnr); END LOOP; END $$;
DO $$ BEGIN FOR frnr IN 10..12 LOOP CALL event_is(event_id(frnr), 'edited@ten'); END LOOP; END $$;
CALL sync_once(4);
SELECT matches(outcome(10), '^update_termin refused \(private_termin_of_another_lawyer\).* \| failed: private_termin_of_another_lawyer \| talk@nine \| edited@ten$',
    'its event was edited, last_change_wins, W: refused');
SELECT matches(outcome(11), '^update_termin refused \(private_termin_of_another_lawyer\).* \| failed: private_termin_of_another_lawyer \| talk@nine \| edited@ten$',
    'its event was edited, where it began: refused');
SELECT is(termin_says(12) || ' | ' || event_says(12), 'talk@nine | talk@nine', 'without W the copy is written back as ever');
CALL sync_once(4);
SELECT is(happened(link_id(10)), 'nothing', 'it is refused once');
SELECT alike(h.needs, '%have the Termin changed by its lawyer in Advoware%', 'health says what to do') FROM bi.health AS h WHERE h.employee_kuerzel = 'SB';

CALL termin_is(10, 'talk@nine', at(0), '{"ownership": "shared"}');
CALL sync_once(4);
SELECT is(outcome(10), 'update_termin done | synced | edited@ten | edited@ten', 'no longer private: what was refused is carried');

CALL event_gone('e13');
CALL sync_once(3);
SELECT is(outcome(13), 'delete_termin refused (termin_shared_with_another_employee) | failed: termin_shared_with_another_employee | talk@nine | gone',
    'its event was deleted: it stays, like every Termin that is a colleague''s, too');

SELECT * FROM finish();
ROLLBACK;
