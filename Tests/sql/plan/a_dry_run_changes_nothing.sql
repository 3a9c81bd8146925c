-- rules 1, dry run: it stores, settles and plans, and everything but request, run and planned actions is undone.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.setting SET brake_count = 1, brake_share = 0;

-- Something of everything: new, changed, deleted, refused, held, to be settled, to be linked again.
CALL linked(1, 'google');
CALL event_is('e1', 'lunch@ten');
CALL linked(2, 'google');
CALL event_gone('e2');
CALL linked(3, 'advoware');
CALL termin_gone(3);
CALL linked(4, 'advoware');
CALL termin_gone(4);
CALL linked(5, 'google', may_write => false);
CALL event_is('e5', 'lunch@ten');
CALL linked(6, 'advoware');
CALL termin_is(6, 'talk@nine');
CALL termin_is(7, 'new@nine');
CALL event_is('new', 'new too@nine');
CALL termin_is(8, 'twin@nine');
CALL event_is('twin', 'twin@nine');
-- It also tells a hub that does not know it that copies were anonymised: that of 6 is to be rewritten.
CALL event_is('e9', 'tagged@nine', later(), '{"tag_kuerzel": "SB", "tag_frnr": 9, "tag_source": "google", "tag_anonymized": true}');

-- Everything the hub holds, but requests and what hangs on them.
CREATE FUNCTION everything() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws('|', (SELECT jsonb_agg(t ORDER BY t.sync_id) FROM sync.calendar_sync AS t), (SELECT jsonb_agg(t ORDER BY t.side, t.entry_id) FROM sync.seen AS t),
        (SELECT jsonb_agg(t ORDER BY t.side) FROM sync.reading AS t), (SELECT jsonb_agg(t) FROM sync.employee AS t), (SELECT jsonb_agg(t) FROM sync.office AS t),
        (SELECT jsonb_agg(t) FROM sync.setting AS t), (SELECT jsonb_agg(t) FROM sync.approval AS t), (SELECT count(*) FROM sync.calendar_sync_audit), (SELECT count(*) FROM sync.policy_audit))
$$;
SELECT everything() AS before \gset
CALL start_run(dry_run => true);
SELECT engine.dry_run(run_id(), fence(), reading() || jsonb_build_object('observed_at', clock_timestamp())) AS planned \gset
SELECT is(everything(), :'before', 'no link, no reading, no audit row, no policy: everything is as before');
SELECT is((SELECT count(*)::integer FROM sync.action WHERE run_id = run_id()), :planned, 'the plan stays in sync.action');
SELECT results_eq($$SELECT phase::integer, kind, status, coalesce(advoware_frnr::text, google_event_id), unproven FROM sync.action WHERE run_id = test.run_id() ORDER BY 1, 2, 4$$,
    $$VALUES (1, 'create_event', 'planned', '7', false), (2, 'create_termin', 'planned', 'new', false), (2, 'link_event', 'planned', '9', true), (2, 'tag_event', 'planned', '8', false),
        (3, 'delete_event', 'held', '3', true), (3, 'delete_event', 'held', '4', true), (3, 'delete_termin', 'planned', '2', true),
        (4, 'update_event', 'planned', '6', false), (4, 'update_termin', 'planned', '1', false), (4, 'update_termin', 'refused', '5', false)$$,
    '… with every row of all four phases; deletions are shown as not yet proven, what the guard would hold as held');
SELECT is_empty($$SELECT 1 FROM sync.action WHERE run_id = test.run_id() AND coalesce(reason, '') = ''$$, '… and a reason for each');
SELECT is((SELECT verdict FROM engine.begin_action(action('create_event'), fence())), 'ended', 'an action of a dry run cannot be begun');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'done', 'a dry run ends done, whatever it would hold');
SELECT is((SELECT status FROM sync.action WHERE action_id = action('create_event')), 'planned', 'its rows stay planned');
SELECT is((SELECT last_good_sync FROM sync.employee), NULL, 'it is no good sync');
SELECT is(everything(), :'before', 'and everything is as before');

-- One phase.

CALL start_run(4, dry_run => true);
SELECT engine.dry_run(run_id(), fence(), reading() || jsonb_build_object('observed_at', clock_timestamp())) AS planned \gset
SELECT is((SELECT array_agg(DISTINCT phase) FROM sync.action WHERE run_id = run_id())::text, '{4}', 'a dry run of one phase plans that phase');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

-- A reading that was overtaken is no ground for a plan.

CALL start_run(dry_run => true);
SELECT is(engine.dry_run(run_id(), fence(), reading() || jsonb_build_object('observed_at', clock_timestamp(), 'window_from', engine.window_from() - interval '1 day', 'window_to', engine.window_to())),
    NULL, 'the window has moved since the reading began: it is to be read again');
SELECT is((SELECT count(*) FROM sync.action WHERE run_id = run_id()), 0::bigint, '… and nothing is planned on what was known before');
SELECT is(everything(), :'before', '… and everything is as before');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

-- A vanished calendar.

CALL start_run(dry_run => true);
SELECT is(engine.calendar_gone(run_id(), fence()), false, 'a dry run makes no calendar');
SELECT is(everything(), :'before', '… and leaves everything as before');

-- The real run that follows does what was shown.

CALL start_run();
CALL read();
CALL carry_out_phase(4);
SELECT is(happened(link_id(1)), 'update_termin done', 'the real run does what was shown');
SELECT is((SELECT count(*) FROM sync.action WHERE status = 'running'), 0::bigint, 'nothing of the dry runs is begun by it');

SELECT * FROM finish();
ROLLBACK;
