"""CALL sync.run_now as somebody in psql sees it: notices, a row, a warning, an error."""

import re
import threading
import time

import psycopg
import pytest
from appointments import termin
from hub import Hub

COLUMNS = ["request_id", "status", "done", "planned", "failed", "refused", "held"]


class Operator:
    """A session of an operator that keeps what psql would print."""

    def __init__(self, hub: Hub):
        self.connection = psycopg.connect(dbname=hub.database, autocommit=True)
        self.connection.execute("SET SESSION AUTHORIZATION calendar_sync_operator")
        self.said: list[tuple[str, str]] = []
        self.connection.add_notice_handler(lambda notice: self.said.append((notice.severity_nonlocalized, notice.message_primary)))

    def call(self, sql: str) -> dict:
        cursor = self.connection.execute(sql)
        assert [c.name for c in cursor.description] == COLUMNS
        rows = cursor.fetchall()
        assert len(rows) == 1
        return dict(zip(COLUMNS, rows[0]))

    def heard(self, severity: str) -> list[str]:
        return [text for kind, text in self.said if kind == severity]


@pytest.fixture
def operator(hub):
    one = Operator(hub)
    yield one
    one.connection.close()


def test_it_tells_of_every_employee_and_ends_with_a_row(office, hub, operator):
    with hub.listen():
        row = operator.call("CALL sync.run_now(timeout => '60 seconds')")
        assert row["status"] == "done" and row["done"] > 0 and row["failed"] == row["held"] == row["planned"] == 0
        notices = operator.heard("NOTICE")
        assert notices[0] == f"request {row['request_id']} waits for a listener"
        assert sorted(n.split(":")[0] for n in notices[1:]) == sorted(office.employees())
        assert operator.heard("WARNING") == []

        office.add_termin(**termin(office.employees()[0], "Nur geplant"))
        planned = operator.call("CALL sync.run_now(phase => 1, dry_run => true, timeout => '60 seconds')")
        assert (planned["status"], planned["planned"], planned["done"]) == ("done", 1, 0)
        one = operator.call(f"CALL sync.run_now(1, '{office.employees()[0]}', timeout => '60 seconds')")
        assert (one["done"], hub.value("SELECT count(*) FROM sync.run WHERE request_id = %s", one["request_id"])) == (1, 1)


@pytest.mark.office(employees=2, termine=12)
def test_of_a_long_run_it_tells_every_few_seconds_how_far_it_is(office, hub, operator):
    with hub.listen(CALENDAR_SYNC_WORKERS="1"):
        hub.rows("UPDATE sync.setting SET google_concurrency = 1")
        office.fault("google", "slow", always=True, method="POST", path_contains="/events", seconds=0.7)
        row = operator.call("CALL sync.run_now(timeout => '60 seconds')")
    assert row["status"] == "done"
    told = [n for n in operator.heard("NOTICE") if n.startswith(f"request {row['request_id']}: ")]
    assert len(told) >= 2, operator.said
    first, last = told[0], told[-1]
    assert re.match(r"request \d+: [01] of 2 employees; phase 1: \d+ of (about )?\d+, [0-9.]+/s, \d+ s left", first), first
    assert int(re.search(r"phase 1: (\d+)", first)[1]) < int(re.search(r"phase 1: (\d+)", last)[1]), told


def test_who_asks_for_one_employee_while_no_worker_is_free_waits_to_the_end(office, hub, operator):
    busy, other = office.employees()[:2]
    with hub.listen(CALENDAR_SYNC_WORKERS="1"):
        hub.wait_end(hub.value("SELECT sync.request_sync()"))
        office.fault("google", "slow", times=1, method="GET", path_contains="/calendars/", seconds=12)
        hub.rows("SELECT sync.request_sync(employee => %s)", busy)
        hub.wait_for("SELECT count(*) = 1 FROM sync.run WHERE status = 'running'")
        row = operator.call(f"CALL sync.run_now(1, '{other}', timeout => '8 seconds')")
    assert row["status"] == "done"


def test_failed_rows_are_a_warning(office, hub, operator):
    with hub.listen():
        office.fault("google", "error_500", always=True, method="POST", path_contains="/events")
        row = operator.call("CALL sync.run_now(timeout => '90 seconds')")
        assert row["status"] == "failed"
        assert operator.heard("WARNING")[0].startswith(f"request {row['request_id']} ended failed")


def test_runs_that_failed_as_a_whole_are_named_with_their_reason(office, hub, kuerzel, operator):
    with hub.listen():
        hub.wait_end(hub.value("SELECT sync.request_sync()"))
        office.fault("google", "forbidden_403", always=True, method="GET", path_contains="/events")
        row = operator.call(f"CALL sync.run_now(employee => '{kuerzel}')")
        assert (row["status"], row["failed"]) == ("failed", 0)
        assert operator.heard("WARNING")[0].endswith(f"0 failed, 0 held, 0 refused; {kuerzel} ended with google_forbidden")


def test_without_a_listener_it_says_so_within_its_timeout_and_the_request_waits(hub, operator):
    began = time.monotonic()
    with pytest.raises(psycopg.Error, match="no listener took request [0-9]+ within 00:00:01") as raised:
        operator.connection.execute("CALL sync.run_now(timeout => '1 second')")
    assert time.monotonic() - began < 5
    assert "calendar-sync listen" in raised.value.diag.message_hint
    assert operator.heard("NOTICE")[0].endswith("none is running at the moment")
    request = hub.value("SELECT request_id FROM sync.request WHERE status = 'waiting'")
    assert operator.connection.execute("SELECT sync.cancel_request(%s)", [request]).fetchone()[0] == "cancelled"


