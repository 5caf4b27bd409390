"""Words to clients and their clocks, through resolve and reopen."""

from datetime import UTC, datetime, timedelta

import pytest

from config.errors import Forbidden, Invalid, Refused, Stale, TransitionRefused
from incidents.domain import communicate, lifecycle, touching
from incidents.models import Incident, IncidentUpdate
from outbox.models import Delivery
from sla.models import Clock
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import Contact
from tests.factories.incidents import IncidentFactory
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WORDS = {"seeing": "Uploads stall.", "doing": "We raise the quota.", "next_word_text": "Whether the queue drains."}


def clocks():
    return [(c.due_at, c.phase, c.ended_as) for c in Clock.objects.order_by("pk")]


def test_each_word_meets_its_clock_and_starts_the_next():
    tenant = TenantFactory()
    Contact.objects.create(tenant=tenant, name="Ana", email="ana@acme.example", role="operations")
    Contact.objects.create(tenant=tenant, name="Bill", email="bill@acme.example", role="billing")
    incident = IncidentFactory(severity="sev2", tenants=[tenant], at=AT)
    update = communicate.publish_update(incident_id=incident.pk, **WORDS, by=SYSTEM, at=AT + 5 * MINUTE)
    assert clocks() == [
        (AT + 10 * MINUTE, "ended", "met"),
        (AT + 35 * MINUTE, "running", ""),
    ]
    assert update.next_word_at == AT + 35 * MINUTE
    mail = Delivery.objects.get()
    assert (mail.to, mail.subject) == ("ana@acme.example", f"[{incident.reference}] Investigating")


def test_a_late_word_ends_its_clock_as_late():
    incident = IncidentFactory(severity="sev1", at=AT)
    communicate.publish_update(incident_id=incident.pk, **WORDS, by=SYSTEM, at=AT + 11 * MINUTE)
    first = Clock.objects.order_by("pk").first()
    assert (first.ended_as, first.breached_at) == ("late", AT + 10 * MINUTE)


def test_a_promise_of_silence_is_refused_while_it_is_urgent():
    incident = IncidentFactory(severity="sev1", at=AT)
    before = clocks()
    with pytest.raises(Invalid):
        communicate.publish_update(incident_id=incident.pk, **WORDS, next_word_at=AT + 31 * MINUTE, by=SYSTEM, at=AT)
    with pytest.raises(Invalid):
        communicate.publish_update(incident_id=incident.pk, **(WORDS | {"doing": " "}), by=SYSTEM, at=AT)
    assert clocks() == before
    assert not IncidentUpdate.objects.exists()


def test_a_lesser_incident_keeps_the_promise_it_made():
    incident = IncidentFactory(severity="sev3", at=AT)
    communicate.publish_update(incident_id=incident.pk, **WORDS, next_word_at=AT + 600 * MINUTE, by=SYSTEM, at=AT)
    assert clocks() == [(AT + 600 * MINUTE, "running", "")]


def test_resolving_needs_the_cause_and_tells_the_clients():
    incident = IncidentFactory(severity="sev1", at=AT)
    for words in ({"root_cause": "", "closing_word": "Over."}, {"root_cause": "Quota", "closing_word": " "}):
        with pytest.raises(Invalid):
            lifecycle.resolve(incident_id=incident.pk, **words, by=SYSTEM, at=AT + MINUTE)
    assert Incident.objects.get().status == "investigating"
    lifecycle.resolve(
        incident_id=incident.pk, root_cause="Quota", closing_word="It is over.", by=SYSTEM, at=AT + MINUTE
    )
    resolved = Incident.objects.get()
    assert (resolved.status, resolved.resolved_at, resolved.root_cause) == ("resolved", AT + MINUTE, "Quota")
    assert clocks() == [(AT + 10 * MINUTE, "ended", "met")]
    assert IncidentUpdate.objects.get().seeing == "It is over."
    with pytest.raises(Refused):
        communicate.publish_update(incident_id=incident.pk, **WORDS, by=SYSTEM, at=AT + 2 * MINUTE)


