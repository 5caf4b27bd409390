"""What a row may mean: when resolution starts, first answers, whole cases in a row, and rows that are none."""

import csv
from datetime import UTC, datetime, timedelta

import pytest

from cases.domain import lifecycle
from cases.models import Case, Interaction
from config.errors import Invalid
from sla.models import Clock
from tenants.models import Requester
from tests.cases.importing.conftest import NOW, PLAIN
from tests.factories.tenants import TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db

HEADER = "id,at,state,prio,who,owner,answered\n"


def minute(n):
    return datetime(2026, 3, 2, 8, tzinfo=UTC) + timedelta(minutes=n)


def log(*rows):
    """(id, minute, state, then prio, who, owner, minute answered)"""
    lines = []
    for case_id, n, state, *more in rows:
        prio, who, owner, answered = [*more, *["high", "Ada", "", ""][len(more) :]]
        when = minute(answered).isoformat() if answered != "" else ""
        lines.append(f"{case_id},{minute(n).isoformat()},{state},{prio},{who},{owner},{when}\n")
    return HEADER + "".join(lines)


def clocks(kind="resolution"):
    return list(Clock.objects.filter(kind=kind).order_by("window").values_list("started_at", "stopped_at", "ended_as"))


LATE_START = log(("a", 0, "new"), ("a", 10, "new", "high", "Ada", "Jon"), ("a", 20, "work"), ("a", 60, "done"))
STRAIGHT = log(("a", 0, "new"), ("a", 60, "done"), ("a", 90, "shut"))


@pytest.mark.parametrize(
    ("accepted", "rows", "starts"),
    [
        ("leaves_new", LATE_START, 20),
        ("first_assignment", LATE_START, 10),
        ("opened", LATE_START, 0),
        ("leaves_new", STRAIGHT, 0),
        ("first_assignment", STRAIGHT, 0),
        ("opened", STRAIGHT, 0),
    ],
)
def test_when_resolution_starts(run, accepted, rows, starts):
    run(rows, PLAIN | {"accepted": accepted, "fields": {"requester": "who", "owner": "owner"}})
    assert clocks() == [(minute(starts), minute(60), "met")]
    assert Case.objects.get().accepted_at == minute(starts)


@pytest.mark.parametrize(
    ("first_response", "stops", "without"),
    [
        ("none", None, ["first_response", "next_reply", "target"]),
        ("leaves_new", 20, ["next_reply", "target"]),
        ({"column": "answered"}, 7, ["next_reply", "target"]),
    ],
)
def test_first_response(run, first_response, stops, without):
    rows = log(("a", 0, "new", "high", "Ada", "", 7), ("a", 20, "work", "high", "Ada", "", 7))
    assert run(rows, PLAIN | {"first_response": first_response}).without == without
    answered = None if stops is None else minute(stops)
    assert Case.objects.get().first_response_at == answered
    assert clocks("first_response") == ([] if stops is None else [(minute(0), answered, "met")])


def test_steps_the_lifecycle_does_not_have(run):
    states = ["wait", "new", "done", "wait", "shut", "done", "work", "triage", "shut", "new", "shut", "wait"]
    report = run(log(("a", 0, "new"), *[("a", 10 * (n + 1), state) for n, state in enumerate(states)]))
    assert (report.transitions, report.rejected_resolutions, report.reopened) == (12, 2, 2)
    case = Case.objects.get()
    assert (case.status, case.reopen_count, case.window, case.waiting_since) == (
        "waiting_on_customer",
        2,
        3,
        minute(120),
    )
    assert clocks()[0][0] == minute(10)


CASES = PLAIN | {
    "rows": "case",
    "fields": {"requester": "who", "opened_at": "opened", "resolved_at": "fixed", "closed_at": "shut"},
}
CASES.pop("at")
CASE_HEADER = "id;opened;fixed;shut;state;prio;who\n"


