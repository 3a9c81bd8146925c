"""Advoware's login at its worst. ops/handbook/weaknesses.md says what is expected."""

import pytest
from agree import assert_agree
from patience import health

pytestmark = pytest.mark.office(employees=1, termine=4)


@pytest.mark.parametrize("weakness, code", [
    ("wrong_password", "advoware_wrong_password"), ("not_licensed", "advoware_not_licensed"),
    ("not_registered", "advoware_not_registered"), ("not_signed_in", "advoware_not_signed_in")])
def test_a_login_that_is_refused_is_said_clearly_and_not_tried_in_a_loop(office, hub, kuerzel, weakness, code):
    hub.sync()
    office.forget_requests()
    office.fault("login", weakness)
    printed = hub.sync(expect=1)
    assert code in printed and health(hub).startswith(f"last run ended with {code}: ")
    assert office.requests() and not office.asked("advoware") and not office.writes()
    assert len(office.asked("login", "POST", "advoware-auth")) == 1
    office.heal()
    hub.sync()


@pytest.mark.parametrize("weakness", ["error_500", "html_page", "cut_off", "empty_body", "connection_cut_before"])
def test_a_login_that_fails_for_a_moment_is_tried_again(office, hub, kuerzel, weakness):
    office.fault("login", weakness, nth=[1], path_contains="advoware-auth")
    hub.sync()
    assert len(office.asked("login", "POST", "advoware-auth")) == 2
    assert_agree(office)


@pytest.mark.parametrize("weakness", ["no_expiry", "expiry_in_utc"])
def test_a_token_lives_as_long_as_the_answer_says_or_as_is_configured(office, hub, kuerzel, weakness):
    office.fault("login", weakness, path_contains="advoware-auth")
    hub.sync()
    assert len(office.asked("login", "POST", "advoware-auth")) == 1
    assert_agree(office)
