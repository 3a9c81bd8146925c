-- rules 1: which calendar a run works with, and with whom it is shared; finding, creating and sharing are recorded each on its own.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.employee SET google_calendar_id = NULL, calendar_shared = false;
CREATE FUNCTION order_for(owner text) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s, %s', coalesce(c.google_calendar_id, 'none'), CASE WHEN c.to_be_shared THEN 'share it' ELSE 'as it is' END) FROM engine.begin_calendar(run_id(), fence(), owner) AS c
$$;
CALL start_run();
SELECT is(order_for(NULL), 'none, as it is', 'no calendar is known, and nobody to share it with');
SELECT is(order_for('kanzlei@example.com'), 'none, share it', 'with an owner account there is');
SELECT engine.store_calendar(run_id(), fence(), 'first', false) \g /dev/null
SELECT is(order_for('kanzlei@example.com'), 'first, share it', 'a calendar whose sharing came to nothing is to be shared next time');
SELECT engine.store_calendar(run_id(), fence(), 'first', true, 'kanzlei@example.com') \g /dev/null
SELECT is(order_for('Kanzlei@Example.com'), 'first, as it is', 'shared once, it is shared; addresses are the same in capitals');
SELECT is(order_for(NULL), 'first, as it is', 'without an owner account nothing is taken back');
SELECT is(order_for('neu@example.com'), 'first, share it', 'another owner account: it is shared with that one too');
SELECT engine.store_calendar(run_id(), fence(), 'first', true, 'neu@example.com') \g /dev/null
SELECT is((SELECT (google_calendar_id, calendar_shared, calendar_shared_with)::text FROM sync.employee), '(first,t,neu@example.com)', '… and that is on record');
SELECT is((SELECT new_values ->> 'calendar_shared_with' FROM sync.policy_audit WHERE table_name = 'employee' ORDER BY id DESC LIMIT 1), 'neu@example.com', '… in the audit too');
UPDATE sync.employee SET calendar_shared_with = NULL;
SELECT is(order_for('neu@example.com'), 'first, share it', 'with whom it was shared before that was recorded nobody knows: it is made sure');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL start_run(dry_run => true);
SELECT is(order_for('neu@example.com'), 'first, as it is', 'a dry run shares nothing');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

-- A sharing that fails stops nothing, and is said.

CALL start_run();
CALL read();
SELECT is(engine.finish_run(run_id(), fence(), 'calendar_not_shared: google_forbidden'), 'failed', 'a run that could not share its calendar says so');
SELECT matches((SELECT needs FROM bi.health), '^last run ended with calendar_not_shared: google_forbidden: check GOOGLE_CALENDAR_OWNER_EMAIL', '… and bi.health what to do');
CALL start_run();
SELECT engine.finish_run(run_id(), fence(), 'google_forbidden') \g /dev/null
SELECT is((SELECT needs FROM bi.health), 'last run ended with google_forbidden: share the calendar with the service account as owner', 'a right that was taken away: bi.health says what to do');

-- A calendar that does not answer.

CALL start_run();
SELECT engine.calendar_gone(run_id(), fence()) \g /dev/null
SELECT matches((SELECT needs FROM bi.health), '^the calendar does not answer: restore it in Google, or the service account''s right to it; or SELECT sync.approve_held\([0-9]+\)', 'a calendar that does not answer: bi.health says what can be done');
SELECT is((held, needs_attention)::text, '(1,t)', '… and that somebody should look') FROM bi.health;

SELECT * FROM finish();
ROLLBACK;
