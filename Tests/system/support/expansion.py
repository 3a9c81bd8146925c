"""What each side shows day by day, series taken apart by dateutil: the one form in which both can be compared."""

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from agree import BERLIN, FREQUENCIES, _date, of_event, of_termin
from dateutil.rrule import rrulestr

UTC = ZoneInfo("UTC")


def _shifted(appointment: tuple, on: date) -> tuple:
    """The appointment (as agree.py has it) as a single one that begins on that day."""
    all_day, start, end, _, *words = appointment
    days = (on - date.fromisoformat(start[:10])).days
    if all_day:
        return (True, on.isoformat(), (date.fromisoformat(end) + timedelta(days=days)).isoformat(), *words)
    return (False, f"{on}{start[10:]}", (datetime.fromisoformat(end) + timedelta(days=days)).isoformat(), *words)


def _inside(one: tuple, first: str, last: str) -> bool:
    return first <= one[1][:10] <= last


def advoware(termine: list[dict], first: str, last: str) -> Counter:
    """Occurrences that begin from first to last, both included."""
    found = Counter()
    for termin in termine:
        appointment = of_termin(termin)
        days = [date.fromisoformat(appointment[1][:10])]
        if appointment[3]:
            start = datetime.combine(days[0], datetime.min.time())
            until = min(_date(termin["datumBis"]), date.fromisoformat(last))
            rule = rrulestr(f"FREQ={FREQUENCIES[termin['turnusArt']]};INTERVAL={termin['turnus']}", dtstart=start)
            days = [d.date() for d in rule.between(start, datetime.combine(until, datetime.min.time()), inc=True)]
        found.update(one for one in (_shifted(appointment, d) for d in days) if _inside(one, first, last))
    return found


def google(events: list[dict], first: str, last: str) -> Counter:
    """Occurrences that begin from first to last, both included; `events` as the snapshot has them, tombstones too."""
    exceptions = {}
    for event in events:
        if master := event.get("recurringEventId"):
            exceptions.setdefault(master, {})[start(event["originalStartTime"])] = event
    found = Counter()
    for event in events:
        if event.get("status") == "cancelled" or event.get("recurringEventId"):
            continue
        if not event.get("recurrence"):
            single = of_event(event)
            found.update([(*single[:3], *single[4:])])
            continue
        own = dict(exceptions.get(event["id"], {}))
        plain = of_event({**event, "recurrence": None})
        for moment in starts(event, last):
            one = own.pop(moment, None)
            if one is None:
                found.update([_shifted(plain, moment.date())])
            elif one.get("status") != "cancelled":
                moved = of_event(one)
                found.update([(*moved[:3], *moved[4:])])
    return Counter({one: n for one, n in found.items() if _inside(one, first, last)})


def start(moment: dict) -> datetime:
    if "date" in moment:
        return datetime.fromisoformat(moment["date"])
    return datetime.fromisoformat(moment["dateTime"].replace("Z", "+00:00")).astimezone(BERLIN).replace(tzinfo=None)


def starts(event: dict, last: str) -> list[datetime]:
    """When a series' occurrences begin by its own lines, in Berlin wall time, in which all series of these tests repeat."""
    first = start(event["start"])
    lines = []
    for line in event["recurrence"]:
        name, _, value = line.partition(":")
        if name.startswith(("EXDATE", "RDATE")):
            name = name.split(";")[0]
        if "UNTIL=" in value and "T" in value.split("UNTIL=")[1]:
            text = value.split("UNTIL=")[1].split(";")[0]
            until = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(BERLIN)
            value = value.replace(text, f"{until:%Y%m%dT%H%M%S}")
        lines.append(f"{name}:{value}")
    rules = rrulestr("\n".join(lines), dtstart=first, forceset=True)
    return rules.between(first, datetime.fromisoformat(last) + timedelta(days=1, hours=12), inc=True)
