"""ops/create_db.sql on a managed server: by a role that may create databases and roles, and is no superuser."""

import shutil

import psycopg
import pytest
from servers import PROJECT, Server, run_psql

ADMIN = {"user": "admin", "password": "of the managed server"}


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        with server.connect() as connection:
            connection.execute("CREATE ROLE admin LOGIN CREATEDB CREATEROLE PASSWORD 'of the managed server'")
            connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
        yield server


def create_db(server: Server, password: str = "of the listener", *arguments: str) -> str:
    done = run_psql("-f", "ops/create_db.sql", *arguments, environment=server.environment(**ADMIN, POSTGRES_PASSWORD=password))
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_hub_is_installed_without_a_superuser_and_again(server):
    assert create_db(server) == "Database calendar_sync_db is ready; the listener logs in as calendar_sync_user.\n"
    with server.connect("calendar_sync_db") as connection:
        functions = connection.execute("SELECT count(*) FROM pg_proc WHERE pronamespace = 'engine'::regnamespace").fetchone()
        assert functions[0] > 50
        # Neither superuser nor owner of anything: what it is, it is as a member.
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = 'admin'").fetchone() == (False,)
        assert connection.execute("SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'sync'::regnamespace").fetchall() == [("calendar_sync_owner",)]
    assert create_db(server) == "Database calendar_sync_db is ready; the listener logs in as calendar_sync_user.\n"


def test_a_second_hub_with_a_login_of_its_own_fits_on_the_same_server(server):
    create_db(server, "another one", "-v", "db=second_hub", "-v", "sync_user=second_listener")
    with server.connect("second_hub", "second_listener", "another one") as connection:
        assert connection.execute("SELECT engine.schema_version() >= 1").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE sync.setting SET paused = true")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT sync.approve_held(1)")


def test_the_password_can_be_changed_later(server):
    create_db(server, "a newer one")
    with pytest.raises(psycopg.OperationalError, match="password"):
        server.connect("calendar_sync_db", "calendar_sync_user", "of the listener")
    server.connect("calendar_sync_db", "calendar_sync_user", "a newer one").close()


def test_people_get_a_role_and_strangers_cannot_connect(server):
    create_db(server)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        server.connect("calendar_sync_db", "stranger", "stranger")
    with server.connect(**ADMIN) as connection:
        connection.execute("CREATE ROLE paralegal LOGIN PASSWORD 'paralegal'; GRANT calendar_sync_operator TO paralegal")
    with server.connect("calendar_sync_db", "paralegal", "paralegal") as connection:
        # As people do it in psql: without qualifying a name.
        assert connection.execute("INSERT INTO request DEFAULT VALUES RETURNING requested_by").fetchone() == ("paralegal",)
        connection.execute("UPDATE setting SET brake_count = 11")
        assert connection.execute("SELECT actor, new_values FROM policy_audit ORDER BY id DESC LIMIT 1").fetchone() == ("paralegal", {"brake_count": 11})


def test_the_administrator_can_set_policy_and_look_into_everything(server):
    create_db(server)
    with server.connect("calendar_sync_db", **ADMIN) as connection:
        connection.execute("SET ROLE calendar_sync_owner")
        connection.execute("UPDATE sync.setting SET paused = false")
        assert connection.execute("SELECT count(*) FROM sync.seen").fetchone() == (0,)


def test_without_a_password_for_a_new_login_nothing_is_made(server):
    done = run_psql("-f", "ops/create_db.sql", "-v", "db=third_hub", "-v", "sync_user=third_listener", environment=server.environment(**ADMIN, POSTGRES_PASSWORD=""))
    assert done.returncode != 0 and "POSTGRES_PASSWORD is not set" in done.stderr
    with server.connect() as connection:
        assert connection.execute("SELECT 1 FROM pg_database WHERE datname = 'third_hub'").fetchall() == []
        assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'third_listener'").fetchall() == []


def test_the_installation_alone_is_one_transaction_roles_included(tmp_path):
    for folder in ["sql", "functions", "triggers"]:
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    with (tmp_path / "sql/grants.sql").open("a") as text:
        text.write("\nSELECT 1 / 0;\n")
    roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'calendar_sync%'"
    with Server() as fresh:
        with fresh.connect() as connection:
            connection.execute("CREATE ROLE admin LOGIN CREATEDB CREATEROLE PASSWORD 'of the managed server'")
        with fresh.connect(**ADMIN) as connection:
            connection.execute("CREATE DATABASE theirs TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        environment = fresh.environment(**ADMIN)
        done = run_psql("-d", "theirs", "-f", "sql/install.sql", directory=tmp_path, environment=environment)
        assert done.returncode != 0 and "division by zero" in done.stderr
        with fresh.connect() as connection:
            assert connection.execute(roles).fetchone() == (0,)
        done = run_psql("-d", "theirs", "-f", "sql/install.sql", environment=environment)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
        with fresh.connect() as connection:
            assert connection.execute(roles).fetchone() == (4,)
