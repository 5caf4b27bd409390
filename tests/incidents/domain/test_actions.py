"""Corrective actions: added, ticked off, opened again; by whom and when is told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from config.errors import Absent, Forbidden, Invalid
from incidents.domain import actions
from incidents.models import Action, Incident, TimelineEntry
from tenants.domain.actors import SYSTEM
from tenants.models import AuditEntry
from tests.factories.incidents import IncidentFactory
from tests.factories.tenants import TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = {"what": "Alert on the queue's age", "due_on": date(2026, 12, 1)}


def state():
    return (
        list(Action.objects.order_by("pk").values_list("done_at", "done_by_label", "done_by_name")),
        list(Incident.objects.order_by("pk").values_list("pk", "version")),
        list(TimelineEntry.objects.order_by("pk").values_list("at", "body", "by_label", "data")),
    )


def added(incident, **more):
    return actions.add(incident_id=incident.pk, **WORDS, owner_id=UserFactory().pk, by=SYSTEM, at=AT, **more)


def test_an_action_is_ticked_off_and_opened_again():
    incident = IncidentFactory(at=AT)
    action, l2 = added(incident), actor("l2", at=AT)
    before = Incident.objects.get().version
    place = {"incident_id": incident.pk, "action_id": action.pk, "by": l2}
    actions.finish(**place, at=AT + HOUR)
    assert state()[0] == [(AT + HOUR, l2.label, l2.name)]
    actions.reopen(**place, at=AT + 2 * HOUR)
    done, versions, told = state()
    assert (done, versions) == ([(None, "", "")], [(incident.pk, before + 2)])
    assert told[-3:] == [
        (AT, "Corrective action: Alert on the queue's age", "system", {"action_id": action.pk}),
        (AT + HOUR, "Corrective action done: Alert on the queue's age", l2.label, {"action_id": action.pk}),
        (AT + 2 * HOUR, "Corrective action reopened: Alert on the queue's age", l2.label, {"action_id": action.pk}),
    ]
    audited = AuditEntry.objects.filter(table_name="incidents_action").order_by("pk")
    assert list(audited.values_list("op", "actor")) == [
        ("INSERT", "system"),
        ("UPDATE", l2.label),
        ("UPDATE", l2.label),
    ]


def test_doing_it_twice_keeps_who_was_first():
    incident = IncidentFactory(at=AT)
    place = {"incident_id": incident.pk, "action_id": added(incident).pk}
    actions.reopen(**place, by=SYSTEM, at=AT)
    actions.finish(**place, by=actor("l2", at=AT), at=AT + HOUR)
    before = state()
    actions.finish(**place, by=actor("l3", at=AT), at=AT + 2 * HOUR)
    assert state() == before


@pytest.mark.parametrize("door", [actions.finish, actions.reopen])
def test_who_may_tick_and_what_is_not_there(door):
    mine, theirs = TenantFactory(), TenantFactory()
    incident, other = IncidentFactory(tenants=[mine], at=AT), IncidentFactory(tenants=[theirs], at=AT)
    action, elsewhere = added(incident), added(other)
    before = state()
    for place, by, refusal in (
        ((incident, action), actor("l1", tenant=mine, at=AT), Forbidden),
        ((incident, action), actor("auditor", at=AT), Forbidden),
        ((incident, action), actor("l2", tenant=theirs, at=AT), Absent),
        ((incident, elsewhere), actor("l2", at=AT), Absent),
    ):
        with pytest.raises(refusal):
            door(incident_id=place[0].pk, action_id=place[1].pk, by=by, at=AT)
    assert state() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [({"what": "  "}, "what"), ({"what": "x" * 301}, "what"), ({"chain_level": "x"}, "chain_level")],
)
def test_bad_words_add_nothing(change, field):
    incident = IncidentFactory(at=AT)
    before = state()
    with pytest.raises(Invalid) as refusal:
        actions.add(incident_id=incident.pk, **(WORDS | change), owner_id=UserFactory().pk, by=SYSTEM, at=AT)
    assert [error["field"] for error in refusal.value.extra["errors"]] == [field]
    with pytest.raises(Absent):
        actions.add(incident_id=incident.pk, **WORDS, owner_id=0, by=SYSTEM, at=AT)
    assert state() == before


def test_what_is_due_today_is_not_late_yet():
    action = added(IncidentFactory(at=AT))
    assert [action.overdue(on=date(2026, 12, day)) for day in (1, 2)] == [False, True]
    action.done_at = AT
    assert not action.overdue(on=date(2026, 12, 2))
