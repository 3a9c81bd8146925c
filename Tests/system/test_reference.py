"""What the handbook says of the catalog is what the catalog says, and every code of the listener has a row in sync.result_code."""

import os
import re
from difflib import unified_diff

import pytest

from servers import PROJECT, run_psql


@pytest.mark.parametrize("page", ["reference", "codes"])
def test_the_handbook_is_up_to_date(page):
    done = run_psql("-d", os.environ["SYSTEM_TEMPLATE"], "-f", f"ops/{page}.sql")
    assert done.returncode == 0, done.stderr
    written = (PROJECT / f"ops/handbook/{page}.md").read_text()
    assert written.splitlines() == done.stdout.splitlines(), "run ops/reference:\n" + "\n".join(
        unified_diff(written.splitlines(), done.stdout.splitlines(), f"ops/handbook/{page}.md", "the hub", lineterm="", n=0))


def sources(*folders, suffix):
    return {path: path.read_text() for folder in folders for path in sorted((PROJECT / folder).rglob(f"*{suffix}"))}


def known_codes():
    done = run_psql("-d", os.environ["SYSTEM_TEMPLATE"], "-A", "-t", "-c", "SELECT code FROM sync.result_code")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines())


def code_of(said):
    """As engine.code_of."""
    return said.removeprefix("unusable: ").split(": ")[0]


# Where Swift names a code: raw values of the enums that are codes, what a run or an action fails or ends with, unusable entries.
CODE_FILES = ["Advoware/AdvowareError.swift", "Advoware/TerminMapping.swift", "GoogleCalendar/GoogleError.swift", "GoogleCalendar/EventProblem.swift"]
CODE_LINE = re.compile(r"RunFailure|[cC]ode\b.*:|fail\(|end\(run|\.finish\(|unusable|hubCode|problem:|default: \"")
LITERAL = re.compile(r'"([a-z]+(?:_[a-z]+)+)(?:: [^"]*)?"')


def swift_codes():
    codes = {}
    for name in CODE_FILES:
        text = (PROJECT / "Sources" / name).read_text()
        # What obstructs a series is no code: it stands in sync.seen.obstacle.
        for code in LITERAL.findall(text.partition("enum SeriesObstacle")[0]):
            codes[code] = name
    for path, text in sources("Sources/Listener/Run", "Sources/Listener/Services", "Sources/Listener/Hub", suffix=".swift").items():
        # Of an enum of codes every raw value, wherever it stands.
        blocks = re.findall(r"(?:struct RunFailure|enum (?:RunFailure|FailureCode|HubCode)|enum Code\b).*?\n}", text, re.DOTALL)
        for line in [line for line in text.splitlines() if CODE_LINE.search(line)] + "\n".join(blocks).splitlines():
            # Fields of JSON and parameters of statements are named on such lines, too.
            for code in re.findall(LITERAL, re.sub(r'fields\["[a-z_]+"\]|\["[a-z_]+":|"SELECT [^"]*"|optional\w*\("[a-z_]+"\)|string\("[a-z_]+"\)', "", line)):
                codes[code] = path.name
    return codes


def test_every_code_of_the_listener_has_a_row():
    codes = swift_codes()
    assert len(codes) > 60
    known = known_codes()
    assert not {code: where for code, where in codes.items() if code_of(code) not in known}, "add them to sql/tables/result_code.sql"


def test_every_row_is_a_code_that_somebody_gives():
    given = "\n".join([*sources("functions", "triggers", suffix=".sql").values(), *sources("Sources", suffix=".swift").values()])
    dead = {code for code in known_codes() if not re.search(rf"[\"']{re.escape(code)}(?:[\"']|: )", given)}
    assert not dead, "nobody gives them: remove them from sql/tables/result_code.sql"
