"""A database clock that was ahead and is set back: no edit is lost, nothing made twice, and nobody waits. And what else must not stop an office."""

import re
import time

import psycopg
import pytest
from agree import assert_agree
from appointments import event, termin

# All that the hub has noted was noted by a clock that was so much ahead.
AHEAD = [
    "UPDATE sync.seen SET observed_at = observed_at + %(by)s::interval, proven_at = proven_at + %(by)s::interval",
    "UPDATE sync.reading SET observed_at = observed_at + %(by)s::interval, whole_at = whole_at + %(by)s::interval, empty_since = empty_since + %(by)s::interval",
    "UPDATE sync.run SET started_at = started_at + %(by)s::interval, finished_at = finished_at + %(by)s::interval, lease_until = lease_until + %(by)s::interval",
    "UPDATE sync.action SET planned_at = planned_at + %(by)s::interval, started_at = started_at + %(by)s::interval, finished_at = finished_at + %(by)s::interval,"
    " doubted_at = doubted_at + %(by)s::interval, deadline = deadline + %(by)s::interval",
    "UPDATE sync.request SET claimed_at = claimed_at + %(by)s::interval",
    "UPDATE sync.listener SET heartbeat_at = heartbeat_at + %(by)s::interval",
    "UPDATE sync.job SET next_run_at = next_run_at + %(by)s::interval, last_run_at = last_run_at + %(by)s::interval",
    "UPDATE sync.calendar_sync SET next_attempt_at = next_attempt_at + %(by)s::interval",
]


def set_clock_back(hub, by: str) -> None:
    with hub.connection.transaction():
        for statement in AHEAD:
            hub.connection.execute(statement, {"by": by})


@pytest.mark.office(employees=1, termine=4)
@pytest.mark.parametrize("by", ["30 seconds", "1 hour", "400 days"])
def test_no_edit_is_lost_when_the_clock_is_set_back(office, hub, kuerzel, by):
    hub.rows("UPDATE sync.setting SET advoware_writes = 'all', default_strategy = 'last_change_wins'")
    hub.sync()
    edited = office.add_event(kuerzel, **event("Vorher", ahead=8))
    deleted = office.add_event(kuerzel, **event("Wird geloescht", ahead=9))
    hub.sync()
    set_clock_back(hub, by)
    office.edit_event(kuerzel, edited, summary="Nachher")
    office.delete_event(kuerzel, deleted)
    office.add_termin(**termin(kuerzel, "Neu in Advoware", ahead=11))
    office.add_event(kuerzel, **event("Neu in Google", ahead=12))
    hub.sync()
    assert [t["text"] for t in office.termine(kuerzel) if t["text"] in ("Vorher", "Nachher")] == ["Nachher"]
    assert not [t for t in office.termine(kuerzel) if t["text"] == "Wird geloescht"]
    hub.sync()
    assert_agree(office)
    office.forget_requests()
    hub.sync()
    assert office.writes() == []


@pytest.mark.office(employees=1, termine=4)
def test_no_edit_is_lost_when_nothing_but_entries_lie_ahead(office, hub, kuerzel):
    """A run that ended without a word: nothing else says that the clock was set back."""
    hub.rows("UPDATE sync.setting SET advoware_writes = 'all', default_strategy = 'last_change_wins'")
    hub.sync()
    edited = office.add_event(kuerzel, **event("Vorher", ahead=8))
    hub.sync()
    hub.rows("UPDATE sync.seen SET observed_at = observed_at + interval '30 seconds'")
    office.edit_event(kuerzel, edited, summary="Nachher")
    hub.sync()
    assert [t["text"] for t in office.termine(kuerzel) if t["text"] in ("Vorher", "Nachher")] == ["Nachher"]
    hub.sync()
    assert_agree(office)


