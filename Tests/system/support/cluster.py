"""A PostgreSQL of a test's own, to be restarted, killed, copied and promoted as it likes."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from hub import psql

SETTINGS = """
listen_addresses = '127.0.0.1'
fsync = off
full_page_writes = off
shared_buffers = '32MB'
max_connections = 100
password_encryption = 'scram-sha-256'
wal_level = replica
max_wal_senders = 4
hot_standby = on
max_logical_replication_workers = 0
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """Speaks the superuser's name and password that PGUSER and PGPASSWORD give."""

    def __init__(self, *, copy_of: "Cluster | None" = None):
        # The path of a socket may have 107 characters, no more.
        self.directory = Path(tempfile.mkdtemp(prefix="calendar-sync-pg.", dir="/tmp"))
        self.data = self.directory / "data"
        self.log = self.directory / "server.log"
        self.port = free_port()
        self.programs = Path(shutil.which("initdb") or "").parent
        if os.geteuid() == 0:
            os.chown(self.directory, pwd.getpwnam("postgres").pw_uid, -1)
        if copy_of:
            self._run("pg_basebackup", "-D", self.data, "-R", "-h", "127.0.0.1", "-p", str(copy_of.port), "-U", os.environ["PGUSER"], "-c", "fast",
                      "--no-sync", "-X", "stream")
        else:
            password = self.directory / "password"
            password.write_text(os.environ["PGPASSWORD"])
            if os.geteuid() == 0:
                os.chown(password, pwd.getpwnam("postgres").pw_uid, -1)
            password.chmod(0o600)
            self._run("initdb", "-D", self.data, "-U", os.environ["PGUSER"], "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--locale=C",
                      "--no-sync")
            password.unlink()
            with (self.data / "postgresql.conf").open("a") as file:
                file.write(SETTINGS)
        self.start()

    def _run(self, program: str, *arguments) -> None:
        command = [str(self.programs / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, f"{program}: {done.stderr}"

    def start(self) -> None:
        self._run("pg_ctl", "start", "-D", self.data, "-w", "-s", "-o", f"-p {self.port} -k {self.directory}", "-l", self.log)

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "stop", "-D", self.data, "-m", mode, "-w", "-s")

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def remove(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.directory)

    def standby(self) -> "Cluster":
        """A streaming copy, running."""
        return Cluster(copy_of=self)

    def promote(self) -> None:
        self._run("pg_ctl", "promote", "-D", self.data, "-w", "-s")

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host="127.0.0.1", port=self.port, dbname=database, autocommit=True)

    def install_hub(self, database: str) -> None:
        psql("postgres", "-f", "ops/create_db.sql", "-v", f"db={database}", PGHOST="127.0.0.1", PGPORT=str(self.port),
             POSTGRES_PASSWORD=os.environ["SYSTEM_PASSWORD"])

    def wait_until_caught_up(self, primary: "Cluster", seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        with primary.connect() as first, self.connect() as second:
            while True:
                there = first.execute("SELECT pg_current_wal_lsn()").fetchone()[0]
                if second.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", (there,)).fetchone()[0]:
                    return
                assert time.monotonic() < end, "the standby does not follow"
                time.sleep(0.05)
