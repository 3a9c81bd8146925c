"""Measures what the sync costs on the wire, each row beside its limit of the same run (ops/handbook/wire.md); run by ops/bench wire."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import asked
import wire_client
import wire_latency
from cost import Bar, number
from hub import Hub, Listener, psql
from office import Office

LATENCY = 0.02
# Short runs are told by the least of so many.
TIMES = 5
# What the seed's program sent, by its own log, for 5 employees with 200 Termine each: at first, with nothing changed, with 50 changes.
SEED = {"first": 1118, "second": 18, "changes": 68}
# Seconds for one sync; what takes longer is no measure any more.
ALLOWED = 600


@dataclass
class WireBar(Bar):
    """Beside its limit of the same run, where there is one; `exact`: less is a miss, too."""

    reference: float | None = None
    exact: bool = False

    @property
    def missed(self) -> bool:
        return self.value is None or (self.value != self.limit if self.exact else self.value > self.limit)

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.value is not None and self.reference else None

    @property
    def allowed(self) -> str:
        if self.exact:
            return "exactly"
        return f"<= {number(self.limit / self.reference)} x" if self.reference else f"<= {number(self.limit)} {self.unit}"


def table(bars: list[WireBar]) -> str:
    rows = [["", "", "", "found", "limit here", "ratio", "allowed"]]
    for bar in bars:
        rows.append([bar.bar, bar.hub, bar.unit, ("-" if bar.value is None else number(bar.value)) + ("!" if bar.missed else " "),
                     "" if bar.reference is None else number(bar.reference), "" if bar.ratio is None else f"{bar.ratio:,.2f} x", bar.allowed])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) if i < 3 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]
    told = dict.fromkeys(f"- {bar.hub or bar.bar}: {bar.why}" for bar in bars if bar.missed and bar.why)
    return "\n".join([*lines, *told])


def say(text: str) -> None:
    print(text, flush=True)


# An office, a hub and listeners

@dataclass
class World:
    office: Office
    hub: Hub
    employees: list[str]
    listeners: list[Listener] = field(default_factory=list)

    def listen(self, **environment: str) -> Listener:
        self.listeners.append(self.hub.listen(**environment))
        self.listeners[-1].wait_until_listening()
        return self.listeners[-1]

    def stop_listeners(self) -> None:
        while self.listeners:
            self.listeners.pop().terminate()

    def slow(self) -> None:
        """Every answer of both systems takes its time, and keeps no other waiting."""
        for system in ("advoware", "google"):
            self.office.fault(system, "slow", seconds=LATENCY)

    def sync(self, request: str = "SELECT sync.request_sync()") -> float:
        """Seconds from the request to its end, by the hub's clock."""
        self.office.forget_requests()
        number = self.hub.value(request)
        end = time.monotonic() + ALLOWED
        while time.monotonic() < end:
            [(status, took)] = self.hub.rows("SELECT status, extract(epoch FROM finished_at - requested_at)::float8 FROM sync.request WHERE request_id = %s", number)
            if took is not None:
                assert status == "done", f"the sync ended {status}\n{self.hub.problems()}"
                return took
            time.sleep(0.02)
        raise AssertionError(f"a sync did not end within {ALLOWED} s")

    def concurrency(self) -> dict[str, int]:
        [(advoware, google)] = self.hub.rows("SELECT advoware_concurrency, google_concurrency FROM sync.setting")
        return {"advoware": advoware, "google": google}

    def appointments(self) -> int:
        """A Termin of two employees is one for each."""
        return self.hub.value("SELECT count(*) FROM sync.seen WHERE side = 'advoware' AND present")

    def edit_termine(self, count: int, text: str) -> None:
        """So many Termine, evenly of all employees."""
        rows = self.hub.rows("""
            SELECT min(advoware_frnr) FROM sync.calendar_sync AS l
            WHERE NOT deleted AND source_system = 'advoware' AND sync_status = 'synced'
            GROUP BY employee_kuerzel, google_event_id
            ORDER BY row_number() OVER (PARTITION BY employee_kuerzel ORDER BY min(advoware_frnr)), 1 LIMIT %s""", count)
        assert len(rows) == count, f"{len(rows)} of {count} Termine"
        for n, (frnr,) in enumerate(rows):
            self.office.edit_termin(frnr, text=f"{text} {n}")


