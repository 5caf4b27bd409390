"""Whose turn it is hears of it: the owner, or the desk's person of the day as long as nobody owns the case."""

from datetime import timedelta

import pytest

from cases.domain import history, ownership
from cases.domain.history_events import PastCase, Said
from cases.enums import SpokenBy
from cases.models import Case
from incidents.models import RotaShift
from outbox.domain.relay import relay
from outbox.models import Delivery
from sla.domain import policies
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import Grant
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, customer, opened, says, worked_to
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db

LATER = MONDAY + HOUR


@pytest.fixture
def mira():
    """Who has the desk on Monday."""
    person = UserFactory(role="l1", first_name="Mira")
    RotaShift.objects.create(day=MONDAY.date(), user=person)
    return person


@pytest.fixture
def tom():
    return UserFactory(role="l1", first_name="Tom")


def owned(case, owner):
    return ownership.assign(case_id=case.pk, owner_id=owner.pk, by=actor_of_user(owner, at=MONDAY), at=MONDAY)


def told(*people, at=LATER):
    """[(address, subject)] of the mails to these people, once everything was heard."""
    while relay(at=at).consumed:
        pass
    mails = Delivery.objects.filter(to__in=[one.email for one in people]).order_by("pk")
    return [(mail.to, mail.subject) for mail in mails]


def test_a_new_case_and_a_word_on_it_go_to_the_rota(mira, tom):
    case = opened(requester=RequesterFactory(name="Ana", tenant=TenantFactory(name="Acme")))
    says(case, "It is <still> late.", at=LATER)
    assert told(mira, tom) == [
        (mira.email, f"[{case.reference}] New, {case.priority}: from Ana (Acme)"),
        (mira.email, f"[{case.reference}] Ana (Acme) wrote"),
    ]
    mail = Delivery.objects.filter(to=mira.email).last()
    assert mail.automated
    assert "It is <still> late." in mail.text
    assert f"/admin/desk/cases/{case.pk}/" in mail.text
    assert told(mira) == told(mira)


def test_once_assigned_the_owner_hears(mira, tom):
    case = opened()
    told()
    Delivery.objects.all().delete()
    owned(case, tom)
    says(case, at=LATER)
    assert [to for to, _subject in told(mira, tom)] == [tom.email]


def test_what_the_client_did_not_write_tells_nobody(mira, tom):
    case = owned(opened(), tom)
    told()
    Delivery.objects.all().delete()
    by = actor_of_user(mira, at=LATER)
    says(case, "We look", by=by, at=LATER)
    says(case, "A note", by=by, kind="note", public=False, at=LATER)
    says(case, "On the phone: late", by=actor_of_user(tom, at=LATER), on_behalf_of=case.requester_id, at=LATER)
    assert told(mira, tom) == []
    says(case, "On the phone: late", by=by, on_behalf_of=case.requester_id, at=LATER)
    assert [to for to, _subject in told(mira, tom)] == [tom.email]


def test_nobody_is_told_of_what_they_opened_themselves(mira):
    opened(by=actor_of_user(mira, at=MONDAY), opened_by="us")
    assert told(mira) == []


def test_a_client_in_a_follow_up_is_told_once(mira):
    case = worked_to("closed")
    told(at=MONDAY + HOUR)
    Delivery.objects.all().delete()
    RotaShift.objects.create(day=(MONDAY + 60 * DAY).date(), user=mira)
    says(case, "Another thing", by=customer(case), at=MONDAY + 60 * DAY)
    follow_up = Case.objects.get(reopened_from=case)
    assert [subject.split()[0] for _to, subject in told(mira, at=MONDAY + 60 * DAY)] == [f"[{follow_up.reference}]"]


@pytest.mark.parametrize("how", ["left", "grant ended", "no address"])
def test_an_owner_out_of_reach_leaves_it_to_the_rota(mira, tom, how):
    case = owned(opened(), tom)
    told()
    Delivery.objects.all().delete()
    match how:
        case "left":
            tom.is_active = False
        case "grant ended":
            Grant.objects.filter(user=tom).update(revoked_at=MONDAY)
        case "no address":
            tom.email = ""
    tom.save()
    says(case, at=LATER)
    assert [to for to, _subject in told(mira)] == [mira.email]


def test_a_rota_that_does_not_see_the_client_or_has_nobody_is_not_told(tom):
    RotaShift.objects.create(day=MONDAY.date(), user=UserFactory(role="l1", tenant=TenantFactory()))
    case = opened()
    says(case, at=LATER)
    says(case, at=LATER + timedelta(days=1))
    assert {mail.to for mail in Delivery.objects.all()} == {case.requester.email}
    told(at=LATER + timedelta(days=1))
    assert {mail.to for mail in Delivery.objects.all()} == {case.requester.email}


def test_what_was_imported_tells_nobody(mira):
    requester = RequesterFactory()
    past = PastCase(
        tenant_id=requester.tenant_id, requester_id=requester.pk, subject="Late", opened_at=MONDAY, priority="P2",
        policy=policies.policy_for(tenant=requester.tenant, at=MONDAY), imported=True,
        events=[Said(at=MONDAY + MINUTE, by_kind=SpokenBy.CUSTOMER, body="Hello", requester_id=requester.pk)],
    )  # fmt: skip
    history.write([past], by=SYSTEM, at=MONDAY + HOUR)
    assert Case.objects.count() == 1
    assert told(mira) == []
    assert Delivery.objects.count() == 0
