"""L2's week: drafted on Friday at noon, edited and published by L2, read by L3."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cadence.domain import level_week, reading, summaries
from cadence.domain.calendar import summary_week_at
from cadence.domain.summaries import NewLine
from cadence.models import LevelSummary, SummaryLine, SummaryReader
from cases.domain import escalation
from cases.models import KnownIssue
from config.errors import Absent, Forbidden, Invalid, Stale, TransitionRefused, Unknown
from outbox.models import Delivery
from tenants.domain.actors import SYSTEM
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, RESOLUTION, opened, worked_to
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=BERLIN)
WEEK = {"start": NOON - timedelta(days=7), "end": NOON}


@pytest.mark.parametrize(
    ("local", "friday"),
    [
        ("2026-11-20T11:59", date(2026, 11, 13)),
        ("2026-11-20T12:00", date(2026, 11, 20)),
        ("2026-11-21T00:30", date(2026, 11, 20)),
        ("2026-11-27T11:59", date(2026, 11, 20)),
    ],
)
def test_a_week_is_over_on_friday_at_noon(local, friday):
    week = summary_week_at(at=datetime.fromisoformat(local).replace(tzinfo=BERLIN), zone=BERLIN)
    assert (week.friday, week.covers_to - week.covers_from) == (friday, timedelta(days=7))


def test_a_week_keeps_its_local_hours_across_the_clock_change():
    week = summary_week_at(at=datetime(2026, 10, 30, 18, tzinfo=BERLIN), zone=BERLIN)
    assert (week.covers_from, week.covers_to, week.publish_at) == (
        datetime(2026, 10, 23, 10, tzinfo=UTC),
        datetime(2026, 10, 30, 11, tzinfo=UTC),
        datetime(2026, 10, 30, 15, tzinfo=UTC),
    )


class Week:
    def __init__(self):
        self.acme = TenantFactory(name="Acme")
        ana = RequesterFactory(tenant=self.acme)
        l2 = actor("l2", at=MONDAY)
        self.solved = opened(requester=ana, subject="Quota flaps", error_ids=["ING-503"], category="ingestion")
        self.up(self.solved, "L2", MONDAY)
        worked_to("resolved", case=self.solved, by=l2)
        self.handed = opened(requester=ana, subject="Rows vanish", error_ids=["ING-503"])
        self.up(self.handed, "L2", MONDAY)
        self.up(self.handed, "L3", MONDAY + MINUTE, reason="Needs a migration")
        theirs = RequesterFactory(tenant=TenantFactory(name="Globex"))
        self.theirs = opened(requester=theirs, subject="A secret of theirs", error_ids=["ING-503"])
        self.up(self.theirs, "L3", MONDAY)
        opened(requester=ana, subject="Never went up")
        self.l3 = UserFactory(role="l3", tenant=self.acme, level="L3", email="l3@desk.example")

    def up(self, case, to, at, **more):
        escalation.escalate(case_id=case.pk, to=to, known_issues_searched=True, by=actor("l2", at=at), at=at, **more)

    def drafted(self):
        return summaries.draft_due(at=NOON)


@pytest.fixture
def week():
    return Week()


def lines(summary):
    return [(line.section, line.case, line.text, line.written_by_id) for line in summary.lines.order_by("pk")]


def test_it_is_drafted_once_from_the_weeks_rows(week):
    summary = week.drafted()
    assert summaries.draft_due(at=NOON + HOUR) is None
    assert (summary.week, summary.status, summary.covers_from, summary.covers_to) == (
        date(2026, 11, 20),
        "draft",
        NOON - timedelta(days=7),
        NOON,
    )
    assert lines(summary) == [
        ("resolved", week.solved, f"Quota flaps: {RESOLUTION['summary']}", None),
        ("to_l3", week.theirs, "A secret of theirs", None),
        ("to_l3", week.handed, "Rows vanish: Needs a migration", None),
    ]


def test_figures_and_patterns_are_the_readers_own(week):
    KnownIssue.objects.create(code="KI-9", title="Quota flaps")
    KnownIssue.objects.update(noted_at=MONDAY)
    of_acme = actor("l3", tenant=week.acme)
    assert level_week.figures(of_acme, **WEEK) == level_week.Figures(
        came_up=2, unsearched=0, resolved=1, to_l3=1, open_now=0, known_issues=1, reviews=0
    )
    assert [(one.name, one.case_ids, one.clients) for one in level_week.repeated(of_acme, **WEEK)] == [
        ("ING-503", [week.solved.pk, week.handed.pk], 1)
    ]
    assert level_week.figures(SYSTEM, **WEEK).to_l3 == 2
    assert [one.clients for one in level_week.repeated(SYSTEM, **WEEK)] == [2]


def test_l2_edits_and_publishes_and_l3_is_told_what_they_may_see(week):
    summary = week.drafted()
    l2 = actor("l2")
    solved, theirs, handed = (line.pk for line in summary.lines.order_by("pk"))
    summaries.write(
        summary_id=summary.pk,
        texts={solved: "The quota is read\n once a day", handed: ""},
        added=NewLine(case_id=week.handed.pk, section="resolved", text="Worked around"),
        publish_now=True,
        by=l2,
        at=NOON + HOUR,
        expected_version=summary.version,
    )
    summary = LevelSummary.objects.get()
    assert (summary.status, summary.published_by_id, summary.published_at) == ("published", l2.user_id, NOON + HOUR)
    assert [line.pk for line in summary.lines.order_by("pk")][:2] == [solved, theirs]
    assert [(section, case, text, by) for section, case, text, by in lines(summary)][::2] == [
        ("resolved", week.solved, "The quota is read once a day", l2.user_id),
        ("resolved", week.handed, "Worked around", l2.user_id),
    ]
    mail = Delivery.objects.get(about_kind="cadence.levelsummary")
    assert (mail.to, mail.subject) == ("l3@desk.example", "L2's week to 20 Nov 2026")
    assert "The quota is read once a day" in mail.text
    assert "secret" not in mail.text
    seen = actor("l3", tenant=week.acme)
    assert [len(found) for _section, found in reading.lines_of(summary, actor=seen)] == [2, 0]
    assert [reader.user for reader in SummaryReader.objects.filter(read_at=None)] == [week.l3]


def test_what_nobody_published_goes_out_as_drafted(week):
    summary = week.drafted()
    assert summaries.publish_due(at=summary.publish_at - MINUTE) == []
    assert summaries.publish_due(at=summary.publish_at) == [summary]
    assert summaries.publish_due(at=summary.publish_at + MINUTE) == []
    summary.refresh_from_db()
    assert (summary.status, summary.published_by) == ("published", None)
    assert Delivery.objects.filter(about_kind="cadence.levelsummary").count() == 1


def test_reading_is_said_once_and_by_who_was_told(week):
    summary = week.drafted()
    summaries.publish(summary_id=summary.pk, by=actor("l2"), at=NOON)
    from_l1 = actor("l1")
    summaries.read(summary_id=summary.pk, by=from_l1, at=NOON)
    assert SummaryReader.objects.get().read_at is None
    l3 = actor("l3")
    SummaryReader.objects.update(user=l3.user_id)
    assert reading.unread_weeks(l3).count() == 1
    for hours in (1, 2):
        summaries.read(summary_id=summary.pk, by=l3, at=NOON + hours * HOUR)
    assert SummaryReader.objects.get().read_at == NOON + HOUR
    assert reading.unread_weeks(l3).count() == 0


@pytest.mark.parametrize("role", ["l1", "lead", "auditor"])
def test_l1_and_the_lead_tell_l3_nothing_through_it(week, role):
    summary = week.drafted()
    by, before = actor(role), (LevelSummary.objects.values().get(), list(SummaryLine.objects.values()))
    with pytest.raises(Forbidden):
        summaries.publish(summary_id=summary.pk, by=by, at=NOON)
    with pytest.raises(Forbidden):
        summaries.edit(
            summary_id=summary.pk,
            texts={},
            added=NewLine(case_id=week.solved.pk, section="to_l3", text="Look at this"),
            by=by,
            at=NOON,
        )
    assert (LevelSummary.objects.values().get(), list(SummaryLine.objects.values())) == before
    assert SummaryReader.objects.count() == 0


def test_what_is_refused_changes_nothing(week):
    summary = week.drafted()
    by = actor("l2", tenant=week.acme)
    theirs = summary.lines.get(case=week.theirs)
    before = (LevelSummary.objects.values().get(), list(SummaryLine.objects.values()))
    wrong = [
        (Unknown, {"texts": {theirs.pk: "Read"}}),
        (Unknown, {"texts": {0: "Read"}}),
        (Unknown, {"texts": {}, "added": NewLine(case_id=week.theirs.pk, section="resolved", text="Read")}),
        (Invalid, {"texts": {}, "added": NewLine(case_id=week.solved.pk, section="resolved", text="Again")}),
        (Invalid, {"texts": {}, "added": NewLine(case_id=week.solved.pk, section="to_l3", text=" ")}),
        (Invalid, {"texts": {}, "added": NewLine(case_id=week.solved.pk, section="elsewhere", text="x")}),
        (Invalid, {"texts": {summary.lines.get(case=week.solved).pk: "w" * 501}}),
        (Stale, {"texts": {}, "expected_version": 7}),
    ]
    for refusal, said in wrong:
        with pytest.raises(refusal):
            summaries.edit(summary_id=summary.pk, by=by, at=NOON, **said)
    with pytest.raises(Absent):
        summaries.publish(summary_id=0, by=by, at=NOON)
    assert (LevelSummary.objects.values().get(), list(SummaryLine.objects.values())) == before
    summaries.publish(summary_id=summary.pk, by=by, at=NOON)
    for door in (summaries.publish, lambda **more: summaries.edit(texts={}, **more)):
        with pytest.raises(TransitionRefused):
            door(summary_id=summary.pk, by=by, at=NOON + DAY)
    assert SummaryReader.objects.count() == 1
