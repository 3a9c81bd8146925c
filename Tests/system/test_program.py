"""The program from outside: help, configuration, exit codes."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest
from appointments import termin
from hub import PROJECT
from seccomp import refuse

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


# The database's own configuration


@pytest.mark.parametrize("change, named", [(("POSTGRES_PASSWORD", None), "POSTGRES_PASSWORD"), (("POSTGRES_PASSWORD", "wrong"), "POSTGRES_PASSWORD"),
                                           (("POSTGRES_SSLMODE", "require"), "POSTGRES_SSLMODE"), (("POSTGRES_DB_NAME", "nowhere"), "POSTGRES_DB_NAME"),
                                           (("POSTGRES_PORT", "5432,5433"), "POSTGRES_PORT"), (("POSTGRES_DB_NAME", "postgres"), "create_db.sql")])
def test_a_wrong_configuration_of_the_database_is_exit_code_2_and_says_what_to_do(hub, change, named):
    without(hub, *change)
    for verb in ("run", "status", "check"):
        code, printed = hub.program(verb, seconds=30)
        assert code == 2 and named in printed, f"{verb}: {code}\n{printed}"


def test_a_login_without_the_listeners_role_is_told_the_grant(hub):
    hub.rows("CREATE ROLE nobody_in_particular LOGIN PASSWORD 'nobody in particular'")
    try:
        without(hub, "POSTGRES_USER", "nobody_in_particular")
        without(hub, "POSTGRES_PASSWORD", "'nobody in particular'")
        for verb in ("run", "status", "check"):
            code, printed = hub.program(verb, seconds=30)
            assert code == 2 and "GRANT calendar_sync_user TO" in printed, f"{verb}: {code}\n{printed}"
        # It may connect, and nothing more.
        hub.rows(f"GRANT CONNECT ON DATABASE {hub.database} TO nobody_in_particular")
        hub.rows("GRANT USAGE ON SCHEMA sync TO nobody_in_particular")
        hub.rows("GRANT EXECUTE ON FUNCTION sync.listener_alive() TO nobody_in_particular")
        code, printed = hub.program("run", seconds=30)
        assert code == 2 and "listener_start" in printed and "GRANT calendar_sync_user TO" in printed, printed
    finally:
        hub.rows("DROP OWNED BY nobody_in_particular")
        hub.rows("DROP ROLE nobody_in_particular")


def test_listen_ends_at_once_when_the_configuration_can_be_right_with_no_hub(hub):
    without(hub, "POSTGRES_PORT", "5432,5433")
    code, printed = hub.program("listen", seconds=20)
    assert code == 2 and "POSTGRES_PORT" in printed


# check


def test_check_names_the_office_that_the_hub_belongs_to(hub):
    code, printed = hub.program("check")
    assert code == 0 and "has not been used yet" in printed, printed
    hub.sync()
    code, printed = hub.program("check")
    assert code == 0 and "office: Kanzlei" in printed and "has not been used yet" not in printed, printed
    without(hub, "ADVOWARE_KANZLEI", "andere-kanzlei")
    code, printed = hub.program("check")
    assert code == 2 and "FAIL  office: this hub belongs to Kanzlei" in printed and "andere-kanzlei" in printed and "ADVOWARE_KANZLEI" in printed


def test_a_broken_key_file_does_not_hide_what_check_says_of_advoware(office, hub):
    office.service_account.write_text("{")
    code, printed = hub.program("check")
    assert code == 2 and "FAIL  service account" in printed
    assert "ok    Advoware login" in printed and "ok    clock against Advoware" in printed


# status


def test_status_says_when_the_queue_waits_and_no_listener_is_alive(hub):
    hub.sync()
    assert hub.program("status")[0] == 0
    hub.rows("INSERT INTO sync.request DEFAULT VALUES")
    code, printed = hub.program("status")
    assert code == 1 and "no listener is alive, and the queue waits for one" in printed
    with hub.listen():
        hub.wait_for("SELECT count(*) = 0 FROM sync.request WHERE status IN ('waiting', 'running')", what=hub.all_logs)
        assert hub.program("status")[0] == 0


# run, when something comes between


def test_run_goes_on_when_the_reader_of_its_output_leaves(office, hub):
    with subprocess.Popen(hub.command("run"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=hub.environment()) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
    assert hub.value("SELECT status FROM sync.request") == "done"
    assert hub.value("SELECT stopped_at IS NOT NULL FROM sync.listener")


def test_run_for_a_known_employee_goes_on_when_the_list_of_employees_cannot_be_read(office, hub):
    hub.sync()
    office.fault("advoware", "error_500", always=True, path_contains="Mitarbeiter")
    hub.sync("--employee", office.employees()[0])
    code, printed = hub.program("run", "--employee", "ZZZ")
    assert code == 3 and "server_error" in printed, printed
    office.heal()
    code, printed = hub.program("run", "--employee", "ZZZ")
    assert code == 2 and "ZZZ" in printed, printed


@pytest.mark.office(employees=1, termine=4)
def test_interrupted_run_says_what_becomes_of_its_request_and_sets_it_free(office, hub):
    office.fault("google", "slow", always=True, method="POST", seconds=1)
    log = hub.new_log()
    with log.open("w") as output:
        process = subprocess.Popen(hub.command("run"), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=hub.environment())
    hub.wait_for("SELECT count(*) > 0 FROM sync.run WHERE status = 'running'", what=hub.all_logs)
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 1
    request = hub.value("SELECT request_id FROM sync.request")
    assert f"interrupted; request {request} waits for the next listener" in log.read_text()
    assert "error:" not in log.read_text() and "CancellationError" not in log.read_text()
    assert hub.value("SELECT bool_and(lease_until < clock_timestamp()) FROM sync.run WHERE status = 'running'") is not False
    office.heal()
    with hub.listen():
        assert hub.wait_end(request, seconds=15)[0] == "done"


@pytest.mark.office(employees=1, termine=4)
def test_run_that_is_its_own_listener_says_after_its_timeout_who_goes_on(office, hub):
    office.fault("google", "slow", always=True, method="POST", seconds=1.5)
    code, printed = hub.program("run", "--timeout", "1")
    assert code == 1 and re.search(r"request \d+ has not ended in time; it waits for the next listener", printed), printed


@pytest.mark.office(employees=2, termine=1)
def test_run_ends_with_its_requests_result_although_its_listener_has_more_to_finish(office, hub):
    mine, other = office.employees()
    frnr = office.add_termin(**termin(mine, "Mein Termin"))
    hub.sync()
    office.advance()
    office.edit_termin(frnr, text="Mein Termin, geändert")
    office.add_termin(**termin(other, "Dauert"))
    # The other's action has begun for sure when mine ends.
    office.fault("google", "slow", always=True, method="PATCH", seconds=4)
    office.fault("google", "slow", always=True, method="POST", seconds=30)
    hub.rows("SELECT sync.request_sync(phase => 1, employee => %s)", other)
    started = time.monotonic()
    printed = hub.sync("--employee", mine, "--phase", "4")
    assert "\ndone" in printed
    # It did wait for the other's action, as long as leaving may take.
    assert 13 < time.monotonic() - started < 25


# The systemd unit


def test_the_program_lives_under_the_units_filter_of_system_calls(hub):
    unit = (PROJECT / "ops/calendar-sync.service").read_text()
    filters = re.findall(r"^SystemCallFilter=~(.*)$", unit, re.MULTILINE)
    assert filters == ["@privileged @resources"]
    number = re.search(r"^SystemCallErrorNumber=(\w+)$", unit, re.MULTILINE)
    done = subprocess.run(hub.command("check"), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=hub.environment(),
                          preexec_fn=lambda: refuse(number and number.group(1)))
    assert done.returncode == 0, f"{done.returncode}\n{done.stdout}{done.stderr}"


def test_what_the_scripts_do_on_this_machine_does_not_go_through_a_proxy(office):
    get = f"""perl -MHTTP::Tiny -e 'print HTTP::Tiny->new(timeout => 5)->get("{office.url}/control/requests")->{{status}}'"""
    done = subprocess.run(["bash", "-c", f". ops/lib.sh; {get}", "ops/test"], cwd=PROJECT, capture_output=True, text=True, timeout=30,
                          env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "http_proxy": "http://127.0.0.1:1"})
    assert done.stdout == "200", done.stdout + done.stderr


@pytest.fixture
def slow_office(office, hub):
    hub.rows("UPDATE sync.setting SET google_concurrency = 1")
    office.fault("google", "slow", always=True, method="POST", path_contains="/events", seconds=0.7)
    return office


def on_terminal(hub, *arguments: str, columns: int = 80) -> tuple[int, str]:
    """Runs the program on a terminal of its own: how it ended, and all it wrote there."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(hub.command(*arguments), stdin=its, stdout=its, stderr=its, env=hub.environment(TERM="xterm"))
    os.close(its)
    written = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # The other end is closed.
            part = b""
        if not part:
            break
        written += part
    os.close(ours)
    return process.wait(60), written.decode()


