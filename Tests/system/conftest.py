"""Every test gets a hub and an office of its own; what has to hold in all of them is checked when it ends."""

import os
import secrets
from dataclasses import dataclass

import psycopg
import pytest
from discovery_check import check_requests
from hub import Hub, psql
from office import Office

NEEDED = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "SYSTEM_TEMPLATE", "SYSTEM_PASSWORD", "CALENDAR_SYNC_BIN", "OFFICE_SIMULATOR_BIN", "MAPPING_ORACLE_BIN")


def pytest_configure(config):
    config.addinivalue_line("markers", "office(employees, termine, seed): size of the test's office (default 2 x 6)")
    missing = [name for name in NEEDED if name not in os.environ]
    if missing:
        raise pytest.UsageError(f"{', '.join(missing)} not set: run these tests with ops/test system")


@dataclass
class World:
    office: Office
    hub: Hub


def new_database() -> str:
    """A database with a hub that has never been used."""
    database = f"system_{secrets.token_hex(6)}"
    with psycopg.connect(dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {database} OWNER calendar_sync_owner TEMPLATE {os.environ['SYSTEM_TEMPLATE']}")
    psql(database, "-f", "sql/database.sql")
    return database


def drop_database(database: str) -> None:
    with psycopg.connect(dbname="postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture
def world(tmp_path, request):
    marker = request.node.get_closest_marker("office")
    size = {"employees": 2, "termine": 6, **(marker.kwargs if marker else {})}
    database = new_database()
    office = Office(os.environ["OFFICE_SIMULATOR_BIN"], tmp_path, **size)
    hub = Hub(database, os.environ["SYSTEM_PASSWORD"], tmp_path, office.env_file)
    try:
        yield World(office, hub)
        if office.process.poll() is None:
            asked = office.requests()
            assert not [r for r in asked if r.get("violations")], "the simulated systems were asked for something they do not have"
            problems = check_requests(asked)
            assert not problems, "\n".join(problems[:10])
        assert_no_secret(hub)
    finally:
        hub.close()
        office.stop()
        drop_database(database)


def assert_no_secret(hub: Hub) -> None:
    """No password, key or token in anything the program printed."""
    printed = hub.all_logs()
    for line in hub.env_file.read_text().splitlines():
        name, _, value = line.partition("=")
        if name.endswith(("PASSWORD", "KEY")) and len(value.strip("'\"")) >= 6:
            assert value.strip("'\"") not in printed, f"{name} was printed"
    assert "Bearer " not in printed and "PRIVATE KEY" not in printed


@pytest.fixture(scope="module", autouse=True)
def simulator_for_the_official_client(request, tmp_path_factory):
    """google_client_check finds its simulator through the environment."""
    if request.module.__name__ != "google_client_check":
        yield
        return
    directory = tmp_path_factory.mktemp("google")
    office = Office(os.environ["OFFICE_SIMULATOR_BIN"], directory, employees=1, termine=1)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SIMULATOR_URL", office.url)
        environment.setenv("SIMULATOR_SERVICE_ACCOUNT", str(office.service_account))
        yield
    office.stop()


@pytest.fixture
def another_hub(world, tmp_path):
    """A hub without memory for the same office."""
    database = new_database()
    env_file = tmp_path / "another.env"
    env_file.write_text(world.hub.env_file.read_text())
    hub = Hub(database, os.environ["SYSTEM_PASSWORD"], tmp_path, env_file)
    try:
        yield hub
        assert_no_secret(hub)
    finally:
        hub.close()
        drop_database(database)


@pytest.fixture
def office(world) -> Office:
    return world.office


@pytest.fixture
def hub(world) -> Hub:
    return world.hub


@pytest.fixture
def kuerzel(office) -> str:
    """One of the office's employees."""
    return office.employees()[0]
