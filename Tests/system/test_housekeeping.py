"""The listeners keep the hub small; nobody waits for it."""

import time

import psycopg
from agree import assert_agree

OLD = "now() - interval '1 year'"


def grow_old(hub) -> None:
    """All that is over was over a year ago, and housekeeping is due."""
    hub.rows(f"UPDATE sync.run SET finished_at = {OLD} WHERE finished_at IS NOT NULL")
    hub.rows(f"UPDATE sync.request SET finished_at = {OLD} WHERE finished_at IS NOT NULL")
    hub.rows("UPDATE sync.housekeeping SET next_at = now()")


def test_an_idle_listener_removes_what_is_old_and_the_sync_goes_on(office, hub):
    hub.sync()
    hub.sync()
    links = hub.rows("SELECT * FROM sync.calendar_sync ORDER BY sync_id")
    audited = hub.value("SELECT count(*) FROM sync.calendar_sync_audit")
    grow_old(hub)
    with hub.listen():
        hub.wait_for("SELECT last_at IS NOT NULL AND next_at > now() + interval '23 hours' FROM sync.housekeeping", what=hub.all_logs)
    # Of two syncs of each employee the last is kept.
    assert hub.value("SELECT count(*) FROM sync.request") == 1
    assert hub.rows("SELECT count(*), count(DISTINCT employee_kuerzel) FROM sync.run") == [(len(office.employees()), len(office.employees()))]
    assert hub.value("SELECT actions_removed > 0 AND runs_removed > 0 AND requests_removed = 1 FROM sync.housekeeping")
    assert hub.rows("SELECT * FROM sync.calendar_sync ORDER BY sync_id") == links
    assert hub.value("SELECT count(*) FROM sync.calendar_sync_audit") == audited
    hub.sync("--recheck")
    assert_agree(office)
    assert hub.value("SELECT count(*) FROM sync.action AS a JOIN sync.run AS r USING (run_id) WHERE r.finished_at > now() - interval '1 hour'") == 0, \
        "nothing had to be done once more"


def test_two_at_once_do_not_wait_for_each_other(hub):
    hub.sync()
    hub.sync()
    grow_old(hub)
    with psycopg.connect(dbname=hub.database) as first:
        removed = first.execute("SELECT sync.housekeeping()").fetchone()[0]
        assert removed > 0
        # The first has not committed yet.
        started = time.monotonic()
        assert hub.value("SELECT sync.housekeeping()") == 0
        assert hub.value("SELECT engine.use_idle_time()") == ""
        assert time.monotonic() - started < 1
    assert hub.value("SELECT requests_removed FROM sync.housekeeping") == 1
