"""The database goes away: the listener comes back, listens, and reads the queue; no request is lost or run twice."""

import os
import signal
import time

import pytest
from agree import assert_agree
from appointments import event, termin
from cluster import Cluster
from conftest import World
from hub import Hub
from office import Office
from wire import Wire

ASK = "INSERT INTO sync.request DEFAULT VALUES RETURNING request_id"
SERVICES = ("listen", "heartbeat", "schedule", "worker")


@pytest.fixture
def cluster(monkeypatch):
    cluster = Cluster()
    cluster.install_hub("hub")
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", str(cluster.port))
    yield cluster
    cluster.remove()


@pytest.fixture
def world(cluster, tmp_path):
    """As elsewhere, with a server of its own."""
    office = Office(os.environ["OFFICE_SIMULATOR_BIN"], tmp_path, employees=3, termine=8)
    hub = Hub("hub", os.environ["SYSTEM_PASSWORD"], tmp_path, office.env_file)
    hub.rows("UPDATE sync.setting SET lease = '5 seconds', in_doubt_wait = '1 second', retry_first = '0 seconds'")
    yield World(office, hub)
    hub.close()
    office.stop()


@pytest.fixture
def wire(cluster, hub):
    wire = Wire(("127.0.0.1", cluster.port))
    with hub.env_file.open("a") as file:
        file.write(f"POSTGRES_PORT={wire.port}\n")
    yield wire
    wire.close()


def wait_for_log(listener, text: str, times: int = 1, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while listener.log.read_text().count(text) < times:
        assert time.monotonic() < end, f"{text!r} is not in {listener.log.read_text()}"
        time.sleep(0.05)


def back(hub, cluster) -> None:
    hub.connection.close()
    hub.connection = cluster.connect("hub")


def assert_served_once(hub, office, requests: list[int]) -> None:
    """Each request has ended, with one run of each employee and no more; the next sync has nothing to do."""
    for request in requests:
        status, _ = hub.wait_end(request, 90)
        assert status in ("done", "failed", "merged"), status
    runs = hub.rows("SELECT request_id, count(*), count(DISTINCT employee_kuerzel) FROM sync.run GROUP BY request_id")
    assert all((n, k) == (3, 3) for _, n, k in runs), runs
    hub.rows("SELECT sync.retry_failed()")
    hub.wait_end(hub.value(ASK))
    hub.rows("SELECT pg_sleep(1.1)")
    assert hub.wait_end(hub.value(ASK))[0] == "done"
    assert_agree(office)
    office.forget_requests()
    assert hub.wait_end(hub.value(ASK))[0] == "done"
    assert office.writes() == []


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_in_the_middle_of_a_sync(office, hub, cluster, mode):
    kuerzel = office.employees()[0]
    office.fault("google", "slow", always=True, method="POST", seconds=0.2)
    with hub.listen() as listener:
        first = hub.value(ASK)
        hub.wait_for("SELECT count(*) > 3 FROM sync.action WHERE status = 'done'", what=hub.all_logs)
        cluster.restart(mode)
        back(hub, cluster)
        office.add_termin(**termin(kuerzel, "Nach dem Neustart"))
        office.heal()
        second = hub.value("INSERT INTO sync.request (phase) VALUES (1) RETURNING request_id")
        assert_served_once(hub, office, [first, second])
        assert listener.process.poll() is None


def test_every_session_ended_one_after_the_other(office, hub):
    kuerzel = office.employees()[0]
    with hub.listen() as listener:
        wait_for_log(listener, "] listening")
        requests = [hub.value(ASK)]
        for place, service in enumerate(SERVICES):
            hub.wait_for("SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = %s", f"calendar-sync {service}",
                         what=hub.all_logs)
            office.add_termin(**termin(kuerzel, f"Ohne {service}", ahead=place + 3))
            requests.append(hub.value("INSERT INTO sync.request (phase) VALUES (1) RETURNING request_id"))
        wait_for_log(listener, "] listening", 2)
        hub.rows("NOTIFY calendar_sync, '2'")
        hub.wait_for("SELECT count(*) = 1 FROM sync.request WHERE phase = 2", what=hub.all_logs)
        assert_served_once(hub, office, requests)


def test_the_network_is_cut_in_the_middle_of_answers(office, hub, wire):
    kuerzel = office.employees()[0]
    office.fault("google", "slow", always=True, method="POST", seconds=0.1)
    with hub.listen() as listener:
        requests = [hub.value(ASK)]
        for after_bytes in (0, 1, 40, 200):
            hub.wait_for("SELECT count(*) > %s FROM sync.action WHERE status = 'done'", len(requests), what=hub.all_logs)
            wire.refusing = True
            wire.cut(after_bytes)
            time.sleep(0.3)
            wire.cut()
            # Nobody hears of this one: it is found in the queue.
            office.add_event(kuerzel, **event(f"Während des Schnitts {after_bytes}", ahead=4)) if office.calendars(kuerzel) else None
            requests.append(hub.value("INSERT INTO sync.request (phase) VALUES (1) RETURNING request_id"))
            time.sleep(0.3)
            wire.refusing = False
        office.heal()
        assert_served_once(hub, office, requests)
        assert listener.process.poll() is None


def test_a_subscription_that_is_lost_while_the_socket_lives_is_noticed(hub, wire):
    with hub.listen() as listener:
        wait_for_log(listener, "] listening")
        session, = wire.sessions("calendar-sync listen")
        session.slip_in("UNLISTEN *")
        wait_for_log(listener, "the server no longer knows the subscription")
        wait_for_log(listener, "] listening", 2)
        hub.rows("NOTIFY calendar_sync, '2'")
        hub.wait_for("SELECT count(*) = 1 FROM sync.request WHERE phase = 2", what=hub.all_logs)


def stop_idle_sessions(hub):
    """Stops the server's side of heartbeat and LISTEN between two statements: in the middle of one they would hold their locks for good."""
    for _ in range(50):
        pids = [pid for (pid,) in hub.rows("""SELECT pid FROM pg_stat_activity
            WHERE application_name IN ('calendar-sync heartbeat', 'calendar-sync listen')""")]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        if len(pids) == 2 and not hub.rows("SELECT FROM pg_locks WHERE pid = ANY (%s)", pids):
            return pids
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.05)
    raise AssertionError("heartbeat and LISTEN are never idle")