@contextmanager
def world(name: str, work: Path, employees: int, termine: int, before: Callable[[Office, str], None] | None = None) -> Iterator[World]:
    """An office with calendars, whose settings a listener has read and which nobody has synced yet."""
    directory = work / name
    directory.mkdir()
    psql("postgres", "-f", "ops/create_db.sql", "-v", f"db=bench_{name}", POSTGRES_PASSWORD=os.environ["SYSTEM_PASSWORD"])
    office = Office(os.environ["OFFICE_SIMULATOR_BIN"], directory, employees=employees, termine=termine)
    hub = Hub(f"bench_{name}", os.environ["SYSTEM_PASSWORD"], directory, office.env_file)
    here = World(office, hub, [])
    try:
        here.listen()
        hub.wait_for("SELECT count(*) = %s FROM sync.employee WHERE active", employees)
        here.employees = [kuerzel for kuerzel, in hub.rows("SELECT kuerzel FROM sync.employee ORDER BY kuerzel")]
        for kuerzel in here.employees:
            # A client that sends the requests again could not know what a calendar made meanwhile is called.
            office.add_calendar(f"AW-{kuerzel}")
            if before:
                before(office, kuerzel)
        yield here
    finally:
        for listener in here.listeners:
            listener.__exit__()
        hub.close()
        office.stop()


@dataclass
class Sizes:
    """No office is larger than what was asked for."""

    work: Path
    most_employees: int
    most_termine: int
    requests: int

    def of(self, employees: int, termine: int) -> tuple[int, int]:
        return min(employees, self.most_employees), min(termine, self.most_termine)


def named(employees: int, termine: int) -> str:
    return f"{employees} x {termine:,}"


# What is asked

def bars_of_counts(what: str, office: str, found: Counter, expected: Counter) -> list[WireBar]:
    """All of it, and each operation that was expected or asked."""
    def bar(name: str, value: int, limit: int) -> WireBar:
        return WireBar(f"{what}: {name}", office, value, limit, "requests", reference=limit or None, exact=True)
    return [bar("all requests", found.total(), expected.total()),
            *(bar(" ".join(operation), found[operation], expected[operation]) for operation in sorted({*found, *expected}))]


def bars_of_requests(sizes: Sizes) -> Iterator[WireBar]:
    employees, termine = sizes.of(10, 40)
    with world("requests", sizes.work, employees, termine, asked.add_series) as here:
        here.hub.rows("UPDATE sync.setting SET expand_days = 40")
        here.sync()
        for run in ("second run", "third run"):
            here.sync()
            yield from bars_of_counts(f"nothing changed, {run}", named(employees, termine), asked.counted(here.office.requests()), asked.everyday(employees))


def bars_of_changes(sizes: Sizes) -> Iterator[WireBar]:
    employees, termine = sizes.of(5, 40)
    with world("changes", sizes.work, employees, termine, asked.add_to_change) as here:
        here.sync()
        here.sync()
        here.office.advance()
        expected = asked.everyday(employees)
        for kuerzel in here.employees:
            expected += asked.change(here.office, here.hub, kuerzel)
        here.sync()
        yield from bars_of_counts("changes of every kind", named(employees, termine), asked.counted(here.office.requests()), expected)


# What it takes

@dataclass
class Recorded:
    """Runs of one kind: how long they took, and what the last one asked, of the office as it was kept under that name."""

    kept: str
    seconds: list[float]
    requests: list[dict]

    def replay(self, here: World, times: int) -> tuple[float, int]:
        """The least that a client took for the same requests, and how many answers had another status."""
        found = []
        for _ in range(times):
            here.office.back_to(self.kept)
            here.slow()
            found.append(wire_client.replay(here.office, self.requests, here.concurrency()))
        return min(found)


