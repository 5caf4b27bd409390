"""From the alert to the mailbox: the right people, once, and few mails."""

from datetime import UTC, datetime, timedelta

import pytest

from outbox.domain import relay
from outbox.models import Delivery
from sla.domain import alerts, recipients, telling
from sla.domain.sweep import sweep
from sla.models import Alert, AlertRecipient
from tenants.domain.actors import actor_of_user
from tenants.models import TenantPerson
from tests.factories.sla import MONDAY, Conversing, PolicyFactory, minutes, promised
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db

DUE = MONDAY + minutes(60)


def staffed(*roles):
    tenant = TenantFactory(name="Acme")
    for role in roles:
        TenantPerson.objects.create(tenant=tenant, user=UserFactory(email=f"{role}@desk.example"), role=role)
    return tenant


def told():
    return list(
        AlertRecipient.objects.order_by("pk").values_list("alert__kind", "role", "email", "stands_in", "told_at")
    )


def run(at):
    sweep(at=at)
    relay.relay(at=at)
    return telling.tell(at=at)


def test_a_warning_goes_to_on_call_and_po_a_breach_to_tech_lead_po_and_communicator():
    promised(tenant=staffed("po", "cs_lead", "tech_lead", "on_call"), label="INC-204")
    warned_at = MONDAY + minutes(45)
    assert run(warned_at) == 2
    breached_at = DUE + timedelta(seconds=1)
    assert run(breached_at) == 2
    assert run(breached_at) == 0
    assert told() == [
        ("warning", "on_call", "on_call@desk.example", False, warned_at),
        ("warning", "po", "po@desk.example", False, warned_at),
        ("breach", "tech_lead", "tech_lead@desk.example", False, breached_at),
        ("breach", "po", "po@desk.example", False, breached_at),
        ("breach", "communicator", "po@desk.example", False, breached_at),
    ]
    assert sorted(Delivery.objects.values_list("to", "subject")) == [
        ("on_call@desk.example", "Early warning: INC-204 · client word"),
        ("po@desk.example", "Breach: INC-204 · client word"),
        ("po@desk.example", "Early warning: INC-204 · client word"),
        ("tech_lead@desk.example", "Breach: INC-204 · client word"),
    ]
    breach = Alert.objects.get(kind="breach")
    mail = Delivery.objects.get(to="tech_lead@desk.example")
    assert mail.text.splitlines()[:2] == [
        "Breach: INC-204 · client word (Acme)",
        "The promise was broken at 2026-11-16 10:00:00 UTC.",
    ]
    assert mail.text.endswith(f"/admin/sla/alert/{breach.pk}/change/")


def test_others_stand_in_and_nobody_is_said():
    promised(tenant=staffed("deputy"))
    run(DUE + minutes(1))
    assert [row[:4] for row in told()] == [
        ("breach", "tech_lead", "deputy@desk.example", True),
        ("breach", "po", "deputy@desk.example", True),
    ]
    assert Alert.objects.get(kind="breach").nobody == "Communicator"


def test_who_is_on_call_by_the_rota_comes_first(monkeypatch):
    tenant = staffed("po", "on_call")
    rota = UserFactory(email="rota@desk.example")
    monkeypatch.setattr(recipients.on_call_now, "answers", [lambda *, at: [rota.pk]])
    promised(tenant=tenant)
    run(MONDAY + minutes(45))
    assert [row[1:3] for row in told()] == [("on_call", "rota@desk.example"), ("po", "po@desk.example")]


def test_many_at_once_are_one_mail_a_person_and_minute():
    tenant = staffed("po", "tech_lead")
    for seconds in (3600, 3600, 3600, 3601):
        promised(tenant=tenant, seconds=seconds)
    assert run(DUE + timedelta(microseconds=1)) == 2
    soon = DUE + timedelta(seconds=2)
    assert run(soon) == 0  # the fourth waits for the minute to be over
    assert run(soon + timedelta(seconds=59)) == 2
    assert list(Delivery.objects.filter(to="po@desk.example").order_by("pk").values_list("subject", flat=True)) == [
        "4 promises: 3 broken, 1 in danger",
        "Breach: INC-204 · client word",
    ]


@pytest.mark.parametrize(("priority", "asleep"), [("P1", False), ("P2", True)])
def test_at_night_only_the_urgent_ones_wake_people(priority, asleep):
    night = datetime(2026, 11, 16, 22, 0, tzinfo=UTC)
    opens = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)  # 09:00 in Berlin
    tenant = staffed("po", "tech_lead")
    Conversing(policy=PolicyFactory(tenant=tenant), priority=priority, at=night)
    breached = night + minutes(61)
    assert run(breached) == (0 if asleep else 2)
    assert Alert.objects.get(kind="breach").tell_at == (opens if asleep else breached)
    assert telling.tell(at=opens) == (2 if asleep else 0)


def test_what_was_resolved_in_the_night_is_not_told_in_the_morning():
    tenant = staffed("po", "tech_lead")
    Conversing(policy=PolicyFactory(tenant=tenant), at=datetime(2026, 11, 16, 22, 0, tzinfo=UTC))
    run(datetime(2026, 11, 16, 23, 1, tzinfo=UTC))
    alert = Alert.objects.get(kind="breach")
    by = actor_of_user(UserFactory(role="l2"), at=MONDAY)
    alerts.resolve(alert_id=alert.pk, reason="Answered", cause_code="capacity", by=by, at=MONDAY)
    assert telling.tell(at=MONDAY + timedelta(days=1)) == 0
    assert not Delivery.objects.exists()
    assert set(AlertRecipient.objects.values_list("told_at", "tell_at")) == {(None, None)}


def test_statements_do_not_grow_with_the_alerts(django_assert_num_queries):
    tenant = staffed("po", "tech_lead")
    for count in (1, 3):
        for _ in range(count):
            promised(tenant=tenant)
        sweep(at=DUE + timedelta(seconds=1))
        ids = list(Alert.objects.filter(addressed_at=None, kind="breach").values_list("pk", flat=True))
        with django_assert_num_queries(5):  # the alerts, the tenants' people, the rota, who is told, marked
            assert recipients.address(alert_ids=ids, at=DUE) == count