@pytest.mark.office(employees=1, termine=2)
def test_an_attempt_in_doubt_waits_its_time_when_the_clock_is_set_back(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET advoware_writes = 'all', in_doubt_wait = '4 seconds', retry_first = '0 seconds'")
    hub.sync()
    office.add_event(kuerzel, **event("Im Zweifel", ahead=8))
    office.fault("advoware", "connection_cut_before", method="POST", nth=[1])
    hub.sync(expect=1)
    set_clock_back(hub, "1 day")
    began = time.monotonic()
    office.heal()
    office.forget_requests()
    hub.program("run")
    assert office.writes("advoware") == []
    while not office.writes("advoware"):
        assert time.monotonic() - began < 120, "the wait does not last for the day"
        time.sleep(1)
        hub.program("run")
    assert time.monotonic() - began >= 4
    hub.sync()
    assert len([t for t in office.termine(kuerzel) if t["text"] == "Im Zweifel"]) == 1
    assert_agree(office)


@pytest.mark.office(employees=1, termine=3)
def test_a_day_back_a_lost_listener_is_followed_and_schedules_tick(office, hub):
    hub.rows("UPDATE sync.setting SET lease = '20 seconds'")
    hub.sync()
    office.add_termin(**termin(office.employees()[0], "Unterwegs", ahead=8))
    office.fault("google", "slow", always=True, method="POST", seconds=3)
    with hub.listen() as first:
        request = hub.value("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")
        hub.wait_for("SELECT count(*) > 0 FROM sync.action WHERE status = 'running'", what=hub.all_logs)
        first.kill()
    hub.rows("INSERT INTO sync.job (jobname, schedule) VALUES ('often', '5 seconds')")
    set_clock_back(hub, "1 day")
    assert hub.value("SELECT count(*) FROM bi.hub_health WHERE needs ~ 'clock of the database server was set back'") == 1
    assert hub.value("SELECT sync.listener_alive()") is False
    office.heal()
    with hub.listen():
        hub.wait_for("SELECT takeovers = 1 FROM sync.run WHERE request_id = %s", request, seconds=30, what=hub.all_logs)
        hub.wait_for("SELECT last_run_at <= clock_timestamp() FROM sync.job", seconds=30, what=hub.all_logs)
        assert hub.wait_end(request)[0] == "done"
    assert_agree(office)


@pytest.mark.office(employees=2, termine=3)
def test_a_flood_of_notifications_keeps_nobody_waiting(office, hub):
    hub.sync()
    hub.rows("CREATE ROLE flooder LOGIN PASSWORD 'flooder'; GRANT calendar_sync_bi TO flooder")
    try:
        with hub.listen() as listener:
            listener.wait_until_listening()
            office.forget_requests()
            with psycopg.connect(dbname=hub.database, user="flooder", password="flooder", autocommit=True) as flooder:
                for _ in range(20):
                    flooder.execute("SELECT pg_notify('calendar_sync', CASE n % 3 WHEN 0 THEN '' ELSE (n % 3)::text END || repeat(' ', n)) FROM generate_series(1, 100) AS n")
                flooder.execute("SELECT pg_notify('calendar_sync', 'nonsense ' || n) FROM generate_series(1, 300) AS n")
                started = time.monotonic()
                assert hub.request("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")[0] == "done"
                assert time.monotonic() - started < 15
                hub.wait_for("SELECT sum(notifications) = 2300 FROM sync.request", what=lambda: hub.rows("SELECT * FROM sync.request"))
            assert hub.value("SELECT count(*) < 60 FROM sync.request")
            assert hub.value("SELECT count(*) <= 2 FROM sync.request WHERE status = 'rejected'")
            # Some may be merged into what somebody else asked for.
            assert hub.value("SELECT count(*) > 10 FROM sync.request WHERE requested_by = 'flooder'")
            assert hub.value("SELECT count(*) = 0 FROM sync.request WHERE requested_by NOT IN ('flooder', session_user, 'calendar_sync_user')")
            hub.wait_for("SELECT count(*) = 0 FROM sync.request WHERE status IN ('waiting', 'running')", seconds=60)
        assert len(office.requests()) < 600
    finally:
        hub.rows("DROP OWNED BY flooder; DROP ROLE flooder")


@pytest.mark.office(employees=1, termine=2)
def test_a_slip_at_the_very_first_start_ties_the_hub_to_nothing(office, hub):
    right = hub.env_file.read_text()
    hub.env_file.write_text(re.sub(r"(?m)^ADVOWARE_KANZLEI=.*$", "ADVOWARE_KANZLEI=9999", right))
    office.fault("login", "wrong_password", always=True)
    code, printed = hub.program("run")
    assert code != 0 and "advoware_wrong_password" in printed, printed
    assert hub.value("SELECT count(*) FROM sync.office") == 0
    office.heal()
    hub.env_file.write_text(right)
    hub.sync()
    assert hub.value("SELECT kanzlei <> '9999' FROM sync.office")
    assert_agree(office)
