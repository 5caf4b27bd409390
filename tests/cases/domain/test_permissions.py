"""INTERFACES' table of who may do what, at the doors of this room."""

from contextlib import contextmanager

import pytest
from django.db import transaction

from cases.domain import escalation, incident_links, intake, lifecycle, ownership, priorities
from cases.models import Case
from config.errors import Absent, Forbidden, Invalid
from tests.factories.cases import DAY, HOUR, MONDAY, RESOLUTION, customer, opened, says, worked_to
from tests.factories.tenants import TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db

STAFF = ["l1", "lead", "l2", "l3", "po"]
NOT_STAFF = ["auditor", "admin"]
DOORS = {
    "accept": ("new", lambda c, by: lifecycle.accept(case_id=c.pk, owner_id=by.user_id, by=by, at=MONDAY + DAY)),
    "start": ("triage", lambda c, by: lifecycle.start(case_id=c.pk, by=by, at=MONDAY + DAY)),
    "wait": ("triage", lambda c, by: lifecycle.wait(case_id=c.pk, ask="?", by=by, at=MONDAY + DAY)),
    "resume": ("waiting_on_customer", lambda c, by: lifecycle.resume(case_id=c.pk, by=by, at=MONDAY + DAY)),
    "resolve": ("triage", lambda c, by: lifecycle.resolve(case_id=c.pk, by=by, at=MONDAY + DAY, **RESOLUTION)),
    "confirm": ("resolved", lambda c, by: lifecycle.confirm(case_id=c.pk, by=by, at=MONDAY + DAY)),
    "reject": ("resolved", lambda c, by: lifecycle.reject(case_id=c.pk, reason="No", by=by, at=MONDAY + DAY)),
    "close": ("resolved", lambda c, by: lifecycle.close(case_id=c.pk, reason="Done", by=by, at=MONDAY + DAY)),
    "reopen": ("closed", lambda c, by: lifecycle.reopen(case_id=c.pk, reason="Back", by=by, at=MONDAY + DAY)),
    "withdraw": (
        "new",
        lambda c, by: lifecycle.close(case_id=c.pk, as_="withdrawn", reason="Gone", by=by, at=MONDAY + DAY),
    ),
    "spam": ("new", lambda c, by: lifecycle.close(case_id=c.pk, as_="spam", reason="Ad", by=by, at=MONDAY + DAY)),
    "reply": ("new", lambda c, by: says(c, "Hello", by=by, at=MONDAY + DAY)),
    "note": ("new", lambda c, by: says(c, "Hm", kind="note", public=False, by=by, at=MONDAY + DAY)),
    "priority": ("new", lambda c, by: priorities.change_priority(case_id=c.pk, priority="P1", by=by, at=MONDAY + DAY)),
    "tier": ("new", lambda c, by: priorities.change_tier(case_id=c.pk, tier="premium", by=by, at=MONDAY + DAY)),
    "assign": ("new", lambda c, by: ownership.assign(case_id=c.pk, owner_id=by.user_id, by=by, at=MONDAY + DAY)),
    "escalate to L2": (
        "triage",
        lambda c, by: escalation.escalate(case_id=c.pk, to="L2", known_issues_searched=True, by=by, at=MONDAY + DAY),
    ),
    "escalate to L3": ("triage", lambda c, by: escalation.escalate(case_id=c.pk, to="L3", by=by, at=MONDAY + DAY)),
    "declare": ("triage", lambda c, by: incident_links.declare_incident_for(case_id=c.pk, by=by, at=MONDAY + DAY)),
}
CUSTOMER_MAY = {"confirm", "reject", "reopen", "withdraw", "reply"}
NOT_EVERY_STAFF = {"tier": {"lead", "po"}, "escalate to L3": {"l2", "l3", "po"}}


def fresh(case):
    return Case.objects.get(pk=case.pk).version