def screen(written: str) -> list[str]:
    """The lines of a terminal that was never full, after all of that was written to it."""
    lines, row = [""], 0
    for part in re.findall("\x1b\\[[0-9]*[A-Z]|[\r\n]|[^\x1b\r\n]+", written):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part.startswith("\x1b"):
            if part[-1] == "A":
                row -= int(part[2:-1])
            else:
                assert part == "\x1b[J", part
                lines[row:] = [""]
        elif part != "\r":
            lines[row] = part
    return lines


@pytest.mark.office(employees=2, termine=8)
def test_a_terminal_shows_a_bar_per_phase(slow_office, hub):
    status, written = on_terminal(hub, "run")
    assert status == 0, written
    assert re.search(r"1 new in Advoware +\[#+-+\] \d+ of (about )?\d+, [0-9.]+/s, \d+ s left", written), written
    assert all(f"{n} {name}" in written for n, name in enumerate(["new in Advoware", "new in Google", "deleted", "changed"], 1))
    # Drawn anew in its place: at the end each bar stands there once, and what was printed meanwhile above it.
    lines = screen(written)
    assert sum(line.startswith("1 new in Advoware") for line in lines) == 1, lines
    bars = next(n for n, line in enumerate(lines) if line.startswith("1 new in Advoware"))
    done = [n for n, line in enumerate(lines) if line.endswith(": done")]
    assert len(done) == 2 and max(done) < bars, lines
    assert max(n for n, line in enumerate(lines) if line == "done") > bars, lines


@pytest.mark.office(employees=1, termine=4)
def test_no_line_on_a_narrow_terminal_is_longer_than_it_is_wide(slow_office, hub):
    status, written = on_terminal(hub, "run", columns=40)
    assert status == 0
    bars = [line for line in re.split("[\r\n]", written) if re.match(r"[1-4] (new in|deleted|changed)", line)]
    assert bars and max(map(len, bars)) < 40, bars


@pytest.mark.office(employees=2, termine=12)
def test_elsewhere_progress_is_plain_lines(slow_office, hub):
    printed = hub.sync()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", printed), repr(printed)
    assert len(re.findall(r"^[01] of 2 employees; phase 1: \d+ of (?:about )?\d+, [0-9.]+/s, \d+ s left$", printed, re.MULTILINE)) >= 1, printed
