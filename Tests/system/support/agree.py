"""Whether both sides say the same, judged from the simulator's snapshot alone, without a line of the product's code."""

import unicodedata
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
FREQUENCIES = {1: "DAILY", 2: "WEEKLY", 3: "MONTHLY", 4: "YEARLY"}


def words(text) -> str:
    """Trimmed, line feeds, without control characters."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) != "Cc").strip()


def _date(value: str) -> date:
    return date.fromisoformat(value[:10])


def _clock(value, default: str) -> tuple[int, int]:
    hour, minute = (value or default).split(":")[:2]
    return int(hour), int(minute)


def last_occurrence(frequency: str, interval: int, first: date, until: date | None = None, count: int | None = None) -> str | None:
    """The day of a series' last occurrence; None: it has no end. Only series whose day every month or year has."""
    if until is None and count is None:
        return None
    if frequency in ("DAILY", "WEEKLY"):
        step = interval * (7 if frequency == "WEEKLY" else 1)
        return (first + timedelta(days=step * (count - 1 if count else (until - first).days // step))).isoformat()
    step = interval * (12 if frequency == "YEARLY" else 1)
    months = step * (count - 1) if count else (until.year - first.year) * 12 + until.month - first.month - (until.day < first.day)
    months = first.year * 12 + first.month - 1 + months // step * step
    return date(months // 12, months % 12 + 1, first.day).isoformat()


def of_termin(termin: dict) -> tuple:
    """(all-day, start, end, recurrence, text, note, place); times in Berlin wall time, the last day of all-day ones inclusive."""
    first = _date(termin["datum"])
    last = _date(termin.get("datumBis") or termin["datum"])
    start = datetime(first.year, first.month, first.day, *_clock(termin.get("uhrzeitVon"), "09:00"))
    to = _clock(termin.get("uhrzeitBis"), "10:00")
    series = int(termin.get("turnus") or 0) > 0 and termin.get("turnusArt") in FREQUENCIES
    end_day = first if series else last
    end = datetime(end_day.year, end_day.month, end_day.day, *to)
    recurrence = None
    if series:
        rule = (FREQUENCIES[termin["turnusArt"]], int(termin["turnus"]))
        recurrence = (*rule, last_occurrence(*rule, first, None if last.year == 2037 else last))
        all_day = (start.hour, start.minute, *to) == (0, 0, 23, 59)
    else:
        whole_days = (start.hour, start.minute, *to) == (0, 0, 23, 59)
        all_day = termin.get("dauertermin") == 1 or (termin.get("abwesenheit") == 1 and whole_days) or end - start > timedelta(days=1)
    if not all_day and end <= start:
        end = start + timedelta(hours=1)
    times = (True, first.isoformat(), end_day.isoformat()) if all_day else (False, start.isoformat(), end.isoformat())
    return (*times, recurrence, words(termin.get("text")), words(termin.get("notiz")), words(termin.get("ort")))


def _wall(value: str) -> str:
    return datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(BERLIN).replace(tzinfo=None).isoformat()


def of_event(event: dict) -> tuple:
    if "date" in event["start"]:
        last = date.fromisoformat(event["end"]["date"]) - timedelta(days=1)
        times = (True, event["start"]["date"], last.isoformat())
    else:
        start, end = _wall(event["start"]["dateTime"]), _wall(event["end"]["dateTime"])
        # Longer than a day is all-day in Advoware; 24 hours exactly are not.
        long = datetime.fromisoformat(end) - datetime.fromisoformat(start) > timedelta(days=1)
        times = (True, start[:10], end[:10]) if long else (False, start, end)
    recurrence = None
    for line in event.get("recurrence") or []:
        rule = dict(part.split("=") for part in line.removeprefix("RRULE:").split(";"))
        until = None
        if text := rule.get("UNTIL"):
            until = datetime.strptime(text[:8], "%Y%m%d").date()
            if "T" in text:
                # UTC for timed series: what it means is a moment in Berlin, the occurrence of its day is before it or not.
                moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=ZoneInfo("UTC")).astimezone(BERLIN).replace(tzinfo=None)
                until = moment.date() - timedelta(days=moment.time() < datetime.fromisoformat(times[1]).time())
        form = (rule["FREQ"], int(rule.get("INTERVAL", 1)))
        recurrence = (*form, last_occurrence(*form, date.fromisoformat(times[1][:10]), until, int(rule["COUNT"]) if "COUNT" in rule else None))
    return (*times, recurrence, words(event.get("summary")), words(event.get("description")), words(event.get("location")))


def anonymous(appointment: tuple) -> tuple:
    return (*appointment[:4], "Advoware blocked", "", "")


def in_window(termin: dict, past_days: int = 30) -> bool:
    edge = datetime.now(BERLIN).date() - timedelta(days=past_days)
    return _date(termin.get("datumBis") or termin["datum"]) >= edge


def differences(office, anonymized: bool = False, ignore: frozenset = frozenset(), blocked: frozenset = frozenset()) -> list[str]:
    """Every appointment that is not on both sides as often as on the other; `ignore` holds frNr and event ids to leave out, `blocked`
    employees of whom only times are compared: their events that began in Advoware say no more."""
    found = []
    for kuerzel in office.employees():
        termine = Counter(of_termin(t) for t in office.termine(kuerzel) if in_window(t) and t["frNr"] not in ignore)
        if anonymized:
            termine = Counter(anonymous(t) for t in termine.elements())
        events = Counter(of_event(e) for e in office.events(kuerzel) if e["id"] not in ignore)
        if kuerzel in blocked:
            termine, events = (Counter(anonymous(a) for a in side.elements()) for side in (termine, events))
        found += [f"{kuerzel}: only in Advoware: {a}" for a in (termine - events).elements()]
        found += [f"{kuerzel}: only in Google: {a}" for a in (events - termine).elements()]
    return found


def assert_agree(office, **how) -> None:
    found = differences(office, **how)
    assert not found, "\n".join(found[:20])
