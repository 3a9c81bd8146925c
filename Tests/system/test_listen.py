"""The daemon: what wakes it, what it makes of nonsense, how it leaves."""

import socket
import time

import psycopg
import pytest
from agree import assert_agree
from appointments import termin

NEWEST = "SELECT coalesce(max(request_id), 0) FROM sync.request"


@pytest.fixture
def listening(hub):
    with hub.listen() as listener:
        # A notification is best effort: only who listens already hears it.
        end = time.monotonic() + 30
        while "] listening" not in listener.log.read_text():
            assert time.monotonic() < end, listener.log.read_text()
            time.sleep(0.05)
        yield listener


def notify(hub, payload: str | None = None) -> tuple:
    """Sends a notification as a person would; the request that it became: status and columns."""
    before = hub.value(NEWEST)
    hub.rows("SELECT pg_notify('calendar_sync', %s)", payload) if payload is not None else hub.rows("NOTIFY calendar_sync")
    hub.wait_for("SELECT max(request_id) > %s FROM sync.request", before, what=hub.all_logs)
    request = hub.value("SELECT min(request_id) FROM sync.request WHERE request_id > %s", before)
    hub.wait_end(request)
    return hub.rows("SELECT status, phase, employee_kuerzel, full_content, recheck, dry_run FROM sync.request WHERE request_id = %s", request)[0]


def test_a_request_row_is_served_at_once(office, hub, listening):
    assert hub.request("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id") == ("done", None)
    assert_agree(office)
    started = time.monotonic()
    hub.request("INSERT INTO sync.request (phase, employee_kuerzel) SELECT 1, kuerzel FROM sync.employee LIMIT 1 RETURNING request_id")
    assert time.monotonic() - started < 5


def test_bare_notifications_are_requests_too(office, hub, listening):
    kuerzel = office.employees()[0]
    assert notify(hub) == ("done", None, None, True, False, False)
    assert notify(hub, "3") == ("done", 3, None, True, False, False)
    assert notify(hub, f'{{"phase": 2, "employee": "{kuerzel}"}}') == ("done", 2, kuerzel, True, False, False)
    assert notify(hub, f'{{"phase": 2, "kuerzel": "{kuerzel}"}}') == ("done", 2, kuerzel, True, False, False)
    assert notify(hub, '{"phase": 2, "kuerzel": "all"}') == ("done", 2, None, True, False, False)
    assert notify(hub, '{"full_content": true, "recheck": true, "dry_run": true}') == ("done", None, None, True, True, True)
    assert_agree(office)


@pytest.mark.parametrize("payload, named", [("5", "5"), ("{", ""), ("[]", ""), ('{"phase": 9}', "9"), ('{"phase": "1"}', "phase"), ('{"employee": "??"}', "??"),
                                            ('{"pfase": 1}', "pfase"), ('{"full_content": "ja"}', "full_content"), ("alles bitte", ""), ('{"phase": 1e99}', "phase")])
def test_a_payload_that_makes_no_sense_is_rejected_and_stops_nothing(hub, listening, payload, named):
    assert notify(hub, payload)[0] == "rejected"
    message = hub.value("SELECT message FROM sync.request ORDER BY request_id DESC LIMIT 1")
    assert message and named in message
    assert notify(hub, "1")[0] == "done"
    assert listening.process.poll() is None


@pytest.mark.parametrize("columns, values, named", [("phase", "7", "7"), ("employee_kuerzel", "'ZZZ'", "ZZZ")])
def test_a_wrong_row_is_refused_at_the_insert(hub, columns, values, named):
    hub.sync()
    with pytest.raises(psycopg.Error, match=named):
        hub.rows(f"INSERT INTO sync.request ({columns}) VALUES ({values})")


def test_a_request_made_while_nobody_listens_waits(office, hub):
    request = hub.value("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")
    again = hub.value("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")
    assert hub.rows("SELECT status FROM sync.request") == [("waiting",), ("waiting",)]
    with hub.listen():
        assert hub.wait_end(request)[0] == "done"
        assert hub.wait_end(again)[0] == "done"
    assert hub.value("SELECT merged_into FROM sync.request WHERE request_id = %s", again) == request
    assert_agree(office)


