"""The real log beside the project, if it is there: all that we say about it against a recount with other means."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from cases.models import Case, ExternalRef, Interaction, Transition
from reporting.domain.metrics import metrics
from reporting.domain.period import Period
from sla.models import Clock
from tenants.domain.actors import SYSTEM
from tests.cases.importing.conftest import MAPPING
from tests.factories.sla import HOUR, PolicyFactory

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "uci_incidents_sample_2000.csv"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLE.exists(), reason="the UCI sample is not beside the project (docs/import.md)"),
]
HOURS = {"P0": 4, "P1": 24, "P2": 72, "P3": 120}
PRIORITIES = {"1 - Critical": "P0", "2 - High": "P1", "3 - Moderate": "P2", "4 - Low": "P3"}
LISBON = ZoneInfo("Europe/Lisbon")


def utc(text):
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=LISBON).astimezone(UTC)


class Window:
    """A promise of a resolution, counted with a stopwatch."""

    def __init__(self, priority, begun):
        self.priority, self.begun, self.since = priority, begun, begun
        self.stopped, self.used, self.late = None, timedelta(), False

    def look(self, at, priority):
        if self.since is not None:
            self.used, self.since = self.used + (at - self.since), at
        if self.stopped is None:
            self.late |= self.used > timedelta(hours=HOURS[priority])

    def go(self, at):
        self.since, self.stopped = self.since or at, None

    def halt(self, at, *, for_good):
        self.since = None
        if for_good:
            self.stopped = at


class Recount:
    """One pass over the file, knowing nothing of our code: states, pauses and windows by hand."""

    def __init__(self):
        incidents = {}
        with SAMPLE.open(newline="") as file:
            for row in csv.DictReader(file):
                incidents.setdefault(row["number"], []).append(row)
        self.rows = sum(map(len, incidents.values()))
        self.cases = len(incidents)
        self.changes, self.opened, self.windows, self.accepts = Counter(), Counter(), [], []
        for rows in incidents.values():
            self.one(sorted(rows, key=lambda row: utc(row["sys_updated_at"])))

    def one(self, rows):
        opened = utc(rows[0]["opened_at"])
        final = PRIORITIES[rows[-1]["priority"]]
        state, window, priority = "new", None, PRIORITIES[rows[0]["priority"]]
        left = next(simple(row["incident_state"]) for row in rows if row["incident_state"] != "New")
        if left == "resolved":  # straight to Resolved: it was worked on, and owed, since the opening
            window = self.begin(final, opened, opened)
        for row in rows:
            at, to = utc(row["sys_updated_at"]), simple(row["incident_state"])
            if window:
                window.look(at, priority)
            priority = PRIORITIES[row["priority"]]
            if window:
                window.look(at, priority)
            if to == state:
                continue
            self.changes[state, to] += 1
            if (window is None and to != "closed") or state == "closed":
                window = self.begin(final, at, None if state == "closed" else opened)
            if to == "working":
                window.go(at)
                window.look(at, priority)
            elif window:
                window.halt(at, for_good=to == "resolved")
            state = to
        self.opened[final] += 1

    def begin(self, priority, at, opened):
        """`opened`: of a first window, which tells how long acceptance took."""
        self.windows.append(Window(priority, at))
        if opened is not None:
            self.accepts.append((at - opened).total_seconds())
        return self.windows[-1]

    def into(self, *states):
        return sum(count for (_from, to), count in self.changes.items() if to in states)


def simple(state):
    names = {"New": "new", "Awaiting User Info": "waiting", "Resolved": "resolved", "Closed": "closed"}
    return names.get(state, "working")


@pytest.fixture
def imported(run, tenant):
    """Under promises that are easy to count: so many hours round the clock."""
    policy = PolicyFactory(tenant=tenant, valid_from=datetime(2015, 1, 1, tzinfo=UTC))
    for priority, hours in HOURS.items():
        policy.targets.filter(kind="resolution", priority=priority).update(amount=hours * HOUR)
    return run(SAMPLE, MAPPING)


def test_the_sample_recounted(imported, run, tenant):
    recount = Recount()
    assert (recount.rows, recount.cases) == (11_278, 2_000)
    document = imported.as_json()
    del document["seconds"]
    assert document == {
        "rows": recount.rows,
        "cases": recount.cases,
        "created": recount.cases,
        "unchanged": 0,
        "updated": 0,
        "transitions": recount.changes.total(),
        "rejected_resolutions": recount.changes["resolved", "working"] + recount.changes["resolved", "waiting"],
        "reopened": recount.changes["closed", "working"] + recount.changes["closed", "waiting"],
        "kept": 0,
        "rejected": 0,
        "without": ["first_response", "next_reply", "target"],
    }
    assert Interaction.objects.count() == recount.rows
    assert ExternalRef.objects.filter(system="servicenow", tenant=tenant).count() == recount.cases
    statuses = {"in_progress": "working", "triage": "working", "waiting_on_customer": "waiting"}
    written = Counter(
        (statuses.get(before, before), statuses.get(after, after))
        for before, after in Transition.objects.exclude(move="open").values_list("from_status", "to_status")
    )
    assert written == recount.changes

    assert sorted(Clock.objects.values_list("started_at", "stopped_at", "used")) == sorted(
        (one.begun, one.stopped, one.used // timedelta(microseconds=1)) for one in recount.windows
    )

    figures = metrics(period=Period(date(2016, 1, 1), date(2018, 12, 31), "UTC"), tenant=tenant, actor=SYSTEM)
    assert (figures.opened, figures.resolved, figures.closed, figures.open_at_end) == (
        2000,
        recount.into("resolved"),
        recount.into("closed"),
        0,
    )
    assert figures.opened_by_priority == dict(recount.opened)
    assert (figures.rejected, figures.reopened.part) == (document["rejected_resolutions"], document["reopened"])
    durations = [(one.stopped - one.begun).total_seconds() for one in recount.windows]
    assert (figures.resolution.n, figures.resolution.median_seconds) == (len(durations), round(median(durations), 1))
    assert figures.resolution.mean_seconds == round(sum(durations) / len(durations), 1)
    assert figures.time_to_accept.n == len(recount.accepts)
    assert figures.time_to_accept.median_seconds == round(median(recount.accepts), 1)
    late = Counter(one.priority for one in recount.windows if one.late)
    windows = Counter(one.priority for one in recount.windows)
    promises = {one.priority: one.figures for one in figures.promises if one.kind == "resolution"}
    assert {p: (promises[p].windows, promises[p].late) for p in HOURS} == {p: (windows[p], late[p]) for p in HOURS}
    assert promises["all"].met == windows.total() - late.total()
    assert figures.first_response.n == 0

    before = list(Case.objects.order_by("pk").values_list("pk", "version"))
    assert run(SAMPLE, MAPPING).unchanged == recount.cases
    assert list(Case.objects.order_by("pk").values_list("pk", "version")) == before
    assert (Interaction.objects.count(), Transition.objects.count()) == (
        recount.rows,
        recount.changes.total() + recount.cases,
    )
