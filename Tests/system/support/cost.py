"""What one hub costs, measured, and the bars that it has to meet: used by ops/bench hub and by the small test of the same."""

import statistics
from dataclasses import asdict, dataclass, field

import psycopg

from counters import Cost, Meter
from settled_office import Employee, fill, start_listener
from sql_listener import SqlListener

KINDS = ("update_event", "update_termin", "create_event", "create_termin", "delete_event")
PHASES = {1: ["create_event"], 2: ["create_termin"], 3: ["delete_event"], 4: ["update_event", "update_termin", "tag_event"]}
# The first of each kind read the catalog, which a listener's session does once.
WARM, MEASURED = 2, 6
CHANGED = 10
REPEATS = 5

# One hash join of an employee's links with both sides, which says whether all is as it was settled.
HASH_JOIN = """
    SELECT count(*) FROM sync.calendar_sync AS l
    JOIN sync.seen AS a ON a.employee_kuerzel = l.employee_kuerzel AND a.side = 'advoware' AND a.entry_id = l.advoware_frnr::text
    JOIN sync.seen AS g ON g.employee_kuerzel = l.employee_kuerzel AND g.side = 'google' AND g.entry_id = l.google_event_id
    WHERE l.employee_kuerzel = %s AND NOT l.deleted AND a.fingerprint = l.advoware_fingerprint AND g.fingerprint = l.google_fingerprint
"""


@dataclass
class Figures:
    """Of one hub, never analysed or analysed. What could not be measured is not there, and too_slow says why."""

    size: int
    each: int
    analysed: bool
    actions: dict[str, list[Cost]] = field(default_factory=dict)
    # Per action: what planning it and reading it again wrote, shared evenly.
    around: dict[str, Cost] = field(default_factory=dict)
    everyday: Cost | None = None
    whole: Cost | None = None
    planning: Cost | None = None
    planning_changed: Cost | None = None
    hash_join: Cost | None = None
    after: Cost | None = None
    too_slow: str | None = None

    @property
    def name(self) -> str:
        return f"{self.size:,}{' a' if self.analysed else ''}"

    def settled(self, kind: str) -> Cost:
        """One write until it is settled: its action, its share of the plan and of reading again."""
        return self.mean(kind) + self.around[kind]

    def mean(self, kind: str) -> Cost:
        costs = self.actions[kind]
        return sum(costs, Cost()) / len(costs)


def least(costs: list[Cost]) -> Cost:
    """What it takes when nothing disturbs: the least of each number."""
    return Cost(*(min(getattr(c, name) for c in costs) for name in asdict(costs[0])))