def test_reopening_starts_the_clock_anew():
    incident = IncidentFactory(severity="sev1", at=AT)
    lifecycle.resolve(incident_id=incident.pk, root_cause="Quota", closing_word="Over.", by=SYSTEM, at=AT)
    lifecycle.reopen(incident_id=incident.pk, reason="It is back.", by=SYSTEM, at=AT + 60 * MINUTE)
    assert Incident.objects.get().resolved_at is None
    assert clocks()[-1] == (AT + 70 * MINUTE, "running", "")


MOVES = {
    "identify": (lifecycle.identify, {"cause": "Quota"}, {"investigating": "identified"}),
    "monitor": (lifecycle.monitor, {}, {"investigating": "monitoring", "identified": "monitoring"}),
    "investigate": (
        lifecycle.investigate,
        {"reason": "Not it."},
        {"identified": "investigating", "monitoring": "investigating"},
    ),
    "resolve": (
        lifecycle.resolve,
        {"root_cause": "Quota", "closing_word": "Over."},
        {"investigating": "resolved", "identified": "resolved", "monitoring": "resolved"},
    ),
    "reopen": (lifecycle.reopen, {"reason": "Back."}, {"resolved": "investigating"}),
}
PATHS = {"investigating": [], "identified": ["identify"], "monitoring": ["monitor"], "resolved": ["resolve"]}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("status", PATHS)
def test_every_move_from_every_status(status, move):
    incident = IncidentFactory(at=AT)
    for step in PATHS[status]:
        MOVES[step][0](incident_id=incident.pk, **MOVES[step][1], by=SYSTEM, at=AT)
    version = Incident.objects.get().version
    door, words, follows = MOVES[move]
    if status in follows:
        door(incident_id=incident.pk, **words, by=SYSTEM, at=AT)
        assert Incident.objects.get().status == follows[status]
        assert Incident.objects.get().version > version
        return
    with pytest.raises(TransitionRefused) as refusal:
        door(incident_id=incident.pk, **words, by=SYSTEM, at=AT)
    assert refusal.value.extra["allowed"] == [name for name, (_, _, to) in MOVES.items() if status in to]
    after = Incident.objects.get()
    assert (after.status, after.version) == (status, version)


def test_who_may_speak():
    tenant = TenantFactory()
    incident = IncidentFactory(tenants=[tenant], at=AT)
    l1 = UserFactory(role="l1", tenant=tenant)
    with pytest.raises(Forbidden):
        communicate.publish_update(incident_id=incident.pk, **WORDS, by=actor_of_user(l1, at=AT), at=AT)
    with pytest.raises(Forbidden):
        lifecycle.monitor(incident_id=incident.pk, by=actor_of_user(l1, at=AT), at=AT)
    assert not IncidentUpdate.objects.exists()
    touching.hand_over(incident_id=incident.pk, communicator_id=l1.pk, by=SYSTEM, at=AT)
    communicate.publish_update(incident_id=incident.pk, **WORDS, by=actor_of_user(l1, at=AT), at=AT)
    assert IncidentUpdate.objects.get().by_label == f"user:{l1.pk}"


def test_a_stale_version_is_refused():
    incident = IncidentFactory(at=AT)
    with pytest.raises(Stale):
        lifecycle.monitor(incident_id=incident.pk, expected_version=incident.version - 1, by=SYSTEM, at=AT)
    assert Incident.objects.get().status == "investigating"


def test_severity_moves_the_clock():
    incident = IncidentFactory(severity="sev4", at=AT)
    lifecycle.change_severity(incident_id=incident.pk, severity="sev1", reason="All hosts", by=SYSTEM, at=AT + MINUTE)
    assert clocks() == [(AT + 11 * MINUTE, "running", "")]
    lifecycle.change_severity(incident_id=incident.pk, severity="sev3", reason="One host", by=SYSTEM, at=AT + MINUTE)
    assert clocks() == [(AT + 11 * MINUTE, "ended", "stopped")]
