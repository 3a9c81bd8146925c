"""What a series' occurrences are, by python-dateutil, by recurring-ical-events, and by what APIS.md says of Advoware: none of it ours.

An occurrence is (start, end) as the clock in Berlin shows it; whole days go from 00:00 to 23:59. The end is None in the night of a
change of the clocks: nobody says whether an occurrence then keeps its duration or the end that its clock shows.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from itertools import takewhile
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import rruleset, rrulestr
from generated_series import BERLIN, Series

# Advoware's ends in 2037 are none, so nothing can be said of that year and later.
HORIZON = datetime(2037, 1, 1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def shown(wall: datetime, zone: ZoneInfo) -> datetime:
    """What Berlin's clock shows when one in this zone shows that."""
    return wall.replace(tzinfo=zone).astimezone(timezone.utc).astimezone(BERLIN).replace(tzinfo=None)


def occurrence(start: datetime, end: datetime, zone: ZoneInfo) -> tuple:
    first, last = shown(start, zone), shown(end, zone)
    steady = _offset(start - HOUR, zone) == _offset(end + HOUR, zone) and _offset(first - HOUR, BERLIN) == _offset(last + HOUR, BERLIN)
    return first, last if steady else None


def _offset(wall: datetime, zone: ZoneInfo) -> timedelta:
    return wall.replace(tzinfo=zone).utcoffset()


def whole_day(first: date, days: int = 1) -> tuple:
    start = datetime.combine(first, time())
    return start, start + days * DAY - timedelta(minutes=1)


# Google's side


def walls(series: Series):
    """What the clock of the series' own zone shows at each start, in order, by python-dateutil."""
    every = rruleset()
    for rule in series.rules:
        every.rrule(_walls(rule, series))
    for moment in series.rdates:
        every.rdate(_wall(moment))
    for moment in series.exdates:
        every.exdate(_wall(moment))
    return iter(every)


def by_dateutil(series: Series) -> list[tuple]:
    starts = takewhile(lambda wall: wall < HORIZON + DAY, walls(series))
    if series.all_day:
        return [whole_day(wall.date(), (series.end - series.start).days) for wall in starts if wall < HORIZON]
    zone, length = ZoneInfo(series.zone), series.end - series.start
    return sorted((one for wall in starts if (one := occurrence(wall, wall + length, zone))[0] < HORIZON), key=lambda one: one[0])


def _walls(rule: str, series: Series):
    if "UNTIL" not in rule or series.all_day:
        return rrulestr(rule, dtstart=_wall(series.start))
    # dateutil compares an UNTIL in UTC with times that have a zone, and with those only.
    return _WithoutZone(rrulestr(rule, dtstart=series.start.replace(tzinfo=ZoneInfo(series.zone))))


@dataclass
class _WithoutZone:
    rule: object

    def __iter__(self):
        return (moment.replace(tzinfo=None) for moment in self.rule)


def _wall(moment: date | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def by_recurring_ical_events(series: Series, since: datetime, before: datetime) -> list[tuple]:
    """Those that begin in a span, which costs time by its length."""
    if series.all_day:
        times = [f"DTSTART;VALUE=DATE:{series.start:%Y%m%d}", f"DTEND;VALUE=DATE:{series.end:%Y%m%d}"]
    else:
        times = [f"{name};TZID={series.zone}:{moment:%Y%m%dT%H%M%S}" for name, moment in (("DTSTART", series.start), ("DTEND", series.end))]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//DE", "BEGIN:VEVENT", "UID:1", *times, *series.lines(), "END:VEVENT", "END:VCALENDAR"]
    calendar = icalendar.Calendar.from_ical("\r\n".join(lines) + "\r\n")
    found = set()
    for event in recurring_ical_events.of(calendar).between(since.replace(tzinfo=BERLIN) - 3 * DAY, before.replace(tzinfo=BERLIN) + 3 * DAY):
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        if series.all_day:
            found.add(whole_day(start, (end - start).days))
        else:
            found.add(occurrence(start.replace(tzinfo=None), end.replace(tzinfo=None), ZoneInfo(series.zone)))
    return sorted((one for one in found if since <= one[0] < before), key=lambda one: one[0])


# Advoware's side


def by_advoware(termin: dict) -> list[tuple]:
    """APIS.md, points 2, 3, 11 and 12."""
    first, last = (date.fromisoformat(termin[name][:10]) for name in ("datum", "datumBis"))
    begin, end = (time.fromisoformat(termin[name]) for name in ("uhrzeitVon", "uhrzeitBis"))
    found = []
    for day in _days(termin["turnusArt"], termin["turnus"], first, min(last, HORIZON.date() - DAY) if last.year < 2037 else HORIZON.date() - DAY):
        if (begin, end) == (time(0), time(23, 59)):
            found.append(whole_day(day))
        else:
            found.append(occurrence(datetime.combine(day, begin), datetime.combine(day, end), BERLIN))
    return found


def _days(art: int, turnus: int, first: date, last: date):
    if art in (1, 2):
        day = first
        while day <= last:
            yield day
            day += DAY * turnus * (7 if art == 2 else 1)
        return
    month = first.year * 12 + first.month - 1
    while month // 12 <= last.year:
        try:
            day = date(month // 12, month % 12 + 1, first.day)
        except ValueError:
            day = None
        if day is not None and day <= last:
            yield day
        month += turnus * (12 if art == 4 else 1)


def fits_advoware(occurrences: list[tuple]) -> bool:
    """Whether any turnus gives these occurrences: found by trying, not by looking at the rule."""
    starts = [start for start, _ in occurrences]
    if len({start.time() for start in starts}) > 1:
        return False
    lengths = {end - start for start, end in occurrences if end is not None}
    if len(lengths) > 1 or any(end is not None and end.date() != start.date() for start, end in occurrences):
        return False
    days = [start.date() for start in starts]
    if len(days) == 1:
        return True
    gap = days[1] - days[0]
    months = (days[1].year - days[0].year) * 12 + days[1].month - days[0].month
    forms = [(1, gap.days), (2, gap.days // 7), (3, months), (4, months // 12)]
    return any(turnus > 0 and list(_days(art, turnus, days[0], days[-1])) == days for art, turnus in forms)