class Measurement:
    """Drives one hub as a listener does, with one employee's office, and counts."""

    def __init__(self, database: str, size: int, each: int, analysed: bool, timeout: str, **server):
        self.figures = Figures(size, each, analysed)
        self.meter = Meter(database, timeout, **server)
        start_listener(self.meter.hub)
        self.office = Employee.of(self.meter.hub, "E1")
        self.listener = SqlListener(self.meter, self.office)

    def __enter__(self) -> "Measurement":
        return self

    def __exit__(self, *_) -> None:
        self.meter.close()

    def take(self) -> Figures:
        steps = {"a run that reads everything": self.warm_up, "a run in which nothing changed": self.unchanged, "planning": self.plan,
                 f"planning {CHANGED} changes": self.plan_changed, "actions": self.act}
        for step, measure in steps.items():
            try:
                measure()
            except psycopg.errors.QueryCanceled as error:
                where = (error.diag.context or "").strip().splitlines()
                self.figures.too_slow = f"{step}: {error.diag.message_primary}" + (f", in {where[-1]}" if where else "")
                break
        return self.figures

    def warm_up(self) -> None:
        self.whole_run("whole")
        self.whole_run("since the last")

    def whole_run(self, google: str) -> Cost:
        self.listener.ask()
        with self.meter.measure() as cost:
            self.listener.claim()
            self.listener.read(google)
            self.listener.settle()
            for phase in range(1, 5):
                assert not self.listener.plan(phase), "something is to be done in a settled office"
            ended = self.listener.finish()
        assert ended == "done", f"a run in which nothing changed is {ended}"
        return cost

    def unchanged(self) -> None:
        self.figures.everyday = self.whole_run("since the last")
        self.figures.whole = self.whole_run("whole")

    def plan_once(self) -> Cost:
        with self.meter.measure() as cost:
            self.listener.settle()
            for phase in range(1, 5):
                self.listener.plan(phase)
        return cost

    def plan(self) -> None:
        self.listener.open("since the last")
        self.figures.planning = least([self.plan_once() for _ in range(REPEATS)])
        self.listener.finish()
        self.meter.hub.execute("SET enable_nestloop = off; SET enable_mergejoin = off")
        joins = []
        for _ in range(REPEATS):
            with self.meter.measure() as cost:
                [settled] = self.meter.hub.execute(HASH_JOIN, [self.office.kuerzel]).fetchone()
            joins.append(cost)
        self.meter.hub.execute("RESET enable_nestloop; RESET enable_mergejoin")
        assert settled == self.figures.each, f"{settled} links are settled, not {self.figures.each}"
        self.figures.hash_join = least(joins)

    def plan_changed(self) -> None:
        self.office.edit_termine(CHANGED)
        self.listener.open("since the last")
        self.figures.planning_changed = self.plan_once()
        self.listener.settle()
        done = [kind for kind, _ in self.listener.carry_out_phases() if kind in KINDS]
        assert done == ["update_event"] * CHANGED, f"{CHANGED} Termine were changed, and done was {done}"
        self.listener.finish()

    def act(self) -> None:
        count = WARM + MEASURED
        self.office.edit_termine(count)
        self.office.edit_events(count)
        self.office.add_termine(count)
        self.office.delete_termine(count)
        self.listener.open("since the last")
        # Google lists what has changed there.
        self.office.add_events(count)
        self.listener.read("whole")
        self.listener.settle()
        steps = self.listener.carry_out_phases()
        ended = self.listener.finish()
        assert ended == "done", f"the run is {ended}"
        self.figures.after = self.whole_run("whole")
        for kind in (*KINDS, "tag_event"):
            costs = [cost for step, cost in steps if step == kind]
            assert len(costs) == count, f"{len(costs)} times {kind}, not {count}"
            self.figures.actions[kind] = costs[WARM:]
            self.figures.around[kind] = Cost()
        for phase, kinds in PHASES.items():
            for step, cost in steps:
                if step == f"plan {phase}":
                    self._share(cost, kinds, count)
                elif step == f"read again {phase}":
                    self._share(cost, [kind for kind in kinds if kind.endswith("_termin")], count)

    def _share(self, cost: Cost, kinds: list[str], count: int) -> None:
        for kind in kinds:
            self.figures.around[kind] += cost / (len(kinds) * count)


def measure(database: str, size: int, each: int, *, analysed: bool, timeout: str = "30s", **server) -> Figures:
    """A hub that fill() has made and nothing else has used."""
    with psycopg.connect(dbname=database, autocommit=True, **server) as hub:
        if analysed:
            hub.execute("ANALYZE")
        [seen] = hub.execute("SELECT count(*) FROM pg_class WHERE relname IN ('calendar_sync', 'seen') AND reltuples >= 0").fetchone()
        assert seen == (2 if analysed else 0), "somebody else has analysed this hub"
    with Measurement(database, size, each, analysed, timeout, **server) as measurement:
        return measurement.take()


# The bars

@dataclass
class Bar:
    """One number beside what it may be. No number: it could not be had, and that is a miss. why: what else is known of it."""

    bar: str
    hub: str
    value: float | None
    limit: float
    unit: str
    why: str | None = None

    @property
    def missed(self) -> bool:
        return self.value is None or self.value > self.limit

    @property
    def ratio(self) -> float | None:
        """To the limit; to none at all there is no ratio."""
        return self.value / self.limit if self.value is not None and self.limit else None

    def record(self) -> dict:
        return {**asdict(self), "ratio": self.ratio, "missed": self.missed}