def test_a_row_for_a_whole_case(run):
    report = run(
        CASE_HEADER
        + "a;2026-03-02T09:00:00+01:00;2026-03-02T09:00:00;2026-03-03 08:00;shut;high;Ada\n"
        + "b;2026-03-02 08:00;;;work;low;Bo\n"
        + "c;2026-03-02 08:00;;;new;low;Bo\n"
        + "d;2026-03-02 08:00;2026-03-02 07:00;;done;low;Bo\n"
        + "e;;2026-03-02 07:00;;done;low;Bo\n"
        + "f;2026-03-02 08:00;;;done;low;Bo\n",
        CASES,
    )
    assert report.reasons == {
        "resolved_at lies before the opening": 1,
        "no time of opening": 1,
        "resolved, and no time when": 1,
    }
    assert (report.cases, report.transitions, report.rejected) == (3, 3, 3)
    assert list(Case.objects.order_by("external_refs__external_id").values_list("status", "resolved_at")) == [
        ("closed", minute(60)),
        ("in_progress", None),
        ("new", None),
    ]
    assert clocks()[0] == (minute(0), minute(60), "met")


def test_a_whole_case_that_went_on_since(run):
    run(CASE_HEADER + "a;2026-03-02 08:00;;;work;high;Ada\n", CASES)
    report = run(CASE_HEADER + "a;2026-03-02 08:00;2026-03-02 09:00;;done;high;Ada\n", CASES)
    assert (report.updated, report.unchanged) == (1, 0)
    assert clocks() == [(minute(0), minute(60), "met")]
    assert Case.objects.get().status == "resolved"
    assert Interaction.objects.count() == 2


def test_hostile_rows_are_refused_each_with_its_reason(run, tmp_path):
    rejects = tmp_path / "rejects.csv"
    good = minute(0).isoformat()
    report = run(
        "\ufeff"
        + HEADER
        + f"a,{good},new,high,Ada,,\n"
        + f'b,{good},new,high,"Bo\nLind",,\n'
        + f'c,{good},new,high,"never closed,,\n'
        + f"d,{good},new,high,A\0da,,\n"
        + f"e,{good},new,high,{'x' * 300},,\n"
        + f"{'f' * 201},{good},new,high,Ada,,\n"
        + f"g,{good},new,high,{'x' * 200_000},,\n"
        + "h,31.02.2026,new,high,Ada,,\n"
        + "i,0001-01-01,new,high,Ada,,\n"
        + "j,2999-01-01,new,high,Ada,,\n"
        + f",{good},new,high,Ada,,\n"
        + f"l,{good},new\n"
        + f"m,{good},odd,high,Ada,,\n",
        PLAIN | {"status": PLAIN["status"] | {"unknown": "reject"}},
        rejects=rejects,
    )
    assert (report.rows, report.cases, report.rejected) == (13, 2, 11)
    with rejects.open(newline="", encoding="utf-8") as file:
        reasons = [row[1] for row in csv.reader(file)][1:]
    assert reasons == [
        "a quote is opened and never closed",
        "a null byte",
        "requester of more than 200 characters",
        "an id of more than 200 characters",
        "a line of more than 131,072 characters",
        "'31.02.2026' is no time of the form ISO 8601",
        "'0001-01-01' lies before 1970",
        "'2999-01-01' lies in the future",
        "no id",
        "3 fields where the header has 7",
        "unknown state 'odd'",
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "~"])
def test_any_delimiter_in_latin_1(run, delimiter):
    text = log(("a", 0, "new", "high", "Zoë")).replace(",", delimiter)
    assert run(text.encode("latin-1")).encoding == "latin-1"
    assert Requester.objects.get().name == "Zoë"


def test_equal_rows_are_told_apart_by_their_number(run):
    rows = log(("a", 0, "new"), ("a", 5, "work"), ("a", 5, "work"))
    run(rows)
    assert Interaction.objects.count() == 3
    assert run(rows).unchanged == 1
    assert run(rows + rows.removeprefix(HEADER).splitlines(keepends=True)[1]).updated == 1
    assert Interaction.objects.count() == 4


def test_people_of_ours_and_addresses_that_the_source_names(run):
    jon = UserFactory(username="jon", role="l1")
    rows = log(("a", 0, "work", "high", "Ada@Client.example", "JON"), ("b", 0, "work", "high", "ada", "Mira"))
    run(rows, PLAIN | {"fields": {"requester": "who", "owner": "owner"}})
    assert list(Case.objects.order_by("pk").values_list("owner", flat=True)) == [jon.pk, None]
    assert "owner Mira" in Interaction.objects.latest("pk").body
    addresses = list(Requester.objects.order_by("pk").values_list("email", flat=True))
    assert addresses[0] == "ada@client.example"
    assert addresses[1].endswith("@otherdesk.invalid")


