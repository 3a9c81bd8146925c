"""Syncing as a schedule would, with the waits of an office cut to a second."""

from agree import differences


def impatient(hub) -> None:
    hub.rows("UPDATE sync.setting SET in_doubt_wait = '1 second', retry_first = '0 seconds', retry_longest = '1 second'")


def until_agreed(office, hub, rounds: int = 12) -> None:
    """Until nothing differs any more."""
    for _ in range(rounds):
        hub.rows("SELECT sync.retry_failed()")
        code, output = hub.program("run")
        if code == 0 and not differences(office):
            return
        hub.rows("SELECT pg_sleep(0.5)")
    raise AssertionError(f"{differences(office)[:5]}\n{output}\n{hub.problems()}")


def health(hub, column: str = "needs"):
    """What bi.health says of the one employee."""
    return hub.value(f"SELECT {column} FROM bi.health")


def run_error(hub) -> str | None:
    """The code with which the last run ended."""
    return hub.value("SELECT error_code FROM sync.run ORDER BY run_id DESC LIMIT 1")


def nothing_more_to_write(office, hub) -> None:
    """Two more syncs, one of them of all content, send nothing."""
    office.forget_requests()
    hub.sync()
    hub.sync("--recheck")
    assert office.writes() == []
