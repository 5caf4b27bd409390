"""The small file that is shipped beside its mapping: all of its oddities, and importing it again, in parts, late."""

import csv
from datetime import UTC, datetime

import pytest

from cases.models import Case, ExternalRef, ImportedSource, Interaction, Transition
from outbox.models import Delivery
from outbox.models import Event as OutboxEvent
from sla.domain import fold, histories
from sla.domain.rows import state_of
from sla.models import Alert, Clock
from tenants.models import Requester
from tests.cases.importing.conftest import EXAMPLE, MAPPING, NOW

pytestmark = pytest.mark.django_db

WHOLE = {
    "rows": 52,
    "cases": 12,
    "created": 12,
    "unchanged": 0,
    "updated": 0,
    "transitions": 36,
    "rejected_resolutions": 1,
    "reopened": 1,
    "kept": 1,
    "rejected": 2,
    "without": ["first_response", "next_reply", "target"],
}
NOTHING = dict.fromkeys(
    ["created", "unchanged", "updated", "transitions", "rejected_resolutions", "reopened", "kept", "rejected"], 0
)


def figures(report):
    document = report.as_json()
    assert document.pop("seconds") >= 0
    return document


def case(name, source="servicenow"):
    return Case.objects.get(external_refs__system=source, external_refs__external_id=name)


def moves(row):
    standing = Transition.objects.filter(case=row, undone_by=None).exclude(move="take_back").order_by("at", "pk")
    return [(one.move, one.from_status, one.to_status, one.imported) for one in standing]


def at(day, hour, minute=0, month=3):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def everything():
    models = [Case, Transition, Interaction, Clock, ExternalRef, Requester, OutboxEvent, Delivery, Alert]
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_every_row_is_accounted_for_and_nobody_is_told(run, tenant, tmp_path):
    rejects = tmp_path / "rejects.csv"
    assert figures(run(EXAMPLE, MAPPING, rejects=rejects)) == WHOLE

    assert Case.objects.filter(tenant=tenant, imported=True).count() == 12
    assert Interaction.objects.count() == 50
    assert (OutboxEvent.objects.count(), Delivery.objects.count(), Alert.objects.count()) == (0, 0, 0)
    with rejects.open(newline="") as file:
        assert [row[:3] for row in csv.reader(file)] == [
            ["line", "reason", "number"],
            ["51", "no time", "EX012"],
            ["57", "3 fields where the header has 15", "EX013"],
        ]
    assert set(Requester.objects.values_list("email", flat=True)) == {
        email for email in Requester.objects.values_list("email", flat=True) if email.endswith("@servicenow.invalid")
    }


def test_a_second_import_changes_nothing(run):
    run(EXAMPLE, MAPPING)
    before = everything()
    again = run(EXAMPLE, MAPPING, at=NOW.replace(hour=13))
    assert figures(again) == WHOLE | NOTHING | {"unchanged": 12, "rejected": 2}
    assert everything() == before


def test_a_dry_run_says_the_same_and_writes_nothing(run):
    before = everything()
    assert figures(run(EXAMPLE, MAPPING, dry_run=True)) == WHOLE
    assert everything() == before
    assert not ImportedSource.objects.exists()
    run(EXAMPLE, MAPPING)
    assert Case.objects.order_by("pk").first().reference == f"CASE-{Case.objects.earliest('pk').pk}"


def test_oddities_are_taken_as_they_happened(run):
    run(EXAMPLE, MAPPING)
    assert moves(case("EX002")) == [
        ("open", "", "new", False),
        ("resolve", "new", "resolved", True),
        ("close", "resolved", "closed", False),
    ]
    straight = Clock.objects.get(case_clock__case=case("EX002"))
    assert (straight.started_at, straight.stopped_at) == (at(2, 10), at(2, 10, 20))

    assert moves(case("EX003"))[3:5] == [
        ("reject", "resolved", "in_progress", False),
        ("resolve", "in_progress", "resolved", False),
    ]
    [rejected] = Clock.objects.filter(case_clock__case=case("EX003"))
    assert (rejected.window, rejected.started_at, rejected.stopped_at) == (1, at(3, 8), at(3, 17))
    assert rejected.used == 7.5 * 3600 * 1_000_000  # P1 counts round the clock, without the time in Resolved

    assert ("reopen", "closed", "in_progress", False) in moves(case("EX004"))
    windows = Clock.objects.filter(case_clock__case=case("EX004")).order_by("window")
    assert [(one.window, one.started_at, one.stopped_at) for one in windows] == [
        (1, at(4, 9, 30), at(4, 10)),
        (2, at(6, 8), at(6, 12)),
    ]
    assert (case("EX004").reopen_count, case("EX004").window) == (1, 2)

    assert moves(case("EX005")) == [
        ("open", "", "new", False),
        ("start", "new", "in_progress", True),
        ("wait", "in_progress", "waiting_on_customer", False),
        ("resolve", "waiting_on_customer", "resolved", False),
        ("close", "resolved", "closed", False),
    ]
    assert (case("EX006").priority, [one[2] for one in moves(case("EX006"))]) == (
        "P0",
        ["new", "in_progress", "resolved", "closed"],
    )
    assert "On Hold (unknown here)" in "\n".join(case("EX007").interactions.values_list("body", flat=True))
    assert (case("EX008").status, case("EX008").resolved_at, case("EX008").accepted_at) == ("closed", None, None)
    assert not Clock.objects.filter(case_clock__case=case("EX008")).exists()
    assert (case("EX010").status, case("EX010").next_timer_at) == ("new", None)