def test_a_case_that_people_went_on_with_here_is_theirs(run):
    run(log(("a", 0, "new")))
    case = Case.objects.get()
    lifecycle.accept(case_id=case.pk, by=actor("l2", at=NOW), at=NOW)
    report = run(log(("a", 0, "new"), ("a", 30, "done")))
    assert (report.updated, report.transitions, report.kept) == (1, 0, 1)
    assert Case.objects.get().status == "triage"
    assert Interaction.objects.filter(source_key__isnull=False).count() == 2


def test_accepting_what_was_owed_already_starts_no_second_clock(run):
    run(log(("a", 0, "new")), PLAIN | {"accepted": "opened"})
    lifecycle.accept(case_id=Case.objects.get().pk, by=actor("l2", at=NOW), at=NOW)
    assert clocks() == [(minute(0), None, "")]


def test_a_case_of_another_tenant_is_refused(run):
    run(log(("a", 0, "new")))
    TenantFactory(slug="other")
    report = run(log(("a", 0, "new"), ("b", 0, "new")), to="other")
    assert (report.created, report.rejected) == (1, 1)
    assert report.reasons == {"its case belongs to another tenant": 1}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sorce": "x"}, "'sorce' is not known here"),
        ({"rows": "month"}, "rows: 'month' is none of event, case"),
        ({"id": ""}, "id is needed"),
        ({"id": "number"}, "the column 'number' is not in the header"),
        ({"fields": {"colour": "who"}}, "fields: 'colour' is not known here"),
        ({"fields": {"subject": {"konst": "x"}}}, "fields.subject is a column's name or {const: a value}"),
        ({"fields": {"resolved_at": "at"}}, "fields.resolved_at goes with rows: case only"),
        ({"fields": {"opened_at": {"const": "now"}}}, "fields.opened_at is a column"),
        ({"rows": "case"}, "fields.opened_at is needed with rows: case"),
        ({"accepted": "never"}, "accepted: 'never' is none of"),
        ({"accepted": "first_assignment"}, "needs fields.owner or fields.group"),
        ({"first_response": {"row": "x"}}, "first_response is none, leaves_new or"),
        ({"priority": {"column": "prio", "map": {"high": "P9"}}}, "priority.map: 'high' means one of P0"),
        ({"status": {"column": "state", "map": {"new": "fresh"}}}, "status.map: 'new' means one of new"),
        ({"status": {"column": "state", "unknown": "guess"}}, "status.unknown: 'guess' is none of keep, reject"),
        ({"timezone": "Mars/North"}, "timezone: there is no zone 'Mars/North'"),
        ({"time_format": "dd.mm.yyyy"}, "time_format: 'dd.mm.yyyy' is no pattern"),
        ({"delimiter": "::"}, "delimiter: '::' is not one character"),
        ({"encoding": "ebcdic"}, "encoding: 'ebcdic' is none of"),
        ({"empty": "?"}, "empty is a list"),
    ],
)
def test_a_wrong_mapping_is_one_clear_error_and_nothing_is_written(run, change, says):
    with pytest.raises(Invalid) as refusal:
        run(log(("a", 0, "new")), PLAIN | change)
    assert says in refusal.value.message
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [("rows: [", "is no YAML"), ("id: a\nid: b\n", "'id' stands there twice"), ("- a\n", "is a table of names")],
)
def test_a_mapping_that_is_no_table(run, text, says):
    with pytest.raises(Invalid) as refusal:
        run(log(("a", 0, "new")), text)
    assert says in refusal.value.message


def test_a_source_keeps_its_kind_of_rows(run):
    run(log(("a", 0, "new")))
    with pytest.raises(Invalid) as refusal:
        run(CASE_HEADER, CASES)
    assert "rows: event before" in refusal.value.message


def test_files_that_are_none(run, tmp_path):
    for given in (tmp_path / "nowhere.csv", tmp_path, ""):
        with pytest.raises(Invalid):
            run(given)


def test_a_case_of_too_many_rows_is_no_case(run, monkeypatch):
    monkeypatch.setattr("cases.domain.importing.running.MOST", 3)
    report = run(log(("a", 0, "new"), *[("b", n, "work") for n in range(4)], ("c", 0, "new")))
    assert (report.cases, report.rejected) == (2, 4)
