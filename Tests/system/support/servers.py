"""PostgreSQL servers and databases for tests of the installation, and what a database's catalog says."""

import gzip
import os
import re
import subprocess
from pathlib import Path

import psycopg

PROJECT = Path(__file__).resolve().parents[3]
RELEASES = Path(__file__).parents[1] / "releases"

# The months of the audit's partitions depend on the day of the installation.
WITHOUT_PARTITIONS = "--exclude-table=sync.*_audit_2*"


class Server:
    """A server that nobody has used before, as ops/lib.sh starts one; PG_BIN chooses the version."""

    def __enter__(self) -> "Server":
        script = '. ops/lib.sh; need_postgres; start_cluster; echo "$PGHOST $PGPORT $PGUSER $PGPASSWORD"; read -r || true'
        self.process = subprocess.Popen(["bash", "-c", script, "ops/test"], cwd=PROJECT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.host, self.port, self.user, self.password = self.process.stdout.readline().split()
        return self

    def __exit__(self, *_) -> None:
        self.process.communicate("\n", timeout=60)

    def environment(self, user: str | None = None, password: str | None = None, **more: str) -> dict[str, str]:
        return {**os.environ, "PGHOST": self.host, "PGPORT": self.port, "PGDATABASE": "postgres", "PGUSER": user or self.user,
                "PGPASSWORD": password or self.password, **more}

    def connect(self, database: str = "postgres", user: str | None = None, password: str | None = None) -> psycopg.Connection:
        return psycopg.connect(host=self.host, port=self.port, dbname=database, user=user or self.user, password=password or self.password, autocommit=True)


def run_psql(*arguments: str, directory: Path = PROJECT, environment: dict[str, str] | None = None, text: str | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *arguments], cwd=directory, env=environment, text=True, capture_output=True,
                          input=text if text is not None else "")


def install(database: str, directory: Path = PROJECT) -> None:
    done = run_psql("-d", database, "-f", "sql/install.sql", directory=directory)
    assert done.returncode == 0, done.stderr


def restore_release(database: str, number: int) -> None:
    """The hub as that release left it, with a little of everything in it: a pg_dump, without its comments and blank lines."""
    done = run_psql("-d", database, text=gzip.decompress((RELEASES / f"hub_{number}.sql.gz").read_bytes()).decode())
    assert done.returncode == 0, done.stderr


def dump(database: str, *options: str) -> str:
    text = subprocess.run(["pg_dump", *options, database], check=True, capture_output=True, text=True).stdout
    # A random word in every dump, against injection.
    return re.sub(r"^\\(un)?restrict .*\n", "", text, flags=re.MULTILINE)


def catalog(database: str) -> dict[str, str]:
    """What pg_dump says of every object, by its name. Rights and columns in any order: it follows their history."""
    objects = {}
    for part in re.split(r"^--\n-- (?=Name: )", dump(database, "--schema-only", WITHOUT_PARTITIONS), flags=re.MULTILINE)[1:]:
        name, _, text = part.partition("\n")
        lines = text.removeprefix("--\n").strip().splitlines()
        if re.search("Type: (ACL|DEFAULT ACL|TABLE);", name):
            lines = sorted(line.rstrip(",") for line in lines)
        objects[name] = "\n".join(lines)
    return objects


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return [f"{name}\n  {one.get(name, 'is missing')}\n  instead of\n  {other.get(name, 'nothing')}"
            for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
