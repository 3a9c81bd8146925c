"""Measures what the hub costs and holds it against the bars of ops/handbook/cost.md; run by ops/bench hub, on a cluster of its own."""

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path

import psycopg
from appointments import event
from cost import Bar, Figures, bars_between, bars_of_hub, bars_of_planning, fill, measure, table
from hub import Hub, psql
from office import Office

SIZES = (1_000, 10_000, 100_000, 1_000_000)
# How many links an employee has, unless the hub is smaller.
EACH = 10_000
TICKS = os.sysconf("SC_CLK_TCK")


def say(text: str) -> None:
    print(text, flush=True)


def server(statement: str) -> None:
    with psycopg.connect(dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)


def install(database: str) -> None:
    psql("postgres", "-f", "ops/create_db.sql", "-v", f"db={database}", POSTGRES_PASSWORD=os.environ["SYSTEM_PASSWORD"])


# Hubs of all sizes, by counters

def figures_of(size: int, timeout: str) -> list[Figures]:
    """Of a hub never analysed, and of the same one analysed."""
    each, database = min(size, EACH), f"bench_hub_{size}"
    began = time.monotonic()
    install(database)
    with psycopg.connect(dbname=database, autocommit=True) as hub:
        fill(hub, size, each)
    filled = time.monotonic()
    # Page by page: the copy was never analysed either.
    server(f"CREATE DATABASE {database}_copy TEMPLATE {database} STRATEGY FILE_COPY")
    figures = []
    for name, analysed in ((f"{database}_copy", False), (database, True)):
        figures.append(measure(name, size, each, analysed=analysed, timeout=timeout))
        server(f"DROP DATABASE {name} WITH (FORCE)")
    say(f"{size:,} links: filled in {filled - began:.0f} s, measured in {time.monotonic() - filled:.0f} s")
    return figures


def bars_of_sizes(sizes: list[int], timeout: str) -> list[Bar]:
    figures = [f for size in sizes for f in figures_of(size, timeout)]
    bars = [bar for f in figures for bar in bars_of_hub(f)]
    for analysed in (False, True):
        alike = [f for f in figures if f.analysed == analysed]
        bars += [bar for large in alike[1:] for bar in bars_between(alike[0], large)]
        # With fewer links than these, what a call costs at all is most of it.
        full = [f for f in alike if f.each >= EACH]
        bars += [bar for f in full for bar in bars_of_planning(f, full[0] if f is not full[0] else None)]
    return bars


# Offices of the simulator, with the program as people install it

class Database:
    """A hub that was never used, the program beside it, and what the server says of it."""

    def __init__(self, name: str, work: Path, employees: int, termine: int):
        directory = work / name
        directory.mkdir()
        install(name)
        server(f"ALTER DATABASE {name} SET log_min_duration_statement = 1000")
        self.office = Office(os.environ["OFFICE_SIMULATOR_BIN"], directory, employees=employees, termine=termine)
        self.hub = Hub(name, os.environ["SYSTEM_PASSWORD"], directory, self.office.env_file)
        self.log = Path(os.environ["SERVER_LOG"])
        self.logged = self.log.stat().st_size
        [backend] = self.hub.rows("SELECT pg_backend_pid()")[0]
        self.postmaster = int(fields_of(backend)[1])
        self.longest_gap = 0.0

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_) -> None:
        self.hub.close()
        self.office.stop()

    def cpu(self) -> float:
        """Seconds that the server's processes have worked, those that have ended included."""
        own = fields_of(self.postmaster)
        ticks = sum(map(int, own[11:15]))
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                child = fields_of(int(pid))
            except FileNotFoundError:
                continue
            if int(child[1]) == self.postmaster:
                ticks += sum(map(int, child[11:13]))
        return ticks / TICKS

    def sync(self, seconds: float) -> float | None:
        """One request for everybody: how many seconds it took; None: it did not end well in the time allowed."""
        request = self.hub.value("SELECT sync.request_sync()")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            gap = self.hub.value("SELECT extract(epoch FROM clock_timestamp() - max(heartbeat_at))::float8 FROM sync.listener WHERE stopped_at IS NULL")
            self.longest_gap = max(self.longest_gap, gap or 0)
            [(status, took)] = self.hub.rows(
                "SELECT status, extract(epoch FROM finished_at - requested_at)::float8 FROM sync.request WHERE request_id = %s", request)
            if took is not None:
                return took if status == "done" else None
            time.sleep(0.2)
        return None

    def links(self) -> int:
        return self.hub.value("SELECT count(*) FROM sync.calendar_sync WHERE NOT deleted AND advoware_frnr IS NOT NULL AND google_event_id IS NOT NULL")

    def slow_statements(self) -> list[str]:
        """The statements over a second, each with its time; and those that were cancelled because they took too long."""
        with self.log.open("rb") as log:
            log.seek(self.logged)
            text = log.read().decode(errors="replace")
        slow = [f"{float(ms) / 1000:.1f} s {function}" for ms, function in re.findall(r"duration: ([\d.]+) ms .*?((?:engine|sync)\.\w+)", text)]
        return slow + ["cancelled at statement_timeout"] * text.count("canceling statement due to statement timeout")

    def lost_heartbeats(self) -> int:
        taken_over = self.hub.value("SELECT coalesce(sum(takeovers), 0)::integer FROM sync.run")
        lease = self.hub.value("SELECT extract(epoch FROM lease)::float8 FROM sync.setting")
        return taken_over + self.hub.all_logs().count("lease lost") + (self.longest_gap >= lease)


