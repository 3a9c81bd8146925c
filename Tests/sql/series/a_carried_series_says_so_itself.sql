-- rules 6: the master of a series that is carried by occurrence is tagged as such, so that a hub without memory lists and matches its occurrences first.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL linked(1); CALL linked(2);

CREATE PROCEDURE occurs(series text, day integer, content text DEFAULT 'team@nine') LANGUAGE sql AS $$
    CALL event_is(series || to_char(now() + day * interval '1 day', '_YYYYMMDD"T090000Z"'), content, later(), jsonb_build_object('master_id', series), date_trunc('day', now()) + day * interval '1 day 9 hours')
$$;
CREATE FUNCTION of_series(series text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(l.google_event_id || '=' || coalesce(t.content, 'none'), ', ' ORDER BY l.google_event_id), 'nothing')
    FROM sync.calendar_sync AS l LEFT JOIN test.termin AS t ON t.frnr = l.advoware_frnr
    WHERE NOT l.deleted AND l.google_event_id LIKE of_series.series || '%'
$$;
CREATE FUNCTION said(series text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' | ', e.tag_carried, e.etag = o.etag::text, c.attempts, round(extract(epoch FROM c.next_attempt_at - clock_timestamp()) / 60) || ' min')
    FROM sync.seen AS e JOIN test.event AS o ON o.id = e.entry_id LEFT JOIN sync.series AS c ON c.family = engine.series_family(e.entry_id)
    WHERE e.entry_id = said.series
$$;

CALL event_is('s', 'team@nine', later(), '{"is_series": true, "obstacle": "exceptions"}');
CALL occurs('s', 2); CALL occurs('s', 4); CALL occurs('s', 6, 'other@ten');
CALL sync_once();
SELECT is(happened(), 'tag_series done, create_termin done, create_termin done, create_termin done', 'a series that becomes carried is tagged, before anything is created');
SELECT is(said('s'), 't | t | 0', '… and the hub knows it as Google does');
CALL sync_once();
SELECT is(happened(), 'nothing', '… once');

-- The hub is lost.

CREATE TEMP TABLE had AS SELECT l.google_event_id, l.advoware_frnr FROM sync.calendar_sync AS l WHERE l.google_event_id LIKE 's\_%';
DELETE FROM sync.calendar_sync; DELETE FROM sync.series; DELETE FROM sync.seen; UPDATE sync.action SET missing_side = NULL;
-- Nobody would think of it any more.
UPDATE test.event SET more = more || '{"obstacle": null}' WHERE id = 's';
CALL sync_once();
SELECT is((SELECT count(*) FROM sync.action WHERE run_id = test.run_id() AND kind ~ 'create|delete|update|tag_series'), 0::bigint, 'a hub without memory creates nothing of a tagged series');
SELECT results_eq('SELECT l.google_event_id::text, l.advoware_frnr FROM sync.calendar_sync AS l WHERE l.google_event_id LIKE ''s\_%'' ORDER BY 1', 'SELECT google_event_id::text, advoware_frnr FROM had ORDER BY 1',
    '… its occurrences find their own Termine');
SELECT ok(engine.is_carried('SB', 's'), '… and it is carried as before');

-- Whose tag it is.

CALL event_is('copy', 'copy@nine', later(), '{"is_series": true, "tag_carried": false}');
CALL sync_once();
SELECT ok(NOT engine.is_carried('SB', 'copy'), 'a series that does not say so of itself is not carried');
CALL event_is('s_R20300101T090000', 'half@nine', later(), '{"is_series": true}', now() + interval '20 days');
CALL occurs('s_R20300101T090000', 20, 'half@nine');
CALL sync_once();
SELECT is((SELECT string_agg(t.google_event_id, ',') FROM sync.action AS t WHERE t.run_id = test.run_id() AND t.kind = 'tag_series'), 's_R20300101T090000', 'a part that was split off and does not say so is tagged, too');
CALL event_is('guest', 'guest@nine', later(), '{"is_series": true, "obstacle": "weekdays", "invitation": true}');
CALL occurs('guest', 3, 'guest@nine');
CALL sync_once();
SELECT is((SELECT count(*) FROM sync.action AS t WHERE t.run_id = test.run_id() AND t.kind = 'tag_series'), 0::bigint, 'an invitation is not written, so it is not tagged');

-- Refused.

CREATE PROCEDURE refused(code text) LANGUAGE plpgsql AS $$
BEGIN
    CALL start_run();
    CALL read();
    PERFORM engine.plan_phase(run_id(), 1);
    IF action('tag_series') IS NOT NULL THEN
        PERFORM begun(action('tag_series'));
        IF code IS NULL THEN
            PERFORM engine.complete_action(action('tag_series'), fence(), clock_timestamp(), (SELECT entry_of(e) FROM event AS e WHERE e.id = 't'));
        ELSE
            PERFORM engine.fail_action(action('tag_series'), fence(), code);
        END IF;
    END IF;
    PERFORM engine.finish_run(run_id(), fence(), NULL);
END
$$;
UPDATE sync.setting SET retry_first = '1 minute', retry_longest = '1 hour';
CALL event_is('t', 'tour@nine', later(), '{"is_series": true, "obstacle": "weekdays"}');
CALL occurs('t', 3, 'tour@nine');
CALL refused('google_http_400');
SELECT is(said('t'), 't | 1 | 1 min', 'a tag that is refused waits');
CALL refused('google_http_400');
SELECT is(happened() || ' | ' || said('t'), 'nothing | t | 1 | 1 min', '… and is not tried again meanwhile');
SELECT sync.retry_failed() \g /dev/null
CALL refused(NULL);
SELECT is(happened() || ' | ' || said('t'), 'tag_series failed (tag_not_stored) | t | 2 | 2 min', 'one that Google takes without storing it waits as well');
SELECT sync.retry_failed() \g /dev/null
CALL sync_once();
SELECT is(split_part(happened(), ',', 1) || ' | ' || said('t'), 'tag_series done | t | t | 0', 'one that is taken ends it');

SELECT * FROM finish();
ROLLBACK;
