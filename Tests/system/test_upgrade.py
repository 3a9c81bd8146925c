"""Installing over an older hub, over the same one, and when it goes wrong half-way."""

import os
import secrets
import shutil
import subprocess
import threading
import time

import psycopg
import pytest
from servers import PROJECT, catalog, differences, dump, install, restore_release, run_psql

# Columns come and go with migrations; what stood in those of the old hub stays.
KEPT = ["calendar_sync", "calendar_sync_audit", "policy_audit", "employee", "setting", "office", "seen", "request", "run", "action", "listener"]

# What full_content was, recheck is now.
RENAMED = ["full_content"]
# Whoever would wait without limit is told.
IMPATIENT = {**os.environ, "PGOPTIONS": "-c statement_timeout=30s"}


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


@pytest.mark.parametrize("release", [1, 4])
def test_an_upgraded_hub_is_the_same_as_a_new_one(database, release):
    restore_release(database, release)
    install(database)
    assert not differences(catalog(database), catalog(os.environ["SYSTEM_TEMPLATE"]))


@pytest.mark.parametrize("release", [1, 4])
def test_an_upgrade_keeps_what_the_hub_knows(database, release):
    restore_release(database, release)
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


# Beside listeners that work ---------------------------------------------------------------------------------------------------------


def test_an_upgrade_of_a_current_hub_waits_for_nobody_and_disturbs_nobody(database):
    install(database)
    disturbed, stop = [], threading.Event()

    def listen(name: str) -> None:
        """What a busy listener does: it locks tables in one order and then in another."""
        try:
            with psycopg.connect(dbname=database, autocommit=True) as connection:
                connection.execute("SET statement_timeout = '3s'")
                connection.execute("SELECT engine.listener_start(%s, '1234', 'office', 'example.test', engine.schema_version(), false)", [name])
                while not stop.is_set():
                    connection.execute("SELECT sync.request_sync()")
                    claimed = connection.execute("SELECT request_id, run_id FROM engine.claim_run(%s)", [name]).fetchone()
                    if claimed and claimed[1] is None:
                        connection.execute("SELECT engine.open_request(%s, %s, ARRAY['SB', 'MK'])", [claimed[0], name])
                    connection.execute("SELECT engine.heartbeat(%s), (SELECT count(*) FROM bi.health), engine.run_due_jobs()", [name])
        except psycopg.Error as error:
            disturbed.append(error)

    listeners = [threading.Thread(target=listen, args=[name]) for name in ("one", "two")]
    with psycopg.connect(dbname=database) as person:
        person.execute("SELECT * FROM sync.effective_policy")
        person.execute("SELECT * FROM bi.health")
        for one in listeners:
            one.start()
        try:
            for _ in range(4):
                began = time.monotonic()
                done = run_psql("-d", database, "-f", "sql/install.sql", environment=IMPATIENT)
                assert done.returncode == 0, done.stderr
                assert time.monotonic() - began < 10
        finally:
            stop.set()
            for one in listeners:
                one.join()
    assert not disturbed


