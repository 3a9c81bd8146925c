"""Series as people and programs make them in both calendars, the same ones for the same seed; every start lies on its rule."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SAME_CLOCK = ("Europe/Vienna", "Europe/Paris", "Europe/Zurich", "Europe/Busingen", "Arctic/Longyearbyen", "Europe/Stockholm")
OTHER_CLOCKS = ("Europe/London", "Europe/London", "Europe/Helsinki", "America/New_York", "US/Eastern", "America/Los_Angeles", "Asia/Tokyo",
                "Asia/Calcutta", "UTC", "Australia/Sydney", "Africa/Casablanca", "America/Sao_Paulo")
ORDINALS = (1, 2, 3, 4, -1, -2)


@dataclass
class Series:
    """A series as Google has it: wall times in its zone; whole days have no zone and an exclusive end."""

    start: datetime | date
    end: datetime | date
    rules: list[str]
    zone: str | None
    exdates: list = field(default_factory=list)
    rdates: list = field(default_factory=list)

    @property
    def all_day(self) -> bool:
        return self.zone is None

    def lines(self) -> list[str]:
        return [f"RRULE:{rule}" for rule in self.rules] + self._dates("EXDATE", self.exdates) + self._dates("RDATE", self.rdates)

    def _dates(self, name: str, dates: list) -> list[str]:
        if not dates:
            return []
        if self.all_day:
            return [f"{name};VALUE=DATE:" + ",".join(f"{d:%Y%m%d}" for d in dates)]
        return [f"{name};TZID={self.zone}:" + ",".join(f"{d:%Y%m%dT%H%M%S}" for d in dates)]

    def event(self, shown_in: ZoneInfo | None = None) -> dict:
        """The fields of the event resource; times are shown in Berlin's offset or another, as answers do."""
        if self.all_day:
            return {"start": {"date": self.start.isoformat()}, "end": {"date": self.end.isoformat()}, "recurrence": self.lines()}
        moments = [m.replace(tzinfo=ZoneInfo(self.zone)).astimezone(shown_in or BERLIN).isoformat() for m in (self.start, self.end)]
        start, end = ({"dateTime": m, "timeZone": self.zone} for m in moments)
        return {"start": start, "end": end, "recurrence": self.lines()}


def last_sunday(year: int, month: int) -> date:
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() + 1) % 7)


def some_day(random: Random) -> date:
    """2020 to 2030; every third beside a change of the clocks, in Berlin or in New York."""
    year = random.randint(2020, 2030)
    if random.random() < 0.35:
        change = random.choice([last_sunday(year, 3), last_sunday(year, 10), date(year, 3, 14), date(year, 11, 1)])
        return change + timedelta(days=random.randint(-3, 3))
    if random.random() < 0.15:
        return random.choice([date(year, random.choice([1, 3, 5, 12]), 31), date(2024, 2, 29), date(year, 2, 28), date(year, 12, 31), date(year, 1, 30)])
    return date(year, 1, 1) + timedelta(days=random.randrange(365))


def some_time(random: Random) -> time:
    if random.random() < 0.25:
        return random.choice([time(0), time(0, 30), time(1, 30), time(2), time(2, 30), time(3), time(23), time(23, 30), time(23, 59), time(9, 0, 30)])
    return time(random.randint(6, 20), random.choice([0, 15, 30, 45]))


def length(random: Random, start: time) -> timedelta:
    until_midnight = timedelta(hours=23 - start.hour, minutes=59 - start.minute, seconds=-start.second)
    pick = random.random()
    if pick < 0.07:
        return random.choice([timedelta(hours=24), timedelta(hours=26), timedelta(days=2), until_midnight + timedelta(minutes=1), timedelta(hours=10)])
    if pick < 0.12 and until_midnight > timedelta(0):
        return until_midnight
    return timedelta(minutes=random.choice([15, 30, 45, 60, 60, 90, 120, 240]))


def other_parts(random: Random, frequency: str, start: date) -> str:
    """The parts of a rule that say on which days; of the plain ones that say again what the start says."""
    own = WEEKDAYS[start.weekday()]
    some = ",".join(sorted(random.sample(WEEKDAYS, random.randint(2, 5)), key=WEEKDAYS.index))
    day = f"BYMONTHDAY={start.day}"
    nth = f"BYDAY={random.choice(ORDINALS)}{random.choice(WEEKDAYS)}"
    negative = f"BYMONTHDAY={-random.randint(1, 31)}"
    position = f"BYDAY={some};BYSETPOS={random.choice(['1', '2', '-1', '-2', '1,-1'])}"
    months = "BYMONTH=" + ",".join(map(str, sorted(random.sample(range(1, 13), random.randint(1, 4)))))
    choices = {
        # No BYSETPOS by the week: of the first week dateutil counts only what is not before the start.
        "DAILY": ["", "", "", "", f"BYDAY={some}", "BYDAY=MO,TU,WE,TH,FR", f"BYDAY={own}", months, f"BYMONTHDAY={start.day}", "BYDAY=MO,TU,WE,TH,FR,SA,SU"],
        "WEEKLY": ["", "", "", f"BYDAY={own}", f"BYDAY={own}", f"BYDAY={own}", f"BYDAY={some}", f"BYDAY={some}", f"{months};BYDAY={own}"],
        "MONTHLY": ["", "", "", day, day, nth, nth, negative, position, f"BYMONTHDAY=1,15,{start.day}", f"BYDAY={some}", f"{months};{day}", "BYMONTHDAY=13;BYDAY=FR",
                    "BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", f"BYDAY=1{own},3{own}", "BYMONTHDAY=-1,1"],
        "YEARLY": ["", "", "", f"BYMONTH={start.month}", f"BYMONTH={start.month};{day}", f"BYMONTH={start.month};{day}", f"BYMONTH={start.month};{nth}", day, f"{months};{day}",
                   f"BYMONTH={start.month};{position}", f"{months};{negative}", f"BYDAY={random.choice([1, 20, -1, 53])}{own}"],
    }
    return random.choice(choices[frequency])