def fields_of(pid: int) -> list[str]:
    """/proc/PID/stat after the program's name: state, parent, … (11 and 12: own time, 13 and 14: that of children that have ended)."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def seconds_allowed(limit: float) -> str:
    return f"the sync did not end well within {limit:.0f} s"


def bars_of_small_office(work: Path) -> list[Bar]:
    """Five employees, 200 Termine and 20 events each."""
    name, allowed = "5 x 220", 120
    with Database("bench_office_small", work, employees=5, termine=200) as database:
        for kuerzel in database.office.employees():
            database.office.add_calendar(f"AW-{kuerzel}")
            for n in range(20):
                database.office.add_event(kuerzel, **event(f"privately planned {n}", ahead=1 + n))
        with database.hub.listen():
            before = database.cpu()
            first = database.sync(allowed)
            cpu, appointments = database.cpu() - before, database.links()
            second = database.sync(allowed) if first is not None else None
    why = f"{appointments:,} appointments, {cpu:.1f} s CPU, " + (f"{first:.1f} s" if first is not None else seconds_allowed(allowed))
    say(f"{name}: {why}")
    # A Termin of two employees is linked for each.
    if first is not None and appointments < 1100:
        sys.exit(f"{name}: {appointments} appointments are linked, fewer than there are")
    return [Bar("first sync, database CPU per appointment", name, cpu * 1000 / appointments if first is not None else None, 3, "ms", why),
            Bar("second sync, never analysed", name, second, 1, "s", why)]


def bars_of_large_office(work: Path) -> list[Bar]:
    """Twenty employees, 2,000 Termine each."""
    name, allowed = "20 x 2,000", 240
    with Database("bench_office_large", work, employees=20, termine=2000) as database:
        with database.hub.listen():
            first = database.sync(allowed)
            appointments, slow, lost = database.links(), database.slow_statements(), database.lost_heartbeats()
    why = f"{appointments:,} appointments linked, longest gap between heartbeats {database.longest_gap:.1f} s, " \
          + (f"{first:.1f} s" if first is not None else seconds_allowed(allowed))
    slowest = max(slow, key=lambda s: float(s.split()[0]) if s[0].isdigit() else 0, default="none")
    say(f"{name}: {why}")
    return [Bar("first sync, never analysed", name, first, allowed, "s", why),
            Bar("statements over 1 s", name, len(slow), 0, "statements", f"the slowest: {slowest}"),
            Bar("heartbeats lost", name, lost, 0, "heartbeats", why)]


def main() -> int:
    arguments = argparse.ArgumentParser(prog="ops/bench hub", description=__doc__)
    arguments.add_argument("--work", type=Path, required=True, help=argparse.SUPPRESS)
    arguments.add_argument("--sizes", type=lambda text: sorted(map(int, text.split(","))), default=list(SIZES), help="links of the hubs, with commas between")
    arguments.add_argument("--only", choices=("counters", "offices"), help="the hubs by counters, or the simulator's offices")
    arguments.add_argument("--json", type=Path, metavar="FILE", help="write a line of JSON for each bar")
    arguments.add_argument("--timeout", default="15s", help="a statement that takes longer is given up, and its bars are missed (15s)")
    options = arguments.parse_args()
    for size in options.sizes:
        if size < 1_000 or size % min(size, EACH):
            arguments.error(f"--sizes: {size} is not allowed; at least 1000, beyond {EACH:,} a multiple of it")
    bars: list[Bar] = []
    if options.only != "offices":
        bars += bars_of_sizes(options.sizes, options.timeout)
        say(f"\nHubs by their links; a: analysed, the others never; !: missed\n{table(bars)}")
    if options.only != "counters":
        offices = bars_of_small_office(options.work) + bars_of_large_office(options.work)
        say(f"\nOffices by employees and appointments\n{table(offices)}")
        bars += offices
    if options.json:
        options.json.write_text("".join(json.dumps(bar.record()) + "\n" for bar in bars))
    missed = sum(bar.missed for bar in bars)
    say(f"\n{len(bars)} bars, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