def record(here: World, kept: str, times: int = 1, before: Callable[[int], None] = lambda _: None) -> Recorded:
    seconds = []
    for n in range(times):
        before(n)
        here.office.keep(kept)
        seconds.append(here.sync())
    return Recorded(kept, seconds, here.office.requests())


def bars_of_walls(sizes: Sizes) -> Iterator[WireBar]:
    employees, termine = sizes.of(50, 400)
    with world("walls", sizes.work, employees, termine) as here:
        here.slow()
        first = record(here, "first")
        appointments = here.appointments()
        here.sync()
        changes = max(1, appointments // 100)
        everyday = record(here, "everyday", TIMES)
        changed = record(here, "changed", 3, lambda n: here.edit_termine(changes, f"Geändert {n}"))
        here.stop_listeners()
        rows = (("first sync", 1.2, first, 1), ("nothing changed", 1.3, everyday, TIMES), ("1 % changed", 1.3, changed, 3))
        for what, factor, runs, times in rows:
            limit, others = runs.replay(here, times)
            why = f"{len(runs.requests):,} requests, {appointments:,} appointments, {others} answered otherwise the second time"
            # With many of those it was not the same work.
            took = min(runs.seconds) if others <= len(runs.requests) / 100 else None
            yield against(what, named(employees, termine), took, limit, factor, "s", why)


def against(bar: str, office: str, value: float | None, reference: float, factor: float, unit: str, why: str | None = None) -> WireBar:
    return WireBar(bar, office, value, reference * factor, unit, why, reference=reference)


def bars_of_seed(sizes: Sizes) -> Iterator[WireBar]:
    employees, termine = sizes.of(5, 200)
    share = employees * termine / 1000
    with world("seed", sizes.work, employees, termine) as here:
        here.slow()
        first = record(here, "first")
        second = record(here, "second", TIMES)
        changes = max(1, round(50 * share))
        changed = record(here, "changed", 3, lambda n: here.edit_termine(changes, f"Geändert {n}"))
        here.stop_listeners()
        lists = [r for r in first.requests if asked.operation(r) in (asked.TERMINE, asked.EVENTS)]

        def seeds(count: int, runs: Recorded) -> float:
            """Its whole lists, and writes for the rest."""
            writes = [r for r in runs.requests if r["method"] in ("POST", "PATCH") and r["system"] == "google"]
            sent = [lists[n % len(lists)] for n in range(SEED["second"])]
            sent += [writes[n % len(writes)] for n in range(round((count - len(sent)) * share))]
            here.office.back_to(runs.kept)
            here.slow()
            return wire_client.one_after_the_other(here.office, sent)

        for what, count, runs, faster in (("first sync", SEED["first"], first, 6), ("second sync", SEED["second"], second, 1),
                                          (f"{changes} changes", SEED["changes"], changed, 2)):
            yield against(f"the seed's design, {what}: {faster} x faster", named(employees, termine), min(runs.seconds), seeds(count, runs), 1 / faster, "s",
                          f"{len(runs.requests):,} requests, the seed's {count:,}")


def bars_of_listeners(sizes: Sizes) -> Iterator[WireBar]:
    employees, termine = sizes.of(200, 20)
    with world("listeners", sizes.work, employees, termine) as here:
        here.sync()
        here.slow()
        alone, sent = 0.0, 0
        for count, factor in ((1, None), (2, 1.8), (4, 3)):
            while len(here.listeners) < count:
                here.listen()
            # Each has logged in, and asked what a session asks once.
            for _ in range(2):
                here.sync()
            took = min(here.sync() for _ in range(TIMES))
            asked_now = here.office.requests()
            [(runs, twice)] = here.hub.rows("SELECT count(*), sum(takeovers) FROM sync.run WHERE request_id = (SELECT max(request_id) FROM sync.request)")
            office = f"{named(employees, termine)}, {count} listeners"
            if factor is None:
                alone, sent = took, len(asked_now)
                continue
            yield against(f"nothing changed, {factor:g} x faster than one", office, took, alone, 1 / factor, "s")
            yield WireBar("employees worked on twice", office, int(runs - employees + twice), 0, "runs", exact=True)
            lists = Counter(r["query"]["kuerzel"] for r in asked_now if asked.operation(r) == asked.TERMINE)
            yield WireBar("lists of one employee", office, max(lists.values()), 1, "requests", exact=True)
            # Logins are each listener's own.
            yield against("requests in all", office, len([r for r in asked_now if r["system"] != "login"]), sent, 1, "requests")


def bars_of_latency(sizes: Sizes) -> Iterator[WireBar]:
    # Absolute: what graphile-worker publishes, and what the project has promised.
    limits = {"p50": 3.0, "p99": 12.0, "mean": 4.1, "max": 13.8}
    with world("latency", sizes.work, employees=5, termine=20) as here:
        here.sync()
        here.stop_listeners()
        port = int(here.office.url.rsplit(":", 1)[1])
        stopwatch = wire_latency.Stopwatch(port)
        variables = here.hub.env_file.read_text()
        here.hub.env_file.write_text(variables.replace(f"127.0.0.1:{port}", f"127.0.0.1:{stopwatch.port}") + "CALENDAR_SYNC_LOG_LEVEL=warning\n")
        here.listeners.append(here.hub.listen())
        time.sleep(2)
        here.sync()

        def rows(what: str, insert: bytes, pause: float) -> Iterator[WireBar]:
            found, bare = map(wire_latency.figures, wire_latency.of_both(here.hub, stopwatch, sizes.work / "wire_listen", insert, sizes.requests, pause))
            why = f"bare LISTEN loop p50 {bare['p50']:.2f}, p99 {bare['p99']:.2f}, max {bare['max']:.2f} ms"
            for name, limit in limits.items():
                yield WireBar(f"INSERT to first request, {name}", what, found[name], limit, "ms", why)
            yield against("INSERT to first request, p50", what, found["p50"], bare["p50"], 3, "ms", why)

        yield from rows("for all", wire_latency.INSERTS["all"], 0.02)
        yield from rows("for one", wire_latency.INSERTS["one"], 0.02)
        # So that the requests fill two minutes of the report.
        with wire_latency.readers(here.hub.database, 2):
            yield from rows("for one, two reports at work", wire_latency.INSERTS["one"], 120 / (sizes.requests + wire_latency.WARM_UP))


# What the listener is

def cpu(pid: int) -> float:
    """Seconds that a process has worked, with all its threads, those that have ended included."""
    return time.clock_gettime(~pid << 3 | 2)


def peak_memory(pid: int) -> float:
    """Megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) / 1024


# Reads and stores both sides and writes nothing: what is new waits for phases 1 and 2.
ONLY_DELETED = "INSERT INTO sync.request (phase) VALUES (3) RETURNING request_id"


def bars_of_process(sizes: Sizes) -> Iterator[WireBar]:
    """Memory, and CPU, of one office: its first sync is long."""
    employees, termine = sizes.of(10, 2000)
    more = 4 * employees
    with world("process_large", sizes.work, more, termine) as here:
        here.sync(ONLY_DELETED)
        large = peak_memory(here.listeners[0].process.pid)
    with world("process", sizes.work, employees, termine) as here:
        office = named(employees, termine)
        here.sync(ONLY_DELETED)
        small = peak_memory(here.listeners[0].process.pid)
        here.stop_listeners()
        here.listen()
        here.sync()
        appointments = here.appointments()
        yield WireBar("peak memory, first sync", office, peak_memory(here.listeners[0].process.pid), 60, "MB", f"{appointments:,} appointments")
        yield against("peak memory, both sides read", named(more, termine), large, small, 1.1, "MB", f"the limit: {office}")
        here.stop_listeners()
        listener = here.listen()
        here.sync()
        here.sync()
        lists = [r for r in here.office.requests() if asked.operation(r) == asked.TERMINE]
        touched = here.hub.rows("SELECT min(advoware_frnr) FROM sync.calendar_sync WHERE NOT deleted GROUP BY employee_kuerzel")

        def microseconds(before: Callable[[int], None]) -> float:
            found = []
            for n in range(TIMES):
                before(n)
                began = cpu(listener.process.pid)
                here.sync()
                found.append((cpu(listener.process.pid) - began) * 1e6 / appointments)
            return min(found)

        def touch(n: int) -> None:
            """Something that is not carried over, so that no answer is the last one byte for byte."""
            for frnr, in touched:
                here.office.edit_termin(frnr, referat=str(n % 9 + 1))

        answers = wire_client.answers(here.office, lists, sizes.work)
        parsing = float(subprocess.run([sizes.work / "wire_parse", *answers], check=True, capture_output=True, text=True).stdout)
        found = microseconds(touch)
        yield WireBar("listener CPU per unchanged appointment", office, found, 20, "us", f"Foundation's decoder alone: {parsing:.1f} us")
        yield against("listener CPU per unchanged appointment", office, found, parsing, 1, "us", "the limit: Foundation's decoder alone")
        yield WireBar("the same answer again, byte for byte", office, microseconds(lambda _: None), 1, "us")


def bars_of_start(sizes: Sizes) -> Iterator[WireBar]:
    employees, termine = sizes.of(2, 5)
    with world("start", sizes.work, employees, termine) as here:
        here.stop_listeners()
        took = [milliseconds(here.hub.command("listen"), here.hub.environment(), until="] listening") for _ in range(10)]
        yield WireBar("listen, until it listens", "", median(took), 150, "ms")
    took = [milliseconds([os.environ["CALENDAR_SYNC_BIN"], "--help"], None) for _ in range(20)]
    yield WireBar("calendar-sync --help", "", median(took), 20, "ms")


def milliseconds(command: list[str], environment: dict | None, until: str | None = None) -> float:
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    output = b""
    while until is None or until.encode() not in output:
        part = os.read(process.stdout.fileno(), 65536)
        if not part:
            break
        output += part
    took = (time.perf_counter() - began) * 1000
    assert until is None or until.encode() in output, output.decode()
    if until is not None:
        process.terminate()
    process.wait()
    process.stdout.close()
    return took


ROWS: dict[str, Callable[[Sizes], Iterator[WireBar]]] = {
    "requests": bars_of_requests, "changes": bars_of_changes, "walls": bars_of_walls, "seed": bars_of_seed, "latency": bars_of_latency,
    "process": bars_of_process, "start": bars_of_start, "listeners": bars_of_listeners,
}


def chosen(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(ROWS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: allowed: {', '.join(ROWS)}")
    return names


def main() -> int:
    arguments = argparse.ArgumentParser(prog="ops/bench wire", description=__doc__)
    arguments.add_argument("--work", type=Path, required=True, help=argparse.SUPPRESS)
    arguments.add_argument("--only", type=chosen, default=list(ROWS), metavar="ROW,…", help=f"of {', '.join(ROWS)}")
    arguments.add_argument("--employees", type=int, default=10_000, help="no office has more of them")
    arguments.add_argument("--termine", type=int, default=10_000, help="no employee has more of them")
    arguments.add_argument("--requests", type=int, default=300, help="how many requests the latency is told by (300)")
    arguments.add_argument("--json", type=Path, metavar="FILE", help="write a line of JSON for each bar")
    options = arguments.parse_args()
    sizes = Sizes(options.work, options.employees, options.termine, options.requests)
    bars: list[WireBar] = []
    for row in options.only:
        began, first = time.monotonic(), len(bars)
        try:
            bars += ROWS[row](sizes)
        except AssertionError as error:
            bars.append(WireBar(row, "", None, 0, "", f"not measured: {error}"))
        say(f"\n{row}, measured in {time.monotonic() - began:.0f} s\n{table(bars[first:])}")
    if options.json:
        options.json.write_text("".join(json.dumps(bar.record()) + "\n" for bar in bars))
    missed = sum(bar.missed for bar in bars)
    say(f"\n{len(bars)} bars, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
