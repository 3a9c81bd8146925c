"""A process that dies between any two effects leaves nothing that the next one does not bring to the same end.

One sync holds an action of every kind. It is run once in peace; then again and again from the same start, killed at one point after another
(see `CrashPoint` in Sources/Listener), and what the next sync makes of it is compared with the peaceful end.
"""

import os
import re
from collections import Counter

import psycopg
import pytest
from agree import differences, of_event, of_termin
from appointments import event, termin

KINDS = {"create_event", "recreate_event", "update_event", "delete_event", "tag_event", "create_termin", "recreate_termin", "update_termin",
         "delete_termin", "soft_delete", "link_event"}
SHARDS = 4
NEW = "NEU"
# Between an effect and the next one the world is the same wherever the process dies, and a reading has none.
EFFECT = re.compile(r"after ((?:sync|engine)\.(?!action$|request$|run$|listener_alive|heartbeat|begin_reading|known_events)|(POST|PUT|PATCH|DELETE) (?!token$|.*Token$))")
# What every run does several times over: the first and the last time.
ROUTINE = re.compile(r"after (?:sync|engine)\.(plan_next|settle|store_|take_|claim_)")


def to_walk(points: list[tuple[str, str]]) -> list[int]:
    """The numbers of the points where a process has to die; CRASH_POINTS=all: everywhere."""
    if os.environ.get("CRASH_POINTS") == "all":
        return [int(number) for number, _ in points]
    labels = [label for _, label in points]
    return [int(number) for place, (number, label) in enumerate(points) if EFFECT.match(label)
            and not (ROUTINE.match(label) and label in labels[:place] and label in labels[place + 1:])]


