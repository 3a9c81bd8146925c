"""A listener and a hub of different releases: it says so, does nothing, and goes on as soon as they fit."""

import time

import pytest


def set_version(hub, version: str) -> None:
    hub.rows(f"CREATE OR REPLACE FUNCTION engine.schema_version() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT {version}'")


def wait_for_line(listener, text: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while text not in listener.log.read_text():
        assert time.monotonic() < end, f"{text!r} is not in {listener.log.read_text()}"
        assert listener.process.poll() is None, f"it ended: {listener.log.read_text()}"
        time.sleep(0.05)


@pytest.mark.parametrize("difference, other", [("+ 1", "newer"), ("- 1", "older")])
def test_a_listener_that_meets_another_hub_says_so_and_waits_until_it_fits(hub, difference, other):
    version = hub.value("SELECT engine.schema_version()")
    set_version(hub, f"{version} {difference}")
    hub.rows("INSERT INTO sync.request DEFAULT VALUES")
    with hub.listen(registers=False) as listener:
        wait_for_line(listener, f"the listener needs schema version {version}, the hub has {version + (1 if other == 'newer' else -1)}")
        assert "the hub is of another version; the listener waits until it fits" in listener.log.read_text()
        assert "hub session lost" not in listener.log.read_text()
        # What to do stands beside it.
        assert "create_db.sql" in listener.log.read_text()
        assert hub.rows("SELECT 1 FROM sync.listener") == []
        assert hub.value("SELECT status FROM sync.request") == "waiting"
        set_version(hub, str(version))
        hub.wait_for("SELECT status = 'done' FROM sync.request", what=hub.all_logs)


def test_a_listener_that_meets_a_database_without_a_hub_says_so_and_waits(hub):
    hub.rows("ALTER SCHEMA sync RENAME TO not_yet")
    with hub.listen(registers=False) as listener:
        wait_for_line(listener, "there is no hub in this database; the listener waits for one")
        wait_for_line(listener, "install the hub: psql -f ops/create_db.sql")
        hub.rows("ALTER SCHEMA not_yet RENAME TO sync")
        hub.wait_for("SELECT count(*) = 1 FROM sync.listener", what=hub.all_logs)


def test_a_listener_whose_login_lacks_the_rights_says_so_and_waits_for_them(hub):
    hub.rows("CREATE ROLE newcomer LOGIN PASSWORD 'newcomer'")
    hub.rows(f"GRANT CONNECT ON DATABASE {hub.database} TO newcomer")
    try:
        with hub.listen(registers=False, POSTGRES_USER="newcomer", POSTGRES_PASSWORD="newcomer") as listener:
            wait_for_line(listener, "this login lacks rights that a listener needs; the listener waits for them")
            wait_for_line(listener, "GRANT calendar_sync_user TO")
            hub.rows("GRANT calendar_sync_user TO newcomer")
            hub.wait_for("SELECT count(*) = 1 FROM sync.listener", what=hub.all_logs)
    finally:
        hub.rows("DROP OWNED BY newcomer")
        hub.rows("DROP ROLE newcomer")


def test_a_hub_that_is_upgraded_under_a_listener_gives_it_no_more_work(hub):
    hub.sync()
    with hub.listen() as listener:
        version = hub.value("SELECT engine.schema_version()")
        set_version(hub, f"{version} + 1")
        request = hub.value("SELECT sync.request_sync()")
        wait_for_line(listener, f"the listener needs schema version {version}, the hub has {version + 1}")
        assert hub.value("SELECT status FROM sync.request WHERE request_id = %s", request) == "waiting"
        set_version(hub, str(version))
        assert hub.wait_end(request) == ("done", None)


def test_run_and_check_name_both_versions(hub):
    version = hub.value("SELECT engine.schema_version()")
    set_version(hub, f"{version} + 1")
    code, output = hub.program("check")
    assert code == 1 and f"the hub has {version + 1}, this program needs {version}" in output, output
    # Somebody waits for its end: it does not wait for an upgrade.
    code, output = hub.program("run", seconds=30)
    assert code == 1 and f"the listener needs schema version {version}, the hub has {version + 1}" in output and "create_db.sql" in output, output
    assert hub.rows("SELECT 1 FROM sync.request") == []
