"""The hub and the program under test: SQL, `calendar-sync`, and everything it ever printed."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg

PROJECT = Path(__file__).resolve().parents[3]


def psql(database: str, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments], cwd=PROJECT, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


class Listener:
    """A `calendar-sync listen` of its own."""

    def __init__(self, hub: "Hub", *arguments: str, registers: bool = True, **environment: str):
        self.hub = hub
        self.log = hub.new_log()
        before = hub.value("SELECT count(*) FROM sync.listener") if registers else None
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                hub.command("listen", *arguments), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=hub.environment(**environment))
        if registers:
            hub.wait_for("SELECT count(*) > %s FROM sync.listener", before, what=lambda: f"listener: {self.log.read_text()}")

    def wait_until_listening(self, seconds: float = 30) -> None:
        """A notification is best effort: only who listens already hears it."""
        end = time.monotonic() + seconds
        while "] listening" not in self.log.read_text():
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def terminate(self) -> int:
        """SIGTERM; how it ended."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is not None:
            return
        try:
            self.terminate()
        except subprocess.TimeoutExpired:
            self.kill()


class Hub:
    """One database with the hub in it, and the program configured for it and for one office."""

    def __init__(self, database: str, password: str, directory: Path, env_file: Path):
        self.database = database
        self.directory = directory
        self.env_file = env_file
        self.logs: list[Path] = []
        self.connection = psycopg.connect(dbname=database, autocommit=True)
        with env_file.open("a") as file:
            file.write(f"POSTGRES_HOST={os.environ['PGHOST']}\nPOSTGRES_PORT={os.environ['PGPORT']}\nPOSTGRES_USER=calendar_sync_user\n"
                       f"POSTGRES_PASSWORD={password}\nPOSTGRES_DB_NAME={database}\nPOSTGRES_SSLMODE=disable\n")

    def close(self) -> None:
        self.connection.close()

    # SQL

    def rows(self, sql: str, *parameters) -> list[tuple]:
        cursor = self.connection.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, sql: str, *parameters):
        rows = self.rows(sql, *parameters)
        assert len(rows) == 1 and len(rows[0]) == 1, f"{len(rows)} rows from {sql}"
        return rows[0][0]

    def link(self, **columns) -> dict:
        """The one link that is not deleted with these columns."""
        where = " AND ".join(f"{name} = %s" for name in columns)
        cursor = self.connection.execute(f"SELECT * FROM sync.calendar_sync WHERE NOT deleted AND {where}", list(columns.values()))
        names = [c.name for c in cursor.description]
        rows = cursor.fetchall()
        assert len(rows) == 1, f"{len(rows)} links with {columns}"
        return dict(zip(names, rows[0]))

    def wait_for(self, sql: str, *parameters, seconds: float = 30, what=lambda: ""):
        """Until the query's one value is true."""
        end = time.monotonic() + seconds
        while True:
            value = self.value(sql, *parameters)
            if value:
                return value
            assert time.monotonic() < end, f"still not so after {seconds} s: {sql} {parameters} {what()}"
            time.sleep(0.05)

    def request(self, sql: str, seconds: float = 60) -> tuple:
        """Runs SQL that returns a request's id, waits for its end: (status, message)."""
        request = self.value(sql)
        return self.wait_end(request, seconds)

    def wait_end(self, request: int, seconds: float = 60) -> tuple:
        self.wait_for("SELECT status NOT IN ('waiting', 'running', 'merged') FROM sync.request WHERE request_id = %s", request, seconds=seconds,
                      what=self.all_logs)
        return self.rows("SELECT status, message FROM sync.request WHERE request_id = %s", request)[0]

    def dump(self) -> str:
        """Everything the database holds, as text."""
        return subprocess.run(["pg_dump", "--inserts", self.database], check=True, capture_output=True, text=True).stdout

    # The program

    def command(self, *arguments: str) -> list[str]:
        verb, rest = arguments[0], arguments[1:]
        return [os.environ["CALENDAR_SYNC_BIN"], verb, "--env-file", str(self.env_file), *rest]

    def environment(self, **more: str) -> dict[str, str]:
        # Nothing of the machine's own settings, and a zone that is not Berlin: no time may depend on it.
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory), "TZ": "America/New_York", **more}

    def new_log(self) -> Path:
        log = self.directory / f"calendar-sync-{len(self.logs) + 1}.log"
        self.logs.append(log)
        return log

    def all_logs(self) -> str:
        return "\n".join(log.read_text() for log in self.logs)

    def program(self, *arguments: str, seconds: float = 120, **environment: str) -> tuple[int, str]:
        """Runs `calendar-sync VERB …`: exit code and everything printed."""
        log = self.new_log()
        with log.open("w") as output:
            done = subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                  env=self.environment(**environment), timeout=seconds)
        return done.returncode, log.read_text()

    def sync(self, *arguments: str, expect: int = 0, seconds: float = 120, **environment: str) -> str:
        """Runs `calendar-sync run …` and returns what it printed."""
        code, output = self.program("run", *arguments, seconds=seconds, **environment)
        assert code == expect, f"exit code {code}, expected {expect}:\n{output}\n{self.problems()}"
        return output

    def problems(self) -> str:
        """What an operator would look at, for the message of a failed test."""
        rows = self.rows("SELECT run_id, phase, kind, reason, status, result FROM sync.action WHERE status <> 'done' ORDER BY action_id LIMIT 20")
        return "\n".join(map(str, rows))

    def listen(self, *arguments: str, registers: bool = True, **environment: str) -> Listener:
        return Listener(self, *arguments, registers=registers, **environment)