def test_a_server_that_hangs_is_given_up_and_its_runs_go_on_elsewhere(office, hub):
    office.fault("google", "slow", always=True, method="POST", seconds=0.3)
    with hub.listen() as first:
        request = hub.value(ASK)
        hub.wait_for("SELECT count(*) > 2 FROM sync.action WHERE status = 'done'", what=hub.all_logs)
        stopped = stop_idle_sessions(hub)
        try:
            office.heal()
            with hub.listen():
                wait_for_log(first, "no answer in time")
                assert hub.wait_end(request, 60)[0] in ("done", "failed")
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        assert_served_once(hub, office, [request])


def test_a_standby_is_promoted_and_the_listener_goes_on_there(office, hub, cluster):
    kuerzel = office.employees()[0]
    standby = cluster.standby()
    try:
        with hub.env_file.open("a") as file:
            file.write(f"POSTGRES_HOST=127.0.0.1,127.0.0.1\nPOSTGRES_PORT={standby.port},{cluster.port}\n")
        office.fault("google", "slow", always=True, method="POST", seconds=0.2)
        with hub.listen() as listener:
            first = hub.value(ASK)
            hub.wait_for("SELECT count(*) > 3 FROM sync.action WHERE status = 'done'", what=hub.all_logs)
            second = hub.value("INSERT INTO sync.request (phase) VALUES (1) RETURNING request_id")
            standby.wait_until_caught_up(cluster)
            cluster.stop("immediate")
            standby.promote()
            back(hub, standby)
            office.add_termin(**termin(kuerzel, "Nach dem Umschalten"))
            office.heal()
            assert_served_once(hub, office, [first, second])
            hub.rows("NOTIFY calendar_sync, '2'")
            hub.wait_for("SELECT count(*) = 1 FROM sync.request WHERE phase = 2", what=hub.all_logs)
            assert listener.process.poll() is None
    finally:
        standby.remove()


def test_a_listener_that_is_on_record_is_one_that_listens(hub):
    """Whoever sees it in sync.listener may notify it at once."""
    for phase in (1, 2, 3):
        with hub.listen():
            hub.rows(f"NOTIFY calendar_sync, '{phase}'")
            hub.wait_for("SELECT count(*) = 1 FROM sync.request WHERE phase = %s", phase, what=hub.all_logs)
