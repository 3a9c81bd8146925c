"""Debian cron's rule for clock changes, stated a second time, minute by minute and as plainly as possible."""

import datetime as dt
from zoneinfo import ZoneInfo

MINUTE = dt.timedelta(minutes=1)
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()


def numbers(field: str, low: int, high: int, names: list[str]) -> set[int]:
    """What one field stands for."""
    def number(text: str) -> int:
        return names.index(text) + (1 if names is MONTHS else 0) if text in names else int(text)

    found: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin, end = (low, high) if span == "*" else (number(first), number(last or first))
        found |= set(range(begin, end + 1, int(step or 1)))
    return found


class Expression:
    """A five-field expression that is known to be valid."""

    def __init__(self, text: str):
        minute, hour, day, month, weekday = text.split()
        self.follows_clock = minute.startswith("*") or hour.startswith("*")
        self.either_day = not day.startswith("*") and not weekday.startswith("*")
        self.last_day = "$" in day.split(",")
        plain_days = ",".join(p for p in day.split(",") if p != "$")
        self.minutes, self.hours = numbers(minute, 0, 59, []), numbers(hour, 0, 23, [])
        self.days = numbers(plain_days, 1, 31, []) if plain_days else set()
        self.months = numbers(month, 1, 12, MONTHS)
        self.weekdays = {n % 7 for n in numbers(weekday, 0, 6, DAYS)}

    def matches(self, wall: dt.datetime) -> bool:
        by_day = wall.day in self.days or (self.last_day and (wall + dt.timedelta(days=1)).day == 1)
        by_week = wall.isoweekday() % 7 in self.weekdays
        return (wall.minute in self.minutes and wall.hour in self.hours and wall.month in self.months
                and (by_day or by_week if self.either_day else by_day and by_week))


def next_run(text: str, zone: str, after: dt.datetime, horizon: dt.timedelta) -> dt.datetime | None:
    """The next tick within the horizon: goes through real time and looks at the clock on the wall every minute."""
    expression, tz = Expression(text), ZoneInfo(zone)
    # Begins early enough to know what the clock has shown before.
    now = (after - dt.timedelta(hours=26)).replace(second=0, microsecond=0)
    latest_shown = (now - MINUTE).astimezone(tz).replace(tzinfo=None)
    while now <= after + horizon:
        wall = now.astimezone(tz).replace(tzinfo=None)
        if expression.follows_clock:
            due = expression.matches(wall)
        else:
            # Every minute that the clock shows for the first time or has just jumped over; in the second pass there is none.
            due = False
            shown = latest_shown + MINUTE
            while shown <= wall and not due:
                due = expression.matches(shown)
                shown += MINUTE
        if due and now > after:
            return now
        latest_shown = max(latest_shown, wall)
        now += MINUTE
    return None
