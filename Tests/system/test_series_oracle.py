"""Which series both systems can represent, and that they mean the same occurrences there: against oracles that share nothing with the product."""

import json
import os
import subprocess
from datetime import datetime, timedelta
from random import Random

import pytest
from generated_series import BERLIN, WEEKDAYS, Series, series, termin
from series_oracles import HORIZON, by_advoware, by_dateutil, by_recurring_ical_events, fits_advoware
from zoneinfo import ZoneInfo

PARTS, RULES_EACH, TERMINE_EACH = range(4), 550, 260


def mapped(questions: list[dict]) -> list[dict]:
    """The mapping's answers, all in one go."""
    told = subprocess.run([os.environ["MAPPING_ORACLE_BIN"]], input="".join(json.dumps(q) + "\n" for q in questions), capture_output=True, text=True, check=True, timeout=60)
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(answers) == len(questions)
    return answers


def generated(part: int) -> list[Series]:
    random = Random(3_000 + part)
    return [series(random) for _ in range(RULES_EACH)]


def in_berlin(series: Series):
    return series.start if series.all_day else series.start.replace(tzinfo=ZoneInfo(series.zone)).astimezone(BERLIN)


def named_by_the_rules(series: Series, problem: str) -> bool:
    """Whether ops/handbook/rules.md, section 8, says that a series such as this one is carried by its occurrences, whichever they are."""
    parts = dict(part.split("=") for part in series.rules[0].split(";"))
    own_day = parts.get("BYMONTHDAY", str(series.start.day)) == str(series.start.day)
    match problem:
        case "weekdays":
            return "BYDAY" in parts and (parts["FREQ"], parts["BYDAY"]) != ("WEEKLY", WEEKDAYS[series.start.weekday()])
        case "set_position":
            return "BYSETPOS" in parts
        case "month_day":
            return not own_day or parts["FREQ"] in ("DAILY", "WEEKLY") or (parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts)
        case "day_not_in_every_month":
            return parts["FREQ"] == "MONTHLY" and in_berlin(series).day > 28
        case "leap_day":
            return parts["FREQ"] == "YEARLY" and (in_berlin(series).month, in_berlin(series).day) == (2, 29)
        case "exceptions":
            return bool(series.exdates or series.rdates)
        case "several_rules":
            return len(series.rules) > 1
        case "unsupported_part":
            return "BYMONTH" in parts and (parts["FREQ"], parts["BYMONTH"]) != ("YEARLY", str(series.start.month))
    return False


@pytest.mark.parametrize("part", PARTS)
def test_a_series_is_held_with_the_same_occurrences_or_for_a_reason_not_at_all(part):
    random = Random(part)
    made = generated(part)
    answers = mapped([{"event": {**s.event(ZoneInfo(random.choice(["Europe/Berlin", "Europe/Berlin", "UTC"]))), "summary": "Serie"}} for s in made])
    held, wrong = 0, []
    for one, answer in zip(made, answers):
        expected = by_dateutil(one)
        assert_oracles_agree(one, expected)
        if "termin" in answer:
            held += 1
            if by_advoware(answer["termin"]) != expected:
                wrong.append(("other occurrences", one, answer["termin"]))
        elif not named_by_the_rules(one, answer["problem"]) and fits_advoware(expected):
            wrong.append((answer["problem"], one))
    assert not wrong, f"{len(wrong)} of {len(made)}:\n" + "\n".join(map(str, wrong[:10]))
    # Else the generator has lost its balance.
    assert RULES_EACH * 0.25 < held < RULES_EACH * 0.75, held


def assert_oracles_agree(series: Series, expected: list[tuple]) -> None:
    begin = expected[0][0]
    # A change of the clocks is in it whatever the season; the whole would take minutes.
    for since, before in ((begin, begin + timedelta(days=200)), (max(begin, expected[-1][0] - timedelta(days=10)), HORIZON)):
        assert by_recurring_ical_events(series, since, before) == [o for o in expected if since <= o[0] < before], series


@pytest.mark.parametrize("part", PARTS)
def test_a_series_of_advoware_has_the_same_occurrences_in_google(part):
    random = Random(7_000 + part)
    made = [termin(random) for _ in range(TERMINE_EACH)]
    for one, answer in zip(made, mapped([{"termin": t} for t in made])):
        expected = by_advoware(one)
        assert by_dateutil(as_series(answer["event"])) == expected, (one, answer)


def as_series(event: dict) -> Series:
    """An event as sent, read without the product's help."""
    rules = [line.removeprefix("RRULE:") for line in event["recurrence"]]
    if event["start"].get("date"):
        start, end = (datetime.fromisoformat(event[name]["date"]).date() for name in ("start", "end"))
        return Series(start, end, rules, None)
    zone = event["start"]["timeZone"]
    start, end = (datetime.fromisoformat(event[name]["dateTime"]).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for name in ("start", "end"))
    return Series(start, end, rules, zone)
