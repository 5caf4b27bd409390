"""From Thursday's draft to Friday's sending, with its clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cadence.domain import weekly, wording
from cadence.domain.calendar import week_at
from cadence.models import WeeklyUpdate, WorkItem
from config.errors import Absent, Forbidden, Invalid, Stale, TransitionRefused
from outbox.models import Delivery
from sla.models import Clock
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import Contact, TenantPerson
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
THURSDAY = datetime(2026, 11, 19, 9, 5, tzinfo=BERLIN)
FRIDAY_NOON = datetime(2026, 11, 20, 12, 0, tzinfo=BERLIN)
EMPTY = {"shipped": [], "in_progress": [], "blocked": []}
DUE = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def actor(user):
    return actor_of_user(user, at=FRIDAY_NOON)


def acme():
    tenant = TenantFactory(name="Acme")
    Contact.objects.create(tenant=tenant, name="Ana", email="ana@acme.example", role="operations")
    Contact.objects.create(tenant=tenant, name="Bo", email="bo@acme.example", role="billing")
    return tenant


@pytest.mark.parametrize(
    ("local", "friday"),
    [
        ("2026-11-16T00:00", date(2026, 11, 20)),
        ("2026-11-20T14:59", date(2026, 11, 20)),
        ("2026-11-20T15:00", date(2026, 11, 27)),
        ("2026-11-21T08:00", date(2026, 11, 27)),
    ],
)
def test_the_week_turns_on_friday_at_three(local, friday):
    assert week_at(at=datetime.fromisoformat(local).replace(tzinfo=BERLIN), zone=BERLIN).friday == friday


def test_a_deadline_keeps_its_local_hour_across_the_clock_change():
    week = week_at(at=datetime(2026, 10, 21, tzinfo=BERLIN), zone=BERLIN)
    assert (week.due_at, week.facts_from) == (
        datetime(2026, 10, 23, 13, 0, tzinfo=UTC),
        datetime(2026, 10, 16, 13, 0, tzinfo=UTC),
    )
    after = week_at(at=datetime(2026, 10, 28, tzinfo=BERLIN), zone=BERLIN)
    assert after.due_at == datetime(2026, 10, 30, 14, 0, tzinfo=UTC)


def test_drafted_once_on_thursday_with_a_clock():
    tenant = acme()
    assert weekly.draft_due(at=THURSDAY - timedelta(minutes=10)) == []
    (update,) = weekly.draft_due(at=THURSDAY)
    assert weekly.draft_due(at=THURSDAY + timedelta(minutes=5)) == []
    assert (update.tenant, update.week, update.status) == (tenant, date(2026, 11, 20), "draft")
    clock = Clock.objects.get()
    assert (clock.kind, clock.tenant, clock.due_at, clock.phase) == ("weekly_update", tenant, DUE, "running")


def test_only_this_tenants_and_no_internal_fact_enters():
    tenant, other = acme(), TenantFactory()
    WorkItem.objects.create(tenant=tenant, title="Exports by hour", state="shipped", shipped_on=date(2026, 11, 18))
    WorkItem.objects.create(tenant=tenant, title="Old news", state="shipped", shipped_on=date(2026, 11, 1))
    WorkItem.objects.create(tenant=tenant, title="Secret rewrite", internal=True)
    WorkItem.objects.create(tenant=tenant, title="Audit log", state="blocked", blocked_by="your export key")
    WorkItem.objects.create(tenant=other, title="Globex only")
    update = next(u for u in weekly.draft_due(at=THURSDAY) if u.tenant == tenant)
    assert [line["text"] for line in update.shipped] == ["Exports by hour"]
    assert update.in_progress == []
    assert [line["text"] for line in update.blocked] == ["Audit log: waits for your export key"]
    assert update.shipped[0]["fact"]["kind"] == "work"


def test_a_draft_stays_under_two_hundred_words():
    tenant = acme()
    for n in range(5):
        for state in ("in_progress", "blocked"):
            WorkItem.objects.create(tenant=tenant, title=" ".join([f"word{n}"] * 30), state=state)
    (update,) = weekly.draft_due(at=THURSDAY)
    text = wording.text_of({"shipped": update.shipped, "in_progress": update.in_progress, "blocked": update.blocked})
    assert 100 < wording.count(text) < 200
    assert "What shipped\nNothing." in text


def test_a_person_edits_and_sends_and_the_clock_is_met():
    tenant = acme()
    WorkItem.objects.create(tenant=tenant, title="Exports by hour", state="shipped", shipped_on=date(2026, 11, 18))
    (update,) = weekly.draft_due(at=THURSDAY)
    po = UserFactory(role="po", tenant=tenant, first_name="Po", last_name="Lee")
    weekly.write(
        update_id=update.pk,
        sections={"shipped": ["Exports by hour", "Faster sign-in"], "in_progress": [], "blocked": []},
        send_now=True,
        by=actor(po),
        at=FRIDAY_NOON,
    )
    update.refresh_from_db()
    assert (update.status, update.sent_by, update.clock.ended_as) == ("sent", po, "met")
    assert [line["fact"] and line["fact"]["kind"] for line in update.shipped] == ["work", None]
    mail = Delivery.objects.get()
    assert (mail.to, mail.subject) == ("ana@acme.example", "Acme: your week, 20 November 2026")
    assert mail.text.startswith(update.sent_text)
    with pytest.raises(TransitionRefused):
        weekly.send(update_id=update.pk, by=actor(po), at=FRIDAY_NOON)
    with pytest.raises(TransitionRefused):
        weekly.edit(
            update_id=update.pk,
            sections={"shipped": [], "in_progress": [], "blocked": []},
            by=actor(po),
            at=FRIDAY_NOON,
        )
    assert Delivery.objects.count() == 1


def test_refusals_change_nothing():
    tenant = acme()
    (update,) = weekly.draft_due(at=THURSDAY)
    po = UserFactory(role="po", tenant=tenant)
    with pytest.raises(Invalid):
        weekly.edit(update_id=update.pk, sections=EMPTY | {"shipped": ["w " * 200]}, by=actor(po), at=FRIDAY_NOON)
    with pytest.raises(Forbidden):
        weekly.send(update_id=update.pk, by=actor(UserFactory(role="l1", tenant=tenant)), at=FRIDAY_NOON)
    with pytest.raises(Forbidden):
        weekly.send(update_id=update.pk, by=SYSTEM, at=FRIDAY_NOON)
    with pytest.raises(Absent):
        weekly.send(update_id=update.pk, by=actor(UserFactory(role="po", tenant=TenantFactory())), at=FRIDAY_NOON)
    with pytest.raises(Stale):
        weekly.edit(update_id=update.pk, sections=EMPTY, by=actor(po), at=FRIDAY_NOON, expected_version=7)
    Contact.objects.all().delete()
    with pytest.raises(Invalid):
        weekly.send(update_id=update.pk, by=actor(po), at=FRIDAY_NOON)
    update.refresh_from_db()
    assert (update.status, update.version, Delivery.objects.count()) == ("draft", 1, 0)


def test_a_deputy_may_send():
    tenant = acme()
    (update,) = weekly.draft_due(at=THURSDAY)
    deputy = UserFactory(role="lead", tenant=tenant)
    TenantPerson.objects.create(tenant=tenant, user=deputy, role="deputy")
    weekly.send(update_id=update.pk, by=actor(deputy), at=FRIDAY_NOON)
    assert WeeklyUpdate.objects.get().sent_by == deputy
