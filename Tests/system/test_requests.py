"""No request too many: a run asks what it needs and no more. `ops/bench wire` counts the same in larger offices."""

import pytest
from agree import assert_agree
from asked import add_series, add_to_change, change, counted, differences, everyday


def ask_for_all(hub) -> None:
    """As a schedule would; the listener knows its logins by now."""
    assert hub.request("SELECT sync.request_sync()")[0] == "done", hub.problems()


@pytest.fixture
def settled(office, hub):
    """An office with calendars and logins, which a listener works for; how many employees it has."""
    for kuerzel in office.employees():
        office.add_calendar(f"AW-{kuerzel}")
    return len(office.employees())


@pytest.mark.office(employees=3, termine=25)
def test_nothing_changed_asks_each_side_once_per_employee(office, hub, settled):
    with hub.listen():
        ask_for_all(hub)
        for run in ("second", "third"):
            office.forget_requests()
            ask_for_all(hub)
            assert not differences(counted(office.requests()), everyday(settled)), f"the {run} run"


@pytest.mark.office(employees=2, termine=20)
def test_nothing_changed_after_series_of_every_shape(office, hub, settled):
    hub.rows("UPDATE sync.setting SET expand_days = 40")
    for kuerzel in office.employees():
        add_series(office, kuerzel)
    with hub.listen():
        ask_for_all(hub)
        assert hub.value("SELECT count(*) FROM sync.series") == 6 * settled, "those carried by occurrence"
        for run in ("second", "third"):
            office.forget_requests()
            ask_for_all(hub)
            assert not differences(counted(office.requests()), everyday(settled)), f"the {run} run"


@pytest.mark.office(employees=2, termine=20)
def test_changes_of_every_kind_ask_what_they_need(office, hub, settled):
    for kuerzel in office.employees():
        add_to_change(office, kuerzel)
    with hub.listen():
        ask_for_all(hub)
        ask_for_all(hub)
        office.advance()
        expected = everyday(settled)
        for kuerzel in office.employees():
            expected += change(office, hub, kuerzel)
        office.forget_requests()
        ask_for_all(hub)
        assert not differences(counted(office.requests()), expected)
        office.forget_requests()
        ask_for_all(hub)
        assert not differences(counted(office.requests()), everyday(settled)), "the run after it"
    assert_agree(office)
