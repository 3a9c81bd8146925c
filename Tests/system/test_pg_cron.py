"""The real pg_cron, as Debian packages it: what it accepts and we do not, and how it takes over the schedule."""

import os
import random
import re
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from test_schedule_oracle import field

PROJECT = Path(__file__).resolve().parents[2]

# Accepted by pg_cron, refused by us, and why.
REFUSED = {
    "* * * * * *": "a sixth field, which pg_cron does not read: who writes it means seconds",
    "0 3 * * * root": "… or a user",
    "5-1 * * * *": "a range that runs backwards: pg_cron reads an hour without a minute, and never runs",
    "0 22-6 * * *": "… a day without an hour",
    "0 0 * * fri-mon": "… a week without a day",
    "0 0 31 2 *": "a day that never comes",
    "0 0 30 feb *": "… by name",
    "0 0 31 4,6,9,11 *": "… in any of these months",
    "1;2 * * * *": "pg_cron drops what stands behind the 1",
    "1. * * * *": "… here too",
    "@reboot": "a hub does not boot",
}
# What pg_cron refuses and we accept: newer versions of pg_cron and other crons have it.
ACCEPTED = {"0 0 1,$ * *": "$ in a list", "@DAILY": "capitals"}
# Nonsense to both.
NONSENSE = ["", "nightly", "* * * *", "60 * * * *", "0 24 * * *", "0 0 0 * *", "0 0 32 * *", "0 0 * 0 *", "0 0 * 13 *", "0 0 * * 8", "*/0 * * * *", "*/90 * * * *",
            "0 */24 * * *", "5/15 * * * *", "-1 * * * *", ", * * * *", "1, * * * *", "a * * * *", "0 mon * * *", "0 0 * foo *", "0 0 * * montag", "0 0 ? * *",
            "0 0 L * *", "@fortnightly", "0-60 * * * *", "1- * * * *", "*/ * * * *", "0 seconds", "60 seconds", "10 minutes"]


