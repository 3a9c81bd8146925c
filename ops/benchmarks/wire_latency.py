"""How long it takes from an INSERT into sync.request until the listener's first remote request arrives.

A stopwatch stands in front of the simulated office: a forwarder that notes when bytes arrive from the listener. The first instant is
taken just before the INSERT is handed to libpq, the second by the kernel when the bytes arrive, so that the whole way counts (commit,
notification, claim, and the request itself) and the time that this process takes to notice does not.
"""

import select
import socket
import statistics
import struct
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
from hub import Hub

# Linux's number, which Python's socket has no name for.
SO_TIMESTAMPNS = 35
# Not measured: the first ones of a session plan their statements.
WARM_UP = 20


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
        self.port = self.server.getsockname()[1]
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


# For everybody the first remote request reads the employees, for one employee it reads a list.
INSERTS = {
    "all": b"INSERT INTO sync.request (phase) SELECT 1 FROM (SELECT $1::integer) AS n RETURNING request_id",
    "one": b"INSERT INTO sync.request (phase, employee_kuerzel) SELECT 1, kuerzel FROM sync.employee WHERE active "
           b"ORDER BY kuerzel OFFSET $1::integer LIMIT 1 RETURNING request_id",
}


def irregular(pause: float, n: int) -> float:
    """From half of it to one and a half."""
    return pause * (0.5 + (n * 7 % 13) / 12)


class BareLoop:
    """What PostgreSQL alone takes: a durable commit with NOTIFY, until a program that does nothing but LISTEN has woken up."""

    INSERT = b"WITH new AS (INSERT INTO public.bench_bare VALUES ($1::integer) RETURNING n) SELECT pg_notify('bench_bare', n::text) FROM new"

    def __init__(self, hub: Hub, program: Path):
        self.hub = hub
        hub.rows("CREATE TABLE IF NOT EXISTS public.bench_bare (n integer)")
        self.process = subprocess.Popen([program, f"dbname={hub.database}"], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "listening\n"

    def once(self) -> float:
        began = now()
        self.hub.connection.pgconn.exec_params(self.INSERT, [b"1"])
        assert select.select([self.process.stdout], [], [], 30)[0], "no notification within 30 s"
        return float(self.process.stdout.readline()) - began

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def once(hub: Hub, stopwatch: Stopwatch, insert: bytes, n: int) -> float:
    """Seconds until the first remote request; returns when the request has ended."""
    stopwatch.arm()
    began = now()
    request = int(hub.connection.pgconn.exec_params(insert, [str(n % 5).encode()]).get_value(0, 0))
    assert stopwatch.seen.wait(30), "no remote request within 30 s"
    hub.wait_end(request)
    return stopwatch.first - began


def of_both(hub: Hub, stopwatch: Stopwatch, program: Path, insert: bytes, count: int, pause: float) -> tuple[list[float], list[float]]:
    """Milliseconds, of our requests and of the bare loop: in turn, because a machine is not always as busy. At irregular moments."""
    loop, ours, bare = BareLoop(hub, program), [], []
    for n in range(count + WARM_UP):
        took = once(hub, stopwatch, insert, n)
        time.sleep(pause * (0.5 + (n * 7 % 13) / 12))
        alone = loop.once()
        if n >= WARM_UP:
            ours.append(took * 1000)
            bare.append(alone * 1000)
    loop.stop()
    return sorted(ours), sorted(bare)


def figures(times: list[float]) -> dict[str, float]:
    return {"p50": statistics.median(times), "p99": times[min(int(len(times) * 0.99), len(times) - 1)], "mean": statistics.mean(times), "max": times[-1]}


# What people do meanwhile

REPORT = ("SELECT count(*) FROM bi.runs", "SELECT count(*), max(changed_at) FROM bi.changes", "SELECT count(*) FROM bi.links",
          "SELECT count(*) FROM sync.calendar_sync_audit AS a JOIN sync.calendar_sync AS l USING (sync_id)")


@contextmanager
def readers(database: str, count: int):
    """So many sessions that read reports over and over in one transaction, and one that sits idle in its own."""
    over = threading.Event()
    idle = psycopg.connect(dbname=database)
    idle.execute("SELECT count(*) FROM sync.calendar_sync")
    sessions = [psycopg.connect(dbname=database) for _ in range(count)]

    def read(session: psycopg.Connection) -> None:
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        while not over.is_set():
            for statement in REPORT:
                session.execute(statement).fetchall()

    threads = [threading.Thread(target=read, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
        for session in (idle, *sessions):
            session.close()