def bars_of_hub(figures: Figures) -> list[Bar]:
    """What each hub has to meet for itself. Counters only."""
    found: list[Bar] = []

    def bar(what: str, value, limit: float, unit: str) -> None:
        try:
            number = value()
        except (AttributeError, KeyError):
            number = None
        found.append(Bar(what, figures.name, number, limit, unit, figures.too_slow if number is None else None))

    for kind in KINDS:
        is_creation = kind.startswith("create_")
        # Absence is proven first: the proof is asked for, and its answer recorded.
        proofs = 1 if kind.startswith("delete_") else 0
        bar(kind, lambda: max(cost.buffers for cost in figures.actions[kind]), 400, "buffers")
        bar(kind, lambda: max(cost.commits for cost in figures.actions[kind]), 2 + 2 * proofs, "commits")
        if is_creation:
            bar(kind, lambda: figures.settled(kind).links_inserted, 1, "inserts of the link")
        bar(kind, lambda: figures.settled(kind).links_updated, 1, "updates of the link")
        bar(kind, lambda: figures.settled(kind).audit_rows, 2 if is_creation else 1, "audit rows")
    bar("the run after these", lambda: figures.after.links_updated + figures.after.links_inserted, 0, "links written")
    runs = (("unchanged run", lambda: figures.everyday, figures.each), ("unchanged run, both sides whole", lambda: figures.whole, 2 * figures.each))
    for run, cost, entries in runs:
        bar(run, lambda: cost().seen_written, 0, "rows of seen written")
        bar(run, lambda: cost().links_updated + cost().links_inserted, 0, "links written")
        bar(run, lambda: cost().wal / 1024, 30, "kB of WAL")
        bar(run, lambda: cost().buffers * 1000 / entries, 10_000, "buffers per 1,000 entries")
    return found


def bars_between(small: Figures, large: Figures) -> list[Bar]:
    """What must not grow with the hub, as a multiple of what the small one takes. Counters only."""
    why = large.too_slow or small.too_slow
    found = []
    for kind in KINDS:
        for counter, what in (("buffers", "buffers"), ("visited", "rows visited")):
            here, there = (getattr(f.mean(kind), counter) if kind in f.actions else None for f in (large, small))
            found.append(Bar(kind, large.name, here / there if here and there else None, 1.3, f"x the smallest hub's {what}", why))
    here, there = (f.planning_changed.buffers - f.planning.buffers if f.planning_changed else None for f in (large, small))
    found.append(Bar(f"planning {CHANGED} changes, beyond planning none", large.name, None if here is None or there is None else here / max(there, CHANGED * 10),
                     # An index of one more level costs one more page a look.
                     1.5, "x the smallest hub's buffers", why))
    return found


def bars_of_planning(figures: Figures, reference: Figures | None = None) -> list[Bar]:
    """Planning beside one hash join of the same rows; and whether its cost follows the employee's links alone, beside a smaller hub's."""
    name = "planning all phases, nothing changed"
    planning, join, why = figures.planning, figures.hash_join, figures.too_slow
    found = [Bar(name, figures.name, planning and join and planning.milliseconds / join.milliseconds, 3, "x a hash join's time",
                 planning and join and f"{planning.milliseconds:.1f} ms, the join {join.milliseconds:.1f} ms" or why),
             Bar(name, figures.name, planning and join and planning.buffers / join.buffers, 3, "x a hash join's buffers",
                 planning and join and f"{planning.buffers:,.0f}, the join {join.buffers:,.0f}" or why)]
    if reference:
        before = reference.planning
        found.append(Bar(name, figures.name, planning and before and planning.buffers / before.buffers, 1.3, f"x {reference.size:,} links' buffers",
                         why or reference.too_slow))
    return found


def table(bars: list[Bar]) -> str:
    """A line for what is measured, a column for each hub; "!" marks what is missed."""
    hubs = list(dict.fromkeys(b.hub for b in bars))
    cells: dict[tuple, dict[str, Bar]] = {}
    for b in bars:
        cells.setdefault((b.bar, b.unit, b.limit), {})[b.hub] = b
    rows = [["", "", *hubs, "limit", "worst"]]
    for (name, unit, limit), of in cells.items():
        ratios = [b.ratio for b in of.values() if b.ratio is not None]
        rows.append([name, unit, *(_cell(of.get(hub)) for hub in hubs), number(limit), f"{max(ratios):,.2f} x" if ratios else ""])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]
    told = dict.fromkeys(f"- {b.hub}, " + (f"not measured: {b.why}" if b.value is None else f"{b.bar}: {b.why}") for b in bars if b.missed and b.why)
    return "\n".join([*lines, *told])


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.2f}"


def _cell(bar: Bar | None) -> str:
    if bar is None:
        return ""
    return ("-" if bar.value is None else number(bar.value)) + ("!" if bar.missed else " ")
