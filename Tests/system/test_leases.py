"""A claim is a lease: whoever lost it sends nothing more, whoever is lost is followed within 30 s, and nobody's calendar is worked on twice at once."""

import os
import signal
import time

import pytest
from agree import assert_agree
from appointments import event

ASK = "INSERT INTO sync.request DEFAULT VALUES RETURNING request_id"


@pytest.fixture
def busy(office, hub):
    """A sync that takes a while: Termine to be posted one by one to an Advoware that is slow."""
    hub.rows("UPDATE sync.setting SET lease = '5 seconds', in_doubt_wait = '1 second', retry_first = '0 seconds'")
    hub.sync()
    kuerzel = office.employees()[0]
    for ahead in range(3, 23):
        office.add_event(kuerzel, **event(f"Langsam {ahead}", ahead=ahead))
    office.fault("advoware", "slow", always=True, method="POST", seconds=0.8)
    return kuerzel


@pytest.mark.office(employees=1, termine=2)
def test_a_listener_stopped_past_its_lease_sends_nothing_when_it_goes_on(office, hub, busy):
    with hub.listen() as first:
        request = hub.value(ASK)
        hub.wait_for("SELECT count(*) > 22 FROM sync.action WHERE status IN ('done', 'running')", what=hub.all_logs)
        os.kill(first.process.pid, signal.SIGSTOP)
        try:
            with hub.listen():
                hub.wait_for("SELECT count(*) = 1 FROM sync.run WHERE takeovers = 1", what=hub.all_logs)
                office.heal()
                hub.wait_end(request)
                # Its unanswered attempts have to be waited for.
                for _ in range(8):
                    hub.rows("SELECT pg_sleep(1.1)")
                    hub.rows("SELECT sync.retry_failed()")
                    hub.wait_end(hub.value(ASK))
                    if not hub.value("SELECT count(*) FROM sync.action WHERE status = 'in_doubt'"):
                        break
                    # For a dead or stopped listener's POST the deadline counts too.
                    hub.rows("UPDATE sync.action SET deadline = doubted_at WHERE status = 'in_doubt'")
                assert_agree(office)
                office.forget_requests()
                os.kill(first.process.pid, signal.SIGCONT)
                time.sleep(3)
                assert office.writes() == []
                assert "the lease is lost; another listener goes on with the run" in first.log.read_text()
        finally:
            os.kill(first.process.pid, signal.SIGCONT)
        # It is as good as new.
        assert hub.wait_end(hub.value(ASK))[0] == "done"
    assert_agree(office)
    assert len([t for t in office.termine() if t["text"].startswith("Langsam")]) == 20


@pytest.mark.office(employees=1, termine=2)
def test_a_killed_listener_is_followed_within_30_seconds(office, hub, busy):
    hub.rows("UPDATE sync.setting SET lease = DEFAULT")
    with hub.listen() as first, hub.listen() as second:
        hub.value(ASK)
        hub.wait_for("SELECT count(*) > 22 FROM sync.action WHERE status IN ('done', 'running')", what=hub.all_logs)
        worker = hub.value("SELECT listener FROM sync.run WHERE status = 'running'")
        lost = next(listener for listener in (first, second) if f":{listener.process.pid}:" in worker)
        lost.kill()
        killed = time.monotonic()
        hub.wait_for("SELECT count(*) = 1 FROM sync.run WHERE takeovers = 1", seconds=40, what=hub.all_logs)
        assert time.monotonic() - killed < 30


@pytest.mark.office(employees=6, termine=6)
def test_three_listeners_share_an_office_and_nobody_is_worked_on_twice_at_once(office, hub):
    office.fault("google", "slow", always=True, method="POST", seconds=0.2)
    more = {"CALENDAR_SYNC_WORKERS": "2"}
    with hub.listen(**more), hub.listen(**more), hub.listen(**more):
        for sql in (ASK, ASK.replace("DEFAULT VALUES", "(phase) VALUES (1)"), ASK.replace("DEFAULT VALUES", "(recheck) VALUES (true)")):
            hub.value(sql)
        hub.wait_for("SELECT bool_and(status = 'done') FROM sync.request", seconds=90, what=hub.all_logs)
        assert hub.value("SELECT count(DISTINCT listener) FROM sync.run") == 3
    assert_agree(office)
    assert hub.rows("""SELECT a.run_id, b.run_id FROM sync.run AS a JOIN sync.run AS b USING (employee_kuerzel)
        WHERE a.run_id < b.run_id AND (a.started_at, a.finished_at) OVERLAPS (b.started_at, b.finished_at)""") == []


def test_a_claim_whose_answer_was_lost_is_taken_over_though_its_listener_lives(hub, kuerzel):
    hub.sync()
    hub.rows("UPDATE sync.setting SET lease = '10 seconds'")
    with hub.listen():
        request = hub.value("INSERT INTO sync.request (employee_kuerzel, dry_run) VALUES (%s, true) RETURNING request_id", kuerzel)
        hub.wait_end(request)
        # As engine.claim_run leaves it when the connection breaks between its commit and its answer.
        hub.rows("UPDATE sync.run SET status = 'running', finished_at = NULL, lease_until = clock_timestamp() + interval '10 seconds' WHERE request_id = %s", request)
        hub.rows("UPDATE sync.request SET status = 'running', finished_at = NULL WHERE request_id = %s", request)
        assert hub.wait_end(request, seconds=25)[0] == "done"
    assert hub.value("SELECT takeovers FROM sync.run WHERE request_id = %s", request) == 1