def on_rule(rule: str, day: date) -> date | None:
    """The first day of the rule that is not before this one; None: it never comes."""
    found = rrulestr(rule, dtstart=datetime.combine(day, time()))
    return next((d.date() for d in found.xafter(datetime(day.year, day.month, day.day), inc=True, count=1)), None)


def series(random: Random) -> Series:
    while True:
        made = _series(random)
        if made is not None:
            return made


def _series(random: Random) -> Series | None:
    all_day = random.random() < 0.22
    zone = None if all_day else random.choices(["Europe/Berlin", random.choice(SAME_CLOCK), random.choice(OTHER_CLOCKS)], [60, 12, 28])[0]
    frequency = random.choices(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"], [22, 32, 28, 18])[0]
    day = some_day(random)
    parts = ["FREQ=" + frequency]
    if random.random() < 0.4:
        parts.append(f"INTERVAL={random.choice([1, 2, 2, 3, 4, 6, 12])}")
    if extra := other_parts(random, frequency, day):
        parts += extra.split(";")
    if random.random() < 0.3:
        parts.append("WKST=" + random.choice(["MO", "SU", "SU", "WE"]))
    if not any(p.startswith("BY") for p in parts):
        first = day
    elif (first := on_rule(";".join(parts), day)) is None or first.year > 2034:
        return None
    start: datetime | date = first
    end: datetime | date = first + timedelta(days=1 if random.random() < 0.9 else random.randint(2, 3))
    if not all_day:
        start = datetime.combine(first, some_time(random))
        end = start + length(random, start.time())
        if spans_a_change(start, end, ZoneInfo(zone)):
            return None
    parts += ending(random, frequency, start, zone)
    random.shuffle(parts)
    made = Series(start, end, [";".join(parts)], zone)
    if random.random() < 0.03:
        made.rules.append("FREQ=MONTHLY;COUNT=3")
    # The last one left out would leave no series.
    if random.random() < 0.06 and len(occurrences := _first_occurrences(made)) > 1:
        made.exdates = random.sample(occurrences, 1)
    if random.random() < 0.04:
        made.rdates = [start + timedelta(days=random.randint(1, 300))]
    return made


def spans_a_change(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks change between start and end, there or in Berlin, or leave the start out: then the first occurrence does not say
    how long the others are, or when."""
    begin, finish = (wall.replace(tzinfo=zone).astimezone(timezone.utc) for wall in (start, end))
    if begin.astimezone(zone).replace(tzinfo=None) != start:
        return True
    return any(begin.astimezone(z).utcoffset() != finish.astimezone(z).utcoffset() for z in (zone, BERLIN))


def ending(random: Random, frequency: str, start: datetime | date, zone: str | None) -> list[str]:
    pick = random.random()
    if pick < 0.3:
        most = {"DAILY": 400, "WEEKLY": 120, "MONTHLY": 60, "YEARLY": 40}[frequency]
        return [f"COUNT={random.choice([1, 2, 3, 5, 10, random.randint(1, most)])}"]
    if pick < 0.65:
        days = {"DAILY": 700, "WEEKLY": 2000, "MONTHLY": 4000, "YEARLY": 8000}[frequency]
        last = start + timedelta(days=random.randint(0, days))
        if zone is None:
            return [f"UNTIL={last:%Y%m%d}"]
        moment = random.choice([last, last, last - timedelta(seconds=1), last.replace(hour=23, minute=59, second=59)])
        moment = max(moment, start).replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc)
        return [f"UNTIL={moment:%Y%m%dT%H%M%SZ}"]
    return []


def _first_occurrences(made: Series) -> list:
    start = made.start if isinstance(made.start, datetime) else datetime.combine(made.start, time())
    rule = ";".join(p for p in made.rules[0].split(";") if not p.startswith("UNTIL"))
    found = [d for _, d in zip(range(10), rrulestr(rule, dtstart=start))]
    return [d.date() if made.all_day else d for d in found]


def termin(random: Random) -> dict:
    """A series as Advoware has it, by APIS.md point 11."""
    while True:
        first = some_day(random)
        start = time(0) if random.random() < 0.15 else some_time(random)
        end = time(23, 59)
        if start != time(0) and start < end:
            minutes = (23 - start.hour) * 60 + 59 - start.minute
            end = (datetime.combine(first, start) + timedelta(minutes=random.randint(1, max(1, min(minutes, 300))))).time()
        if start < end and not spans_a_change(datetime.combine(first, start), datetime.combine(first, end), BERLIN):
            break
    art = random.randint(1, 4)
    turnus = random.choice([1, 1, 1, 2, 3, 4, 6, 13])
    last = date(2037, 12, 31) if random.random() < 0.3 else first + timedelta(days=random.randint(0, {1: 700, 2: 2500}.get(art, 5500)))
    day = random.choice(["{0}", "{0}T00:00:00", "{0}T00:00:00.000", "{0}T00:00:00Z"])
    clock = random.choice(["%H:%M:%S", "%H:%M:%S", "%H:%M"]) if not start.second else "%H:%M:%S"
    return {"frNr": 1, "datum": day.format(first), "datumBis": day.format(last), "uhrzeitVon": start.strftime(clock), "uhrzeitBis": end.strftime("%H:%M:%S"),
            "dauertermin": 1, "turnus": turnus, "turnusArt": art, "text": "Serie", "notiz": "", "ort": ""}