@pytest.fixture(scope="module")
def server():
    """A cluster of its own with pg_cron loaded; the hub in it."""
    script = """set -euo pipefail; . ops/lib.sh; need_postgres
        [ -e "$("$pg_bin/pg_config" --pkglibdir)/pg_cron.so" ] || { echo missing "postgresql-$pg_major-cron"; exit; }
        start_cluster >&2
        as_server_user tee -a "$cluster/data/postgresql.conf" >/dev/null <<<"shared_preload_libraries = 'pg_cron'
        cron.use_background_workers = on
        timezone = 'GMT'"
        as_server_user "$pg_bin/pg_ctl" restart -D "$cluster/data" -w -t 60 -s -o "-p $PGPORT" -l "$cluster/server.log" >&2 </dev/null
        POSTGRES_PASSWORD=$(random_password) psql -X -q -f ops/create_db.sql -v db=calendar_sync_db >&2
        echo ready "$PGPORT" "$PGPASSWORD"; read -r _ || true"""
    process = subprocess.Popen(["bash", "-c", script], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        word, *rest = process.stdout.readline().split() or ["failed"]
        if word == "missing":
            pytest.skip(f"THE REAL pg_cron IS NOT INSTALLED, so nothing here was compared with it: apt-get install {rest[0]}")
        assert word == "ready", "no PostgreSQL with pg_cron"
        yield {**os.environ, "PGHOST": "127.0.0.1", "PGPORT": rest[0], "PGPASSWORD": rest[1], "PGUSER": "postgres"}
    finally:
        process.stdin.close()
        process.wait(30)


def connect(server: dict, database: str) -> psycopg.Connection:
    return psycopg.connect(host=server["PGHOST"], port=server["PGPORT"], user=server["PGUSER"], password=server["PGPASSWORD"], dbname=database, autocommit=True)


@pytest.fixture(scope="module")
def cron(server):
    with connect(server, "postgres") as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_cron")
        yield connection
        connection.execute("SELECT cron.unschedule(jobid) FROM cron.job")


@pytest.fixture(scope="module")
def hub(server):
    with connect(server, "calendar_sync_db") as connection:
        yield connection


def accepts(connection: psycopg.Connection, sql: str, expression: str) -> bool:
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(sql, [expression])
        return True
    except psycopg.Error:
        return False


def both(cron, hub, expression: str) -> tuple[bool, bool]:
    """Whether pg_cron accepts it, and whether we do."""
    return accepts(cron, "SELECT cron.schedule(%s, 'SELECT 1')", expression), accepts(hub, "SELECT engine.parse_schedule(%s)", expression)


@pytest.mark.parametrize("expression, why", REFUSED.items())
def test_what_pg_cron_accepts_and_we_refuse(cron, hub, expression, why):
    assert both(cron, hub, expression) == (True, False), why


@pytest.mark.parametrize("expression, what", ACCEPTED.items())
def test_what_we_accept_beyond_pg_cron(cron, hub, expression, what):
    assert both(cron, hub, expression) == (False, True), what


def test_a_week_that_ends_on_sunday_is_rewritten_for_pg_cron(server, cron, hub):
    """pg_cron accepts it as a week without a day."""
    hub.execute("SELECT sync.schedule('weekend', '0 0 * feb Fri-Sun,sun-sun', time_zone => 'UTC')")
    try:
        done = subprocess.run(["psql", "-X", "-f", "ops/pg_cron.sql"], cwd=PROJECT, env=server, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert cron.execute("SELECT schedule FROM cron.job").fetchall() == [("0 0 * feb Fri-7,sun-sun",)]
    finally:
        hub.execute("SELECT sync.unschedule('weekend')")
        cron.execute("SELECT cron.unschedule(jobid) FROM cron.job")


@pytest.mark.parametrize("user, error", [("nobody_here", "is not a role that may log in"), ("reader_only", "may not INSERT INTO sync.request")])
def test_a_user_that_cannot_ask_is_refused_before_anything_is_moved(server, cron, hub, user, error):
    hub.execute("DROP ROLE IF EXISTS reader_only; CREATE ROLE reader_only LOGIN; GRANT calendar_sync_bi TO reader_only")
    hub.execute("SELECT sync.schedule('waits', '* * * * *', time_zone => 'UTC')")
    try:
        done = subprocess.run(["psql", "-X", "-f", "ops/pg_cron.sql", "-v", f"cron_user={user}"], cwd=PROJECT, env=server, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        assert done.returncode != 0 and error in done.stderr
        assert hub.execute("SELECT active FROM sync.job WHERE jobname = 'waits'").fetchone() == (True,)
        assert cron.execute("SELECT count(*) FROM cron.job").fetchone() == (0,)
    finally:
        hub.execute("SELECT sync.unschedule('waits')")
        hub.execute("DROP ROLE reader_only")


@pytest.mark.parametrize("expression", NONSENSE)
def test_nonsense_to_us_is_refused_whatever_pg_cron_says(cron, hub, expression):
    assert both(cron, hub, expression)[1] is False


def test_seconds_and_the_last_day_are_accepted_where_pg_cron_has_them(cron, hub):
    version = tuple(map(int, re.findall("[0-9]+", cron.execute("SELECT extversion FROM pg_extension WHERE extname = 'pg_cron'").fetchone()[0])))
    for expression in ["1 second", "59 seconds", "30 seconds", "0 0 $ * *"]:
        theirs, ours = both(cron, hub, expression)
        assert ours
        assert theirs or version < (1, 6), f"pg_cron {version} refuses {expression}"


def test_what_makes_sense_is_accepted_by_both(cron, hub):
    dice = random.Random(7)
    names = ("jan feb mar apr may jun jul aug sep oct nov dec".split(), "sun mon tue wed thu fri sat".split())
    differ = []
    for _ in range(600):
        expression = " ".join([field(dice, 0, 59), field(dice, 0, 23), field(dice, 1, 31), field(dice, 1, 12, names[0]), field(dice, 0, 6, names[1])])
        theirs, ours = both(cron, hub, expression)
        if theirs != ours and not never_comes(expression):
            differ.append((expression, theirs, ours))
    assert differ == []


def never_comes(expression: str) -> bool:
    """Our one reason to refuse what is otherwise well formed."""
    _, _, day, month, weekday = expression.split()
    return not day.startswith("*") and weekday.startswith("*") and month != "*" and all(int(n) > 28 for n in day.replace("-", ",").split("/")[0].split(","))


def test_pg_cron_takes_over_the_schedule_and_its_requests_are_served_like_any(server, cron, hub):
    hub.execute("SELECT sync.schedule('minutely', '* * * * *', phase => 2, time_zone => 'UTC')")
    hub.execute("SELECT sync.schedule('resting', '0 3 * * *'), sync.schedule('broken', '0 3 * * *')")
    hub.execute("UPDATE sync.job SET active = false WHERE jobname = 'resting'")

    def move() -> subprocess.CompletedProcess:
        return subprocess.run(["psql", "-X", "-f", "ops/pg_cron.sql"], cwd=PROJECT, env=server, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    refused = move()
    assert refused.returncode != 0 and "its time zone is Europe/Berlin, pg_cron's is GMT" in refused.stderr
    assert cron.execute("SELECT count(*) FROM cron.job").fetchone()[0] == 0
    assert hub.execute("SELECT count(*) FROM sync.job WHERE active").fetchone()[0] == 2
    hub.execute("SELECT sync.unschedule('broken')")

    moved = move()
    assert moved.returncode == 0, moved.stderr
    assert cron.execute("SELECT jobname, schedule FROM cron.job").fetchall() == [("calendar_sync minutely", "* * * * *")]
    assert hub.execute("SELECT count(*) FROM sync.job WHERE active").fetchone()[0] == 0
    assert move().returncode == 0
    assert cron.execute("SELECT count(*) FROM cron.job").fetchone()[0] == 1
    end = time.monotonic() + 75
    while not (rows := hub.execute("SELECT phase, status, jobid FROM sync.request").fetchall()):
        assert time.monotonic() < end, cron.execute("SELECT status, return_message FROM cron.job_run_details").fetchall()
        time.sleep(0.5)
    assert rows[0] == (2, "waiting", None)
