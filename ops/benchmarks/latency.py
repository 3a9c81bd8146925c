"""Measures how long it takes from an INSERT into sync.request until the listener's first remote request arrives.

A stopwatch stands in front of the simulated office: a forwarder that notes when bytes arrive from the listener. The first instant is
taken just before the INSERT is handed to libpq, the second by the kernel when the bytes arrive, so that the whole way counts (commit,
notification, claim, and the request itself) and the time that this process takes to notice does not.
"""

import argparse
import json
import os
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

TARGETS = {"p50": 3.0, "p99": 12.0}
# Linux's number, which Python's socket has no name for.
SO_TIMESTAMPNS = 35


def now() -> float:
    """Seconds, by the clock that the kernel stamps with."""
    return time.clock_gettime(time.CLOCK_REALTIME)


class Stopwatch:
    """Forwards TCP to the simulator and keeps the time of the first bytes since it was armed."""

    def __init__(self, port: int):
        self.target = port
        self.first: float | None = None
        self.seen = threading.Event()
        self.server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    def arm(self) -> None:
        self.seen.clear()
        self.first = None

    def accept(self) -> None:
        while True:
            client, _ = self.server.accept()
            upstream = socket.create_connection(("127.0.0.1", self.target))
            for end in (client, upstream):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            threading.Thread(target=self.copy, args=(client, upstream, True), daemon=True).start()
            threading.Thread(target=self.copy, args=(upstream, client, False), daemon=True).start()

    def copy(self, source: socket.socket, sink: socket.socket, from_listener: bool) -> None:
        try:
            while True:
                data, stamps, *_ = source.recvmsg(65536, 64)
                if not data:
                    break
                if from_listener and self.first is None:
                    self.first = self.arrival(stamps)
                    self.seen.set()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    @staticmethod
    def arrival(stamps: list) -> float:
        """When the kernel took the bytes in. Without its stamp (a kernel that gives none) the time of now, which is a little later."""
        for level, kind, data in stamps:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("@ll", data[:16])
                return seconds + nanoseconds / 1e9
        return now()


def environment(work: Path, database: str, simulator: int, stopwatch: int) -> Path:
    """The listener's environment: the office's, with the stopwatch in front of it."""
    path = work / "bench.env"
    office = (work / "office.env").read_text().replace(f":{simulator}", f":{stopwatch}")
    path.write_text(office + f"""
POSTGRES_HOST={os.environ['PGHOST']}
POSTGRES_PORT={os.environ['PGPORT']}
POSTGRES_USER=calendar_sync_user
POSTGRES_PASSWORD={os.environ['HUB_PASSWORD']}
POSTGRES_DB_NAME={database}
POSTGRES_SSLMODE=disable
CALENDAR_SYNC_LOG_LEVEL=warning
""")
    return path


def wait_until(hub: psycopg.Connection, sql: str, *parameters) -> None:
    end = time.monotonic() + 60
    while not hub.execute(sql, parameters).fetchone()[0]:
        if time.monotonic() > end:
            sys.exit(f"still not so after 60 s: {sql}")
        time.sleep(0.005)


# For everybody the first remote request reads the employees, for one employee it asks for the calendar.
INSERTS = {
    "all": b"INSERT INTO sync.request (phase) SELECT 1 FROM (SELECT $1::integer) AS n RETURNING request_id",
    "one": b"INSERT INTO sync.request (phase, employee_kuerzel) SELECT 1, kuerzel FROM sync.employee WHERE active "
           b"ORDER BY kuerzel OFFSET $1::integer LIMIT 1 RETURNING request_id",
}


def measure(hub: psycopg.Connection, stopwatch: Stopwatch, requests: int, insert: bytes) -> list[float]:
    """One request at a time, after a warm-up, at irregular moments."""
    ended = "SELECT status NOT IN ('waiting', 'running', 'merged') FROM sync.request WHERE request_id = %s"
    times = []
    for n in range(requests + 20):
        stopwatch.arm()
        began = now()
        request = int(hub.pgconn.exec_params(insert, [str(n % 5).encode()]).get_value(0, 0))
        if not stopwatch.seen.wait(30):
            sys.exit("no remote request within 30 s")
        if n >= 20:
            times.append((stopwatch.first - began) * 1000)
        wait_until(hub, ended, request)
        time.sleep(0.01 + 0.02 * (n * 7 % 13) / 13)
    return sorted(times)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("--database", "--work", "--name"):
        arguments.add_argument(name, required=True)
    arguments.add_argument("--requests", type=int, default=300)
    arguments.add_argument("--employees", choices=INSERTS, required=True)
    options = arguments.parse_args()
    work = Path(options.work)
    started = []
    try:
        simulator = subprocess.Popen(
            [os.environ["OFFICE_SIMULATOR_BIN"], "--port", "0", "--employees", "5", "--termine", "20", "--seed", "1", "--env-file", work / "office.env",
             "--service-account", work / "service-account.json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        started.append(simulator)
        port = urlsplit(json.loads(simulator.stdout.readline())["url"]).port
        stopwatch = Stopwatch(port)
        env_file = environment(work, options.database, port, stopwatch.server.getsockname()[1])
        hub = psycopg.connect(dbname=options.database, autocommit=True)
        # Each round has an office of its own.
        hub.execute("SET session_replication_role = replica")
        for table in ("action", "run", "request", "listener", "calendar_sync", "seen", "reading", "series", "calendar_wait", "employee", "office"):
            # Audited tables are not truncated.
            hub.execute(f"DELETE FROM sync.{table}")
        hub.execute("RESET session_replication_role")
        with (work / "listener.log").open("w") as log:
            listener = subprocess.Popen([os.environ["CALENDAR_SYNC_BIN"], "listen", "--env-file", env_file], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        started.append(listener)
        wait_until(hub, "SELECT count(*) = 5 FROM sync.employee WHERE active")
        first = hub.execute("SELECT sync.request_sync()").fetchone()[0]
        wait_until(hub, "SELECT status NOT IN ('waiting', 'running') FROM sync.request WHERE request_id = %s", first)
        times = measure(hub, stopwatch, options.requests, INSERTS[options.employees])
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(15)
    figures = {"p50": statistics.median(times), "p90": times[int(len(times) * 0.9)], "p99": times[min(int(len(times) * 0.99), len(times) - 1)], "max": times[-1]}
    missed = [name for name, limit in TARGETS.items() if figures[name] >= limit]
    print(f"{options.name:40} {len(times):5} requests   " + "   ".join(f"{name} {value:6.2f} ms" for name, value in figures.items())
          + ("   MISSED: " + ", ".join(f"{name} < {TARGETS[name]:g} ms" for name in missed) if missed else ""), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