def test_an_operator_asks_in_psql_and_sees_the_end(office, hub, listening):
    hub.rows("SET SESSION AUTHORIZATION calendar_sync_operator")
    notices: list[str] = []
    hub.connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    assert len(hub.rows("CALL sync.run_now(timeout => '60 seconds')")) == 1
    assert notices
    hub.rows("SELECT sync.request_sync(phase => 1)")
    hub.rows("RESET SESSION AUTHORIZATION")
    assert_agree(office)


def test_nobody_but_the_four_roles_can_connect(hub):
    hub.rows("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    try:
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(dbname=hub.database, user="stranger", password="stranger")
    finally:
        hub.rows("DROP ROLE stranger")


@pytest.mark.office(employees=4, termine=20)
def test_sigterm_finishes_what_is_in_flight_and_writes_it_back(office, hub):
    office.fault("google", "slow", always=True, method="POST", seconds=1)
    with hub.listen() as listener:
        request = hub.value("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")
        hub.wait_for("SELECT count(*) > 2 FROM sync.action WHERE status = 'done'", what=hub.all_logs)
        started = time.monotonic()
        assert listener.terminate() == 0
        assert time.monotonic() - started < 11
    assert hub.value("SELECT count(*) FROM sync.action WHERE status IN ('running', 'in_doubt')") == 0
    made = {e["id"] for k in office.employees() for c in office.calendars(k) for e in c["events"]}
    known = {i for (i,) in hub.rows("SELECT google_event_id FROM sync.calendar_sync WHERE sync_status = 'synced'")}
    assert made == known and made
    office.heal()
    with hub.listen():
        assert hub.wait_end(request)[0] == "done"
    assert_agree(office)


@pytest.mark.office(employees=4, termine=15)
def test_the_work_of_a_listener_that_was_killed_is_taken_over(office, hub):
    hub.rows("UPDATE sync.setting SET lease = '5 seconds', in_doubt_wait = '1 second'")
    office.fault("google", "slow", always=True, method="POST", seconds=0.5)
    with hub.listen() as first, hub.listen():
        request = hub.value("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")
        hub.wait_for("SELECT count(*) > 2 FROM sync.action WHERE status = 'done'", what=hub.all_logs)
        first.kill()
        office.heal()
        assert hub.wait_end(request, seconds=60)[0] == "done"
    assert_agree(office)


@pytest.mark.office(employees=6, termine=10)
def test_several_listeners_share_the_work_and_no_employee_twice_at_once(office, hub):
    with hub.listen(CALENDAR_SYNC_WORKERS="2"), hub.listen(CALENDAR_SYNC_WORKERS="2"):
        for _ in range(3):
            assert hub.request("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")[0] == "done"
        assert notify(hub)[0] == "done"
        assert hub.value("SELECT count(*) FROM sync.request") == 4
    assert_agree(office)
    overlaps = hub.rows("""SELECT a.run_id, b.run_id FROM sync.run AS a JOIN sync.run AS b USING (employee_kuerzel)
        WHERE a.run_id < b.run_id AND (a.started_at, a.finished_at) OVERLAPS (b.started_at, b.finished_at)""")
    assert overlaps == []


def test_a_lost_connection_is_opened_again_and_no_request_is_lost(office, hub, listening):
    assert hub.request("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")[0] == "done"
    hub.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", hub.database)
    office.add_termin(**termin(office.employees()[0], "Nach dem Abriss"))
    assert hub.request("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")[0] == "done"
    assert_agree(office)
    assert listening.terminate() == 0


@pytest.mark.parametrize("lock", ["NO KEY UPDATE", "UPDATE"])
def test_whoever_has_locked_an_employee_delays_that_one_only(office, hub, lock):
    hub.sync()
    locked, other = office.employees()[:2]
    with hub.listen(CALENDAR_SYNC_WORKERS="1") as listener:
        listener.wait_until_listening()
        with psycopg.connect(dbname=hub.database) as somebody:
            somebody.execute(f"SELECT 1 FROM sync.employee WHERE kuerzel = %s FOR {lock}", [locked])
            late = hub.value("SELECT sync.request_sync(1, %s)", locked)
            everybody = hub.value("SELECT sync.request_sync(phase => 2)")
            one = hub.value("SELECT sync.request_sync(3, %s)", other)
            assert hub.wait_end(one, seconds=8)[0] == "done"
            if lock == "NO KEY UPDATE":
                hub.wait_for("SELECT count(*) = %s FROM sync.run WHERE request_id = %s AND status = 'done'", len(office.employees()) - 1, everybody,
                             seconds=8, what=hub.all_logs)
            assert hub.value("SELECT bool_and(finished_at IS NULL) FROM sync.request WHERE request_id IN (%s, %s)", late, everybody)
        for request in (late, everybody):
            assert hub.wait_end(request, seconds=15)[0] == "done"
        assert "hub session lost" not in listener.log.read_text() and "refused" not in listener.log.read_text()


def test_a_list_of_employees_that_takes_long_keeps_one_worker_and_no_more(office, hub):
    hub.sync()
    with hub.listen(CALENDAR_SYNC_WORKERS="2") as listener:
        listener.wait_until_listening()
        time.sleep(1)
        office.fault("advoware", "slow", times=1, path_contains="Mitarbeiter", seconds=8)
        everybody = [hub.value("SELECT sync.request_sync(phase => %s)", phase) for phase in (1, 2, 3)]
        hub.wait_for("SELECT claimed_at IS NOT NULL FROM sync.request WHERE request_id = %s", everybody[0], what=hub.all_logs)
        started = time.monotonic()
        for kuerzel in office.employees()[:2]:
            assert hub.wait_end(hub.value("SELECT sync.request_sync(4, %s)", kuerzel))[0] == "done"
        assert time.monotonic() - started < 5
        assert hub.value("SELECT count(*) FROM sync.request WHERE request_id = ANY (%s) AND claimed_at IS NULL", everybody) == 2
        for request in everybody:
            assert hub.wait_end(request, seconds=30)[0] == "done"


@pytest.mark.office(employees=4, termine=2)
def test_thousands_of_notifications_pile_up_no_work(office, hub):
    hub.sync()
    office.fault("google", "slow", always=True, method="GET", path_contains="/calendars/", seconds=0.3)
    with hub.listen(CALENDAR_SYNC_WORKERS="1") as listener:
        listener.wait_until_listening()
        for _ in range(3000):
            hub.connection.execute("SELECT sync.request_sync()")
        hub.wait_for("SELECT bool_and(status = 'done') FROM sync.request", seconds=60, what=hub.all_logs)
    assert hub.value("SELECT count(*) FROM sync.request WHERE merged_into IS NOT NULL") > 2900
    assert hub.value("SELECT count(DISTINCT request_id) FROM sync.run") < 20
    office.heal()
    assert_agree(office)


def test_whoever_holds_the_employees_keeps_no_request_for_ever(office, hub):
    """Longer than the listener's lock_timeout: no statement of the listener waits for that."""
    hub.sync()
    with hub.listen() as listener:
        listener.wait_until_listening()
        with psycopg.connect(dbname=hub.database) as somebody:
            somebody.execute("SELECT 1 FROM sync.employee FOR NO KEY UPDATE")
            requests = [hub.value("SELECT sync.request_sync(phase => %s)", phase) for phase in (1, 2)]
            hub.wait_for("SELECT bool_and(claimed_at IS NOT NULL) FROM sync.request", what=hub.all_logs)
            # The queue goes on meanwhile.
            time.sleep(11)
            late = hub.value("SELECT sync.request_sync(phase => 3)")
            hub.wait_for("SELECT claimed_at IS NOT NULL FROM sync.request WHERE request_id = %s", late, seconds=5, what=hub.all_logs)
            somebody.execute("SELECT pg_sleep(6)")
            somebody.commit()
        for request in (*requests, late):
            assert hub.wait_end(request, seconds=30)[0] == "done"
        assert hub.request("SELECT sync.request_sync()")[0] == "done"
    assert_agree(office)


@pytest.mark.parametrize("times", [2, 10])
def test_a_statement_that_was_in_somebodys_way_while_a_request_is_opened_is_tried_again(hub, times):
    hub.sync()
    hub.rows("CREATE SEQUENCE sync.collision")
    hub.rows("GRANT USAGE ON SEQUENCE sync.collision TO PUBLIC")
    hub.rows(f"""CREATE FUNCTION sync.collide() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF nextval('sync.collision') <= {times} THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$""")
    hub.rows("GRANT EXECUTE ON FUNCTION sync.collide() TO PUBLIC")
    hub.rows("CREATE TRIGGER collide BEFORE INSERT ON sync.run FOR EACH ROW EXECUTE FUNCTION sync.collide()")
    with hub.listen():
        requests = [hub.value("SELECT sync.request_sync()")] + [hub.value("SELECT sync.request_sync(phase => %s)", phase) for phase in (1, 2)]
        for request in requests:
            assert hub.wait_end(request, seconds=90)[0] == "done"


def test_sigterm_while_the_employees_are_read_gives_the_request_back(office, hub):
    hub.sync()
    with hub.listen() as listener:
        listener.wait_until_listening()
        office.fault("advoware", "slow", always=True, path_contains="Mitarbeiter", seconds=8)
        request = hub.value("SELECT sync.request_sync(phase => 1)")
        equal = hub.value("SELECT sync.request_sync(phase => 1)")
        hub.wait_for("SELECT claimed_at IS NOT NULL FROM sync.request WHERE request_id = %s", request, what=hub.all_logs)
        time.sleep(0.5)
        assert listener.terminate() == 0
        assert "could not be read" not in listener.log.read_text()
    assert hub.rows("SELECT status, claimed_at, started_at FROM sync.request WHERE request_id = %s", request) == [("waiting", None, None)]
    office.heal()
    with hub.listen():
        for asked in (request, equal):
            assert hub.wait_end(asked, seconds=20)[0] == "done"


@pytest.mark.parametrize("port", ["closed", "silent"])
def test_sigterm_while_the_database_is_waited_for_ends_in_order(hub, port):
    """Nobody there, and somebody who never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if port == "silent":
            server.listen()
        with hub.env_file.open("a") as file:
            file.write(f"POSTGRES_PORT={server.getsockname()[1]}\n")
        with hub.listen(registers=False) as listener:
            time.sleep(3)
            assert listener.process.poll() is None
            started = time.monotonic()
            assert listener.terminate() == 0, listener.log.read_text()
            assert time.monotonic() - started < 10


@pytest.mark.office(employees=12, termine=1)
def test_who_asks_for_one_employee_while_all_are_at_work_is_served_next(office, hub):
    last = max(office.employees())
    with hub.listen(CALENDAR_SYNC_WORKERS="2"):
        office.fault("google", "slow", always=True, method="GET", path_contains="/events", seconds=0.3)
        for_all = hub.value("SELECT sync.request_sync()")
        hub.wait_for("SELECT count(*) >= 3 FROM sync.run WHERE started_at IS NOT NULL", what=hub.all_logs)
        for_one = hub.value("SELECT sync.request_sync(employee => %s)", last)
        assert hub.wait_end(for_one)[0] == "done"
        assert hub.value("SELECT status FROM sync.request WHERE request_id = %s", for_all) == "running"
        # What two workers may have claimed before they could see it.
        assert hub.value("""SELECT count(*) FROM sync.run AS r JOIN sync.run AS mine ON mine.request_id = %s JOIN sync.request AS q ON q.request_id = mine.request_id
            WHERE r.request_id = %s AND r.started_at BETWEEN q.requested_at AND mine.started_at""", for_one, for_all) <= 2
        assert hub.wait_end(for_all)[0] == "done"
    assert_agree(office)
    assert hub.value("SELECT count(*) FROM sync.run WHERE request_id = %s AND status = 'done'", for_all) == 12
