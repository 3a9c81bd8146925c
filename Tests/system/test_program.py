"""The program from outside: help, configuration, exit codes."""

import re
import subprocess

import pytest
from appointments import termin

VERBS = ("listen", "run", "check", "status")


def bare(hub, *arguments: str, **environment: str) -> tuple[int, str]:
    """The program without its --env-file."""
    done = subprocess.run([hub.command("run")[0], *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env=hub.environment(**environment))
    return done.returncode, done.stdout + done.stderr


def without(hub, name: str, value: str | None = None) -> None:
    """Takes a variable out of the configuration, or gives it another value."""
    lines = [line for line in hub.env_file.read_text().splitlines() if not line.startswith(f"{name}=")]
    assert len(lines) < len(hub.env_file.read_text().splitlines()), name
    hub.env_file.write_text("\n".join([*lines, *([f"{name}={value}"] if value is not None else [])]) + "\n")


def test_help_has_examples_for_each_command(hub):
    code, printed = bare(hub, "--help")
    assert code == 0
    for verb in VERBS:
        assert verb in printed
        code, text = bare(hub, verb, "--help")
        assert code == 0 and f"calendar-sync {verb}" in text and "--env-file" in text


@pytest.mark.parametrize("arguments", [("run", "--phase", "5"), ("run", "--phase", "x"), ("run", "--employee"), ("run", "--nonsense"), ("nonsense",),
                                       ("listen", "--env-file", "there-is-no-such-file")])
def test_wrong_usage_is_exit_code_2(hub, arguments):
    code, printed = bare(hub, *arguments)
    assert code == 2 and printed.strip()


@pytest.mark.parametrize("name", ["ADVOWARE_APP_ID", "ADVOWARE_API_KEY", "ADVOWARE_KANZLEI", "ADVOWARE_DATABASE", "ADVOWARE_PASSWORD"])
def test_a_missing_variable_is_named_with_exit_code_2(hub, name):
    without(hub, name)
    code, printed = hub.program("run")
    assert code == 2 and name in printed


@pytest.mark.parametrize("name, value", [("ADVOWARE_API_BASE_URL", "http://example.com/"), ("POSTGRES_PORT", "many"), ("ADVOWARE_API_TIMEOUT_SECONDS", "-1"),
                                         ("GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH", "/nowhere.json"), ("ADVOWARE_API_KEY", "not base64!")])
def test_a_wrong_value_is_named_with_exit_code_2(hub, name, value):
    if name in hub.env_file.read_text():
        without(hub, name)
    with hub.env_file.open("a") as file:
        file.write(f"{name}={value}\n")
    code, printed = hub.program("run")
    assert code == 2 and name in printed


def test_an_unknown_employee_is_named_and_nothing_is_done(office, hub):
    hub.sync()
    code, printed = hub.program("run", "--employee", "ZZZ")
    assert code == 2 and "ZZZ" in printed


def test_a_database_out_of_reach_is_exit_code_3(hub):
    without(hub, "POSTGRES_PORT", "1")
    for verb in ("run", "check", "status"):
        code, printed = hub.program(verb)
        assert code == 3, printed


def test_remote_systems_out_of_reach_are_exit_code_3(office, hub):
    hub.sync()
    office.stop()
    assert hub.program("check")[0] == 3
    assert hub.program("run")[0] == 3


def test_a_listener_configured_for_another_office_refuses_to_start(hub):
    hub.sync()
    without(hub, "ADVOWARE_KANZLEI", "andere-kanzlei")
    for verb in ("run", "listen"):
        code, printed = hub.program(verb)
        assert code == 2 and "andere-kanzlei" in printed


def test_check_says_what_is_good(hub):
    code, printed = hub.program("check")
    assert code == 0, printed
    for word in ("Advoware", "Google", "database", "clock"):
        assert word.lower() in printed.lower()


def test_check_measures_the_clocks_of_both_systems(office, hub):
    assert hub.program("check")[1].count(" s apart") == 3
    office.advance(3600)
    code, printed = hub.program("check")
    apart = [int(n) for n in re.findall(r"(\d+) s apart", printed)]
    # The answers' dates have whole seconds.
    assert code == 1 and sum(abs(n - 3600) <= 3 for n in apart) == 2 and "NTP" in printed


@pytest.mark.parametrize("weakness, named", [("wrong_password", "ADVOWARE_PASSWORD"), ("not_licensed", "ADVOWARE"), ("not_registered", "ADVOWARE"), ("invalid_grant", "Google")])
def test_a_refused_login_is_exit_code_1_and_says_how_to_mend_it(office, hub, weakness, named):
    office.fault("login", weakness)
    code, printed = hub.program("check")
    assert code == 1 and named.lower() in printed.lower()
    assert "Traceback" not in printed and "fatal error" not in printed.lower()


def test_status_tells_the_state_and_ends_0_when_all_is_well(office, hub):
    hub.sync()
    code, printed = hub.program("status")
    assert code == 0
    for kuerzel in office.employees():
        assert kuerzel in printed


def test_status_tells_what_the_hub_itself_needs(office, hub):
    hub.sync()
    hub.rows("UPDATE sync.housekeeping SET next_at = 'infinity'")
    code, printed = hub.program("status")
    assert code == 1 and "  hub: housekeeping is stopped" in printed


def test_run_uses_the_listener_that_is_there(office, hub):
    with hub.listen():
        hub.sync()
        assert hub.value("SELECT count(*) FROM sync.listener") == 1
    hub.sync()
    assert hub.value("SELECT count(*) FROM sync.listener") == 2


def test_run_serves_its_request_itself_when_the_listener_it_relied_on_is_lost(hub):
    hub.rows("UPDATE sync.setting SET lease = '5 seconds'")
    with hub.listen() as listener:
        listener.kill()
    hub.sync(seconds=60)


def test_run_shows_a_summary_per_employee(office, hub):
    office.add_termin(**termin(office.employees()[0], "Für die Übersicht"))
    printed = hub.sync()
    for kuerzel in office.employees():
        assert kuerzel in printed
