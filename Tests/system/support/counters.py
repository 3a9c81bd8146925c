"""What the server counts while something is done: pages, rows, write-ahead log and commits. A clock is asked only where nothing counts."""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, fields

import psycopg

DATABASE = """
    SELECT blks_hit + blks_read, xact_commit, pg_current_wal_insert_lsn() - '0/0'::pg_lsn
    FROM pg_stat_database WHERE datname = %s
"""
TABLES = """
    SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0),
        coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del) FILTER (WHERE relname = 'seen'), 0),
        coalesce(sum(n_tup_ins) FILTER (WHERE relname = 'calendar_sync'), 0),
        coalesce(sum(n_tup_upd) FILTER (WHERE relname = 'calendar_sync'), 0),
        coalesce(sum(n_tup_ins) FILTER (WHERE starts_with(relname, 'calendar_sync_audit')), 0)
    FROM pg_stat_user_tables
"""


@dataclass
class Cost:
    """All of what it took, catalog, planning and audit included."""

    buffers: float = 0
    commits: float = 0
    wal: float = 0
    visited: float = 0
    seen_written: float = 0
    links_inserted: float = 0
    links_updated: float = 0
    audit_rows: float = 0
    milliseconds: float = field(default=0, compare=False)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Cost)))

    def __sub__(self, other: "Cost") -> "Cost":
        return self + other / -1

    def __truediv__(self, divisor: float) -> "Cost":
        return Cost(*(getattr(self, f.name) / divisor for f in fields(Cost)))


class Meter:
    """One session that works in a hub, and one beside it, in another database, that reads the server's counters.

    The cluster has to be nobody else's: the log is one for all databases. Autovacuum is off in it.
    """

    def __init__(self, database: str, timeout: str = "30s", **server):
        self.database = database
        self.hub = psycopg.connect(dbname=database, autocommit=True, prepare_threshold=None, application_name="cost", **server)
        # As a listener's session has it.
        self.hub.execute(f"SET jit = off; SET statement_timeout = '{timeout}'")
        self.beside = psycopg.connect(dbname="postgres", autocommit=True, **server)
        self.nothing = Cost()
        for _ in range(3):
            with self.measure() as nothing:
                pass
        self.nothing = nothing
        self.nothing.milliseconds = 0

    def close(self) -> None:
        self.hub.close()
        self.beside.close()

    def _flush(self) -> None:
        """Others know from the end of this statement on what the session has counted; it looks at a table, because commits alone are not told."""
        self.hub.execute("SELECT pg_stat_force_next_flush(), count(*) FROM sync.setting")

    def _of_database(self) -> tuple:
        return tuple(map(float, self.beside.execute(DATABASE, [self.database]).fetchone()))

    def _of_tables(self) -> tuple:
        return tuple(map(float, self.hub.execute(TABLES).fetchone()))

    @contextmanager
    def measure(self):
        """Yields a Cost that holds the numbers when the block has ended."""
        cost = Cost()
        tables = self._of_tables()
        self._flush()
        database = self._of_database()
        began = time.perf_counter()
        try:
            yield cost
        finally:
            took = (time.perf_counter() - began) * 1000
            self._flush()
            counted = [after - before for before, after in zip(database, self._of_database())]
            counted += [after - before for before, after in zip(tables, self._of_tables())]
            total = Cost(*counted, took) - self.nothing
            for f in fields(Cost):
                setattr(cost, f.name, getattr(total, f.name))