@contextmanager
def undone():
    """What is done in here never was: the next one meets the same case."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("door", DOORS)
def test_matrix(door):
    status, act = DOORS[door]
    case = worked_to(status)
    doing = {role: (actor(role, at=MONDAY), role in NOT_EVERY_STAFF.get(door, STAFF)) for role in [*STAFF, *NOT_STAFF]}
    doing["customer"] = (customer(case), door in CUSTOMER_MAY)
    for role, (by, may) in doing.items():
        with undone():
            if may:
                act(case, by)
                assert fresh(case) > case.version, role
            else:
                with pytest.raises((Forbidden, Absent, Invalid)):
                    act(case, by)
                assert fresh(case) == case.version, role


@pytest.mark.parametrize("door", DOORS)
def test_a_case_of_another_tenant_is_not_there(door):
    status, act = DOORS[door]
    case = worked_to(status)
    for by in (actor("po", at=MONDAY, tenant=TenantFactory()), customer(opened())):
        with pytest.raises(Absent):
            act(case, by)
    assert fresh(case) == case.version


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("door", ["priority", "accept"])
@pytest.mark.parametrize("urgent", ["P0", "P1"])
def test_l1_does_not_lower_what_is_urgent(role, door, urgent):
    case = opened(priority=urgent)
    by = actor(role, at=MONDAY)
    act = priorities.change_priority if door == "priority" else lifecycle.accept
    if role == "l1":
        with pytest.raises(Forbidden) as refusal:
            act(case_id=case.pk, priority="P2", by=by, at=MONDAY + HOUR)
        assert refusal.value.code == "no-lowering"
        assert fresh(case) == case.version
    else:
        assert act(case_id=case.pk, priority="P2", by=by, at=MONDAY + HOUR).priority == "P2"


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("of_level", ["l1", "l2", "l3", "po"])
def test_nobody_below_l2_assigns_to_l3(role, of_level):
    case = opened()
    owner = UserFactory(role=of_level, level={"po": ""}.get(of_level, of_level.upper()))
    by = actor(role, at=MONDAY)
    if role in ("l1", "lead") and of_level in ("l3", "po"):
        for door in (ownership.assign, lifecycle.accept):
            with pytest.raises(Forbidden) as refusal:
                door(case_id=case.pk, owner_id=owner.pk, by=by, at=MONDAY + HOUR)
            assert refusal.value.code == "no-way-to-l3"
        assert fresh(case) == case.version
    else:
        assert ownership.assign(case_id=case.pk, owner_id=owner.pk, by=by, at=MONDAY + HOUR).owner == owner


def test_an_owner_works_the_tenants_cases():
    case = opened()
    strangers = [
        UserFactory(role="l1", tenant=TenantFactory()),
        UserFactory(role="auditor"),
        UserFactory(),
        UserFactory(role="l1", is_active=False),
    ]
    by = actor("lead", at=MONDAY)
    for pk in [*(one.pk for one in strangers), 10**9]:
        with pytest.raises(Invalid):
            ownership.assign(case_id=case.pk, owner_id=pk, by=by, at=MONDAY + HOUR)
        with pytest.raises(Invalid):
            lifecycle.accept(case_id=case.pk, owner_id=pk, by=by, at=MONDAY + HOUR)
    assert fresh(case) == case.version


def test_handing_over_anothers_case():
    mine, other = actor("l1", at=MONDAY), actor("l1", at=MONDAY)
    case = worked_to("triage", by=mine)
    with pytest.raises(Forbidden):
        ownership.assign(case_id=case.pk, owner_id=actor("l1", at=MONDAY).user_id, by=other, at=MONDAY + DAY)
    taken = ownership.assign(case_id=case.pk, owner_id=other.user_id, by=other, at=MONDAY + DAY)
    assert taken.owner_id == other.user_id
    third = actor("l2", at=MONDAY).user_id
    given = ownership.assign(case_id=case.pk, owner_id=third, by=actor("lead", at=MONDAY), at=MONDAY + DAY)
    assert given.owner_id == third
    assert ownership.assign(case_id=case.pk, owner_id=third, by=other, at=MONDAY + DAY).version == given.version


def test_opening_cases():
    tenant, case = TenantFactory(), opened()
    told = {"subject": "Late", "description": "", "at": MONDAY}
    theirs = customer(case)
    again = intake.open_case(tenant_id=case.tenant_id, requester=case.requester_id, by=theirs, **told).case
    assert again.requester_id == case.requester_id
    colleague = opened(tenant=case.tenant).requester_id
    for wrong, values in [
        (Absent, {"tenant_id": tenant.pk, "requester": case.requester_id}),
        (Invalid, {"tenant_id": case.tenant_id, "requester": colleague}),
        (Invalid, {"tenant_id": case.tenant_id, "requester": case.requester_id, "priority": "P0"}),
        (Invalid, {"tenant_id": case.tenant_id, "requester": case.requester_id, "opened_by": "us"}),
    ]:
        with pytest.raises(wrong):
            intake.open_case(by=theirs, **told, **values)
    for role in NOT_STAFF:
        with pytest.raises(Forbidden):
            intake.open_case(tenant_id=case.tenant_id, requester=case.requester_id, by=actor(role, at=MONDAY), **told)
