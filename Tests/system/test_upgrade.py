"""Installing over an older hub, over the same one, and when it goes wrong half-way."""

import os
import secrets
import shutil
import subprocess

import psycopg
import pytest
from servers import PROJECT, catalog, differences, dump, install, restore_release, run_psql

# Columns come and go with migrations; what stood in those of the old hub stays.
KEPT = ["calendar_sync", "calendar_sync_audit", "policy_audit", "employee", "setting", "office", "seen", "request", "run", "action", "listener"]

# What full_content was, recheck is now.
RENAMED = ["full_content"]


@pytest.fixture
def database():
    name = f"upgrade_{secrets.token_hex(6)}"
    with psycopg.connect(dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} OWNER calendar_sync_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rows(database: str, columns: dict[str, str] | None = None) -> tuple[dict, dict]:
    """What the tables hold in these columns (all that a new hub has, too, if none are named), and the columns."""
    def names(connection, table: str) -> set[str]:
        return {name for (name,) in connection.execute(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL (%s)",
            [f"sync.{table}", RENAMED])}

    with psycopg.connect(dbname=database) as connection, psycopg.connect(dbname=os.environ["SYSTEM_TEMPLATE"]) as new:
        columns = columns or {table: ", ".join(sorted(names(connection, table) & names(new, table))) for table in KEPT}
        return {table: sorted(map(str, connection.execute(f"SELECT {columns[table]} FROM sync.{table}"))) for table in KEPT}, columns


def test_an_upgraded_hub_is_the_same_as_a_new_one(database):
    restore_release(database, 1)
    install(database)
    assert not differences(catalog(database), catalog(os.environ["SYSTEM_TEMPLATE"]))


def test_an_upgrade_keeps_what_the_hub_knows(database):
    restore_release(database, 1)
    before, columns = rows(database)
    assert all(before.values()), "the old hub has something in every table"
    install(database)
    assert rows(database, columns)[0] == before


def test_what_asked_for_a_comparison_of_everything_still_does(database):
    restore_release(database, 1)
    with psycopg.connect(dbname=database, autocommit=True) as hub:
        hub.execute("UPDATE sync.request SET full_content = true WHERE request_id = 1")
        hub.execute("UPDATE sync.run SET full_content = true WHERE request_id = 1")
        hub.execute("INSERT INTO sync.job (jobname, schedule, full_content) VALUES ('hourly', '@hourly', false)")
        recorded = hub.execute("SELECT count(*) FROM sync.policy_audit").fetchone()
    install(database)
    with psycopg.connect(dbname=database) as hub:
        assert hub.execute("SELECT request_id, full_content, recheck FROM sync.request ORDER BY 1").fetchall() == [(1, True, True), (2, True, False)]
        assert hub.execute("SELECT request_id, full_content, recheck FROM sync.run").fetchall() == [(1, True, True)]
        assert hub.execute("SELECT jobname, full_content, recheck FROM sync.job ORDER BY 1").fetchall() == [
            ("hourly", True, False), ("nightly", True, True)]
        # Nobody asked for anonymisation, and nobody changed a policy.
        assert hub.execute("SELECT anonymize_google_events FROM sync.setting").fetchone() == (False,)
        assert hub.execute("SELECT count(*) FROM sync.policy_audit").fetchone() == recorded


def test_the_same_installation_once_more_changes_nothing(database):
    install(database)
    before = dump(database)
    install(database)
    assert dump(database).splitlines() == before.splitlines()


def without_counters(text: str) -> list[str]:
    """A sequence does not go back when a transaction does."""
    return [line for line in text.splitlines() if not line.startswith("SELECT pg_catalog.setval(")]


def broken_copy(directory, file: str):
    """The SQL of this project with an error at the end of one file."""
    for folder in ["sql", "functions", "triggers"]:
        shutil.copytree(PROJECT / folder, directory / folder)
    with (directory / file).open("a") as text:
        text.write("\nSELECT 1 / 0;\n")
    return directory


@pytest.mark.parametrize("file", ["sql/tables/housekeeping.sql", "functions/reading/store_reading.sql", "sql/grants.sql"])
def test_an_upgrade_that_fails_half_way_leaves_the_old_hub(database, tmp_path, file):
    restore_release(database, 1)
    before = without_counters(dump(database))
    done = run_psql("-d", database, "-f", "sql/install.sql", directory=broken_copy(tmp_path, file))
    assert done.returncode != 0 and "division by zero" in done.stderr
    # Rights on the database itself are no part of it, and are repeated harmlessly.
    assert without_counters(dump(database)) == before


def test_a_first_installation_that_fails_half_way_leaves_nothing(database, tmp_path):
    done = run_psql("-d", database, "-f", "sql/install.sql", directory=broken_copy(tmp_path, "sql/grants.sql"))
    assert done.returncode != 0
    with psycopg.connect(dbname=database) as connection:
        assert connection.execute("SELECT nspname FROM pg_namespace WHERE nspname IN ('sync', 'engine', 'bi')").fetchall() == []
    install(database)


def test_two_installations_at_the_same_time_do_not_disturb_each_other(database):

    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "sql/install.sql"]
    both = [subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert not differences(catalog(database), catalog(os.environ["SYSTEM_TEMPLATE"]))