def test_an_upgrade_of_a_current_hub_locks_no_table_against_anybody(database, tmp_path):
    install(database)
    unchanged = """
        SELECT string_agg(x, ' ' ORDER BY x) FROM (
            SELECT 'rule ' || oid || ' ' || xmin FROM pg_rewrite UNION ALL SELECT 'trigger ' || oid || ' ' || xmin FROM pg_trigger) AS t (x)"""
    with psycopg.connect(dbname=database) as connection:
        before = connection.execute(unchanged).fetchone()
    shutil.copytree(PROJECT / "sql", tmp_path / "sql")
    shutil.copytree(PROJECT / "functions", tmp_path / "functions")
    shutil.copytree(PROJECT / "triggers", tmp_path / "triggers")
    with (tmp_path / "sql/grants.sql").open("a") as text:
        text.write("\n\\t on\nSELECT mode || ' of ' || relation::regclass FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
                   " WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relnamespace IN ('sync'::regnamespace, 'engine'::regnamespace, 'bi'::regnamespace)"
                   " AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock');\n")
    done = run_psql("-d", database, "-f", "sql/install.sql", directory=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
    with psycopg.connect(dbname=database) as connection:
        assert connection.execute(unchanged).fetchone() == before


def test_what_has_to_be_locked_and_is_in_use_names_the_session_to_ask(database):
    restore_release(database, 1)
    before = without_counters(dump(database))
    with psycopg.connect(dbname=database, application_name="somebody's psql") as person:
        person.execute("SELECT * FROM sync.employee")
        began = time.monotonic()
        done = run_psql("-d", database, "-f", "sql/install.sql", environment=IMPATIENT)
        assert done.returncode != 0 and time.monotonic() - began < 60
        assert f"the hub is in use: session {person.info.backend_pid} (user {person.info.user}, application somebody's psql, in its transaction since 20" in done.stderr
        assert "nothing has been changed" in done.stderr
    assert without_counters(dump(database)) == before
    install(database)
    assert not differences(catalog(database), catalog(os.environ["SYSTEM_TEMPLATE"]))


def test_installing_again_mends_views_triggers_and_guards(database):
    install(database)
    before = dump(database)
    with psycopg.connect(dbname=database, autocommit=True) as connection:
        month = connection.execute("SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'sync.policy_audit'::regclass").fetchone()[0]
        connection.execute(f"""
            CREATE OR REPLACE VIEW sync.effective_policy AS {connection.execute("SELECT pg_get_viewdef('sync.effective_policy')").fetchone()[0].rstrip(';')} LIMIT 1;
            ALTER TABLE sync.policy_audit ENABLE TRIGGER append_only;
            ALTER TABLE {month} ENABLE TRIGGER append_only_truncate;
            ALTER TABLE {month} DISABLE TRIGGER append_only;
            ALTER TABLE sync.calendar_sync DISABLE TRIGGER audit_link;
            DROP TRIGGER check_request ON sync.request;
            ALTER TABLE sync.run RESET (fillfactor)""")
    assert dump(database) != before
    install(database)
    assert sorted(dump(database).splitlines()) == sorted(before.splitlines())


# All or nothing -------------------------------------------------------------------------------------------------------------------


def database_says(database: str) -> tuple:
    with psycopg.connect(dbname="postgres") as server:
        return server.execute("""
            SELECT has_database_privilege('public', d.oid, 'CONNECT'), d.datacl::text, (SELECT array_agg(s.setconfig::text) FROM pg_db_role_setting AS s WHERE s.setdatabase = d.oid)
            FROM pg_database AS d WHERE d.datname = %s""", [database]).fetchone()


def test_a_failed_installation_takes_no_right_and_no_path_from_anybody(database, tmp_path):
    before = database_says(database)
    done = run_psql("-d", database, "-f", "sql/install.sql", directory=broken_copy(tmp_path, "sql/grants.sql"))
    assert done.returncode != 0
    assert database_says(database) == before


@pytest.mark.parametrize("schema", ["sync", "bi", "engine"])
def test_a_schema_of_others_is_refused_and_left_alone(database, schema):
    with psycopg.connect(dbname=database, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.theirs (n integer)")
    before = (database_says(database), dump(database))
    done = run_psql("-d", database, "-f", "sql/install.sql")
    assert done.returncode != 0 and f"schema {schema} is there already and is not of the calendar sync" in done.stderr and "Nothing has been changed" in done.stderr
    assert (database_says(database), dump(database)) == before


def test_another_encoding_is_refused():
    name = f"latin_{secrets.token_hex(6)}"
    with psycopg.connect(dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        before = database_says(name)
        try:
            done = run_psql("-d", name, "-f", "sql/install.sql")
            assert done.returncode != 0 and "its encoding is LATIN1; allowed: UTF8" in done.stderr
            assert database_says(name) == before
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_backslashes_that_mean_something_are_refused(database):
    with psycopg.connect(dbname="postgres", autocommit=True) as server:
        server.execute(f"ALTER DATABASE {database} SET standard_conforming_strings = off")
    before = database_says(database)
    done = run_psql("-d", database, "-f", "sql/install.sql")
    assert done.returncode != 0 and "standard_conforming_strings is off; allowed: on" in done.stderr
    assert database_says(database) == before


def test_a_search_path_that_somebody_has_set_stays(database):
    with psycopg.connect(dbname="postgres", autocommit=True) as server:
        server.execute(f"ALTER DATABASE {database} SET search_path = reports, sync")
    install(database)
    assert database_says(database)[2] == ['{"search_path=reports, sync"}']