@pytest.mark.parametrize("arguments, named", [("phase => 5", "phase: 5"), ("employee => 'XX'", '"XX" is unknown'), ("timeout => '0'", "timeout: 00:00:00"),
                                              ("timeout => NULL", "timeout: NULL"), ("timeout => '-1 minute'", "timeout: -00:01:00")])
def test_wrong_arguments_are_refused_at_once(hub, operator, arguments, named):
    with pytest.raises(psycopg.Error, match=named):
        operator.connection.execute(f"CALL sync.run_now({arguments})")
    assert hub.value("SELECT count(*) FROM sync.request") == 0


def refused_in_a_block(operator: Operator, *statements: str, parameters=None) -> None:
    with pytest.raises(psycopg.Error, match="outside a transaction block") as raised:
        for statement in statements:
            operator.connection.execute(statement, parameters if "%s" in statement else None)
    assert raised.value.sqlstate == "25001" and "sync.request_sync" in raised.value.diag.message_hint
    operator.connection.execute("ROLLBACK")


def test_inside_a_transaction_it_refuses_before_it_asks_for_anything(hub, operator):
    with pytest.raises(psycopg.Error, match="outside a transaction block"), operator.connection.transaction():
        operator.connection.execute("SELECT 1")
        operator.connection.execute("CALL sync.run_now()")
    refused_in_a_block(operator, "BEGIN", "CALL sync.run_now()")
    refused_in_a_block(operator, "BEGIN; CALL sync.run_now()")
    refused_in_a_block(operator, "BEGIN", "CALL sync.run_now(timeout => %s::interval)", parameters=["1 second"])
    refused_in_a_block(operator, "SELECT 1; CALL sync.run_now()")
    refused_in_a_block(operator, "CALL sync.run_now(); SELECT 1")
    assert hub.value("SELECT count(*) FROM sync.request") == 0


def test_clients_of_the_extended_protocol_call_it_with_parameters(hub, operator):
    with pytest.raises(psycopg.Error, match="no listener took request"):
        operator.connection.execute("CALL sync.run_now(phase => %s, timeout => %s::interval)", [3, "1 second"])
    assert hub.rows("SELECT phase, status FROM sync.request") == [(3, "waiting")]


def taken(hub: Hub, heartbeat: str) -> int:
    """The one request there is, in the hands of a listener that last gave a sign of life at that time."""
    request = hub.wait_for("SELECT max(request_id) FROM sync.request")
    hub.rows(f"INSERT INTO sync.listener (listener, heartbeat_at, schema_version) VALUES ('a test', {heartbeat}, engine.schema_version())")
    hub.rows("UPDATE sync.request SET status = 'running', claimed_by = 'a test', claimed_at = now(), started_at = now() WHERE request_id = %s", request)
    return request


def test_while_a_listener_works_on_it_it_waits_to_the_end_whatever_the_timeout(hub, operator):
    rows: list[dict] = []
    waiting = threading.Thread(target=lambda: rows.append(operator.call("CALL sync.run_now(timeout => '5 seconds')")))
    waiting.start()
    request = taken(hub, "now() + interval '1 hour'")
    waiting.join(8)
    assert waiting.is_alive()
    hub.rows("UPDATE sync.request SET status = 'done', finished_at = now() WHERE request_id = %s", request)
    waiting.join(30)
    assert [row["status"] for row in rows] == ["done"]


def test_when_the_listener_that_took_it_is_gone_for_that_long_it_says_so(hub, operator):
    errors: list[str] = []

    def call() -> None:
        try:
            operator.call("CALL sync.run_now(timeout => '5 seconds')")
        except psycopg.Error as error:
            errors.append(str(error))

    waiting = threading.Thread(target=call)
    waiting.start()
    request = taken(hub, "now() - interval '1 hour'")
    waiting.join(30)
    assert f"a listener took request {request}, and none has been alive for 00:00:05" in errors[0]


def test_two_who_ask_for_the_same_see_the_same_end(office, hub, operator):
    other = Operator(hub)
    rows: list[dict] = []
    waiting = threading.Thread(target=lambda: rows.append(other.call("CALL sync.run_now(timeout => '90 seconds')")))
    waiting.start()
    hub.wait_for("SELECT count(*) = 1 FROM sync.request")
    with hub.listen():
        rows.append(operator.call("CALL sync.run_now(timeout => '90 seconds')"))
        waiting.join(100)
    other.connection.close()
    assert len(rows) == 2 and {row["status"] for row in rows} == {"done"} and rows[0]["request_id"] != rows[1]["request_id"]


def test_a_cancelled_one_ends_as_cancelled(hub, operator):
    result: list[dict] = []
    waiting = threading.Thread(target=lambda: result.append(operator.call("CALL sync.run_now(timeout => '60 seconds')")))
    waiting.start()
    request = hub.wait_for("SELECT max(request_id) FROM sync.request")
    hub.rows("SELECT sync.cancel_request(%s)", request)
    waiting.join(30)
    assert result[0]["status"] == "cancelled" and operator.heard("WARNING")