def test_what_is_open_and_overdue_is_broken_quietly_and_left_alone_by_timers(run):
    run(EXAMPLE, MAPPING)
    waiting = case("EX009")
    assert (waiting.status, waiting.waiting_since, waiting.next_timer_at) == (
        "waiting_on_customer",
        at(12, 16),
        None,
    )
    assert not Clock.objects.filter(next_at__lte=NOW).exists()


def test_the_night_the_clocks_change(run):
    run(EXAMPLE, MAPPING)
    [clock] = Clock.objects.filter(case_clock__case=case("EX011"))
    assert clock.started_at == datetime(2026, 3, 29, 1, tzinfo=UTC)  # 01:30 in Lisbon is skipped: the jump itself
    assert clock.stopped_at == datetime(2026, 3, 29, 2, tzinfo=UTC)


def told(source):
    """Each case of a source as plain values, without what tells the imports apart."""
    without = ("id", "requester_id", "version", "subject", "priority_reason", "created_at", "category_id")
    found = {}
    for ref in ExternalRef.objects.filter(system=source).select_related("case"):
        columns = {k: v for k, v in Case.objects.filter(pk=ref.case_id).values().get().items() if k not in without}
        clocks = Clock.objects.filter(case_clock__case=ref.case_id).exclude(ended_as="moved")
        states = [state_of(clock) for clock in clocks.order_by("kind", "window")]
        notes = list(ref.case.interactions.order_by("at", "pk").values_list("at", flat=True))
        found[ref.external_id] = columns, states, moves(ref.case), notes
    return found


def renamed(source, tmp_path):
    path = tmp_path / f"{source}.yaml"
    path.write_text(MAPPING.read_text().replace("source: servicenow", f"source: {source}"))
    return path


@pytest.mark.parametrize("part", ["a shorter export", "late rows", "one row at a time"])
def test_a_log_that_comes_in_parts_ends_as_if_it_had_come_at_once(run, tmp_path, part):
    lines = EXAMPLE.read_text().replace('Error ""E-42"",\nthen nothing', "Error").splitlines(keepends=True)
    header, rows = lines[0], lines[1:-1]
    parts = {
        "a shorter export": [rows[:20], rows[:35], rows],
        "late rows": [rows[1::2], rows[::3], rows[::2], rows],
        "one row at a time": [[row] for row in rows],
    }[part]
    run(header + "".join(rows), renamed("at-once", tmp_path))
    for some in parts:
        run(header + "".join(some), renamed("in-parts", tmp_path))

    assert told("in-parts") == told("at-once")
    for clock in Clock.objects.all():
        again = fold.fold(histories.fold_events(clock, clock.events.order_by("at", "pk")))
        assert fold.state_at(again, NOW) == fold.state_at(state_of(clock), NOW)


def test_final_facts_of_a_later_export_make_no_new_events(run):
    header, *rows = EXAMPLE.read_text().splitlines(keepends=True)[:3]
    run(header + "".join(row.replace("3/3/2026 15:00,10/3/2026 15:00", "?,?") for row in rows), MAPPING)
    assert figures(run(header + "".join(rows), MAPPING))["unchanged"] == 1


def test_a_mapping_that_reads_more_makes_no_new_events(run, tmp_path):
    run(EXAMPLE, MAPPING)
    path = tmp_path / "more.yaml"
    path.write_text(MAPPING.read_text().replace("fields:\n", "fields:\n  description: number\n"))
    assert figures(run(EXAMPLE, path))["unchanged"] == 12