class Start:
    """Both systems and the hub at the moment before the sync that is to be killed."""

    def __init__(self, office, hub):
        self.office, self.hub = office, hub
        self.template = f"{hub.database}_start"
        hub.rows("UPDATE sync.setting SET in_doubt_wait = '0 seconds', retry_first = '0 seconds'")
        kuerzel = self.kuerzel = office.employees()[0]
        self.users_own = {text: office.add_termin(**termin(kuerzel, text, ahead=ahead, referat=7, raumNr=ahead)) for ahead, text in
                          enumerate(("bleibt", "geändert", "weg", "Kopie weg", "beide weg", "verwaist"), 3)}
        hub.sync()
        for ahead, text in enumerate(("g bleibt", "g geändert", "g Termin weg", "g weg"), 12):
            office.add_event(kuerzel, **event(text, ahead=ahead))
        hub.sync()
        self.from_google = {t["text"]: t["frNr"] for t in office.termine(kuerzel) if t["text"].startswith("g ")}
        office.edit_termin(self.from_google["g geändert"], referat=9, kategorieId=42)
        hub.sync()
        office.advance()
        links = {frnr: hub.link(advoware_frnr=frnr)["google_event_id"] for frnr in [*self.users_own.values(), *self.from_google.values()]}

        office.add_termin(**termin(kuerzel, "neu", ahead=20, referat=7))
        # Twins on purpose: two they are, and two they stay.
        for _ in range(2):
            office.add_event(kuerzel, **event("g neu", ahead=21))
        office.edit_termin(self.users_own["geändert"], text="geändert und verlegt", uhrzeitVon="12:00:00", uhrzeitBis="13:00:00")
        office.delete_termin(self.users_own["weg"])
        office.delete_event(kuerzel, links[self.users_own["Kopie weg"]])
        office.delete_termin(self.users_own["beide weg"])
        office.delete_event(kuerzel, links[self.users_own["beide weg"]])
        office.delete_termin(self.users_own["verwaist"])
        frnr = self.users_own["verwaist"]
        hub.rows("DELETE FROM sync.calendar_sync WHERE advoware_frnr = %s", frnr)
        hub.rows("DELETE FROM sync.seen WHERE entry_id = %s", str(frnr))
        office.edit_event(kuerzel, links[self.from_google["g geändert"]], summary="g geändert und länger")
        office.delete_termin(self.from_google["g Termin weg"])
        office.delete_event(kuerzel, links[self.from_google["g weg"]])
        office.add_employee(NEW)
        office.add_termin(**termin(NEW, "erster Termin", ahead=4))

        office.keep("start")
        hub.close()
        with psycopg.connect(dbname="postgres", autocommit=True) as server:
            server.execute(f"ALTER DATABASE {hub.database} RENAME TO {self.template}")
        self.restore()

    def restore(self) -> None:
        self.office.back_to("start")
        if not self.hub.connection.closed:
            self.hub.close()
        with psycopg.connect(dbname="postgres", autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {self.hub.database} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {self.hub.database} OWNER calendar_sync_owner TEMPLATE {self.template}")
            server.execute(f"GRANT CONNECT ON DATABASE {self.hub.database} TO calendar_sync_user")
        self.hub.connection = psycopg.connect(dbname=self.hub.database, autocommit=True)

    def drop(self) -> None:
        with psycopg.connect(dbname="postgres", autocommit=True) as server:
            server.execute(f"DROP DATABASE {self.template} WITH (FORCE)")

    def state(self) -> tuple:
        """What both systems hold, as a user sees it."""
        return (Counter((t["sb"], t["anwalt"], t["referat"], t["kategorieId"], of_termin(t)) for t in self.office.termine()),
                Counter((kuerzel, of_event(e)) for kuerzel in self.office.employees() for c in self.office.calendars(kuerzel)
                        for e in c["events"] if e.get("status") != "cancelled"))


@pytest.fixture
def start(office, hub):
    start = Start(office, hub)
    yield start
    start.drop()


def two_minutes_pass(hub) -> None:
    """For the hub: what a dead process had claimed or sent is two minutes old."""
    for table, columns in {"run": "lease_until", "request": "claimed_at", "listener": "heartbeat_at", "action": "deadline doubted_at",
                           "calendar_sync": "next_attempt_at"}.items():
        hub.rows(f"UPDATE sync.{table} SET " + ", ".join(f"{c} = {c} - interval '2 minutes'" for c in columns.split()))


def assert_whole(start, end: tuple) -> None:
    office, hub = start.office, start.hub
    assert not differences(office)
    termine, events = start.state()
    assert (termine, events) == end, f"{termine - end[0]}, {end[0] - termine}, {events - end[1]}, {end[1] - events}"
    assert all(len(office.calendars(k)) == 1 for k in office.employees())
    links = hub.rows("SELECT advoware_frnr, google_event_id FROM sync.calendar_sync WHERE NOT deleted")
    assert sorted(frnr for frnr, _ in links) == sorted(t["frNr"] for t in office.termine())
    assert sorted(e for _, e in links) == sorted(e["id"] for k in office.employees() for e in office.events(k))
    assert hub.value("SELECT count(*) FROM sync.action WHERE status IN ('planned', 'running', 'in_doubt')") == 0
    assert hub.value("SELECT count(*) FROM sync.run WHERE status IN ('waiting', 'running')") == 0
    theirs = {str(frnr) for frnr in start.users_own.values()}
    for request in office.requests():
        if request["system"] == "advoware" and request["method"] in ("PUT", "DELETE"):
            frnr = request["query"].get("frnr") or next(v for n, v in request["body"].items() if n.lower() == "frnr")
            assert str(frnr) not in theirs, f"{request['method']} of a Termin that users made: {frnr}"
    office.forget_requests()
    hub.sync()
    assert office.writes() == []


def bring_to_an_end(start) -> None:
    for _ in range(5):
        two_minutes_pass(start.hub)
        code, _ = start.hub.program("run")
        open_runs = start.hub.value("SELECT count(*) FROM sync.run WHERE status IN ('waiting', 'running')")
        if code == 0 and open_runs == 0 and not differences(start.office):
            return


@pytest.mark.office(employees=1, termine=0)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_whatever_point_a_listener_dies_at_the_next_brings_it_to_the_same_end(start, office, hub, shard):
    output = hub.sync(CALENDAR_SYNC_CRASH_AT="0", CALENDAR_SYNC_WORKERS="1")
    hub.sync()
    done = {kind for (kind,) in hub.rows("SELECT DISTINCT kind FROM sync.action WHERE status = 'done'")}
    assert done >= KINDS, f"this sync lacks {KINDS - done}"
    assert hub.value("SELECT google_calendar_id FROM sync.employee WHERE kuerzel = %s", NEW)
    end = start.state()
    assert_whole(start, end)

    points = re.findall(r"^crash point (\d+): (.*)$", output, re.MULTILINE)
    assert len(points) > 150
    walk = to_walk(points)
    assert len(walk) > 60
    survived = 0
    for point in walk[shard::SHARDS]:
        start.restore()
        code, output = hub.program("run", CALENDAR_SYNC_CRASH_AT=str(point), CALENDAR_SYNC_WORKERS="1")
        died = f"at point {output.rpartition('crash point ')[2].strip()}"
        # Heartbeats and looks into the queue are points, too, and a quicker run has fewer: the last ones may not be reached.
        assert code in (-9, 0), f"{died}: exit code {code}\n{output}"
        survived += code == 0
        bring_to_an_end(start)
        try:
            assert_whole(start, end)
        except AssertionError as problem:
            raise AssertionError(f"killed {died}: {problem}") from problem
    assert survived <= len(walk) / SHARDS / 5, f"{survived} of the {len(walk) // SHARDS} points were not reached"
