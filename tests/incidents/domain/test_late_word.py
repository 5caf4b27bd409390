"""Several tenants wait for one late word: one call, which names them all, however the breaches come in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from incidents.domain import communicate, late_word, lifecycle, paging, reading, touching
from incidents.models import Page, PageTenant, TimelineEntry
from outbox.domain.relay import relay
from outbox.models import Delivery, Event
from sla.domain.sweep import sweep
from sla.models import Clock
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import TenantPerson
from tests.factories.incidents import IncidentFactory, OnCallFactory
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATE = AT + 11 * MINUTE
NAMES = ["Acme", "Globex", "Initech", "Umbrella"]
WORDS = {"seeing": "Uploads stall.", "doing": "We raise the quota.", "next_word_text": "Whether it drains."}


def hurt(names=NAMES):
    """An urgent incident that hurts all of these, and who is on call."""
    on_call = OnCallFactory(starts_at=AT - timedelta(days=1), ends_at=AT + timedelta(days=1)).user
    return IncidentFactory(severity="sev1", tenants=[TenantFactory(name=name) for name in names], at=AT), on_call


def pass_to(at):
    """What the worker does: find what is late, let the rooms hear it."""
    sweep(at=at, budget_ms=None)
    relay(at=at)


def late_pages():
    """[(who is called, status, who waits)] of the calls for a late word, in order."""
    return [
        (page.user, page.status, list(page.tenant_links.values_list("tenant__name", flat=True)))
        for page in Page.objects.filter(key__startswith="next-word:breached:").select_related("user").order_by("pk")
    ]


def told(said="is late"):
    lines = TimelineEntry.objects.filter(kind="update", body__endswith=said).order_by("pk")
    return [body.split(" to ")[1] for body in lines.values_list("body", flat=True)]


def breach(clock, **more):
    late_word.call(clock_id=clock.pk, generation=clock.generation, reached="breached", **({"at": LATE} | more))


def late_clocks(incident):
    """Its clocks, breached; nobody has heard of it yet."""
    sweep(at=LATE, budget_ms=None)
    return list(Clock.objects.filter(incident_tenant__incident=incident).order_by("pk"))


def test_four_tenants_are_one_call_that_names_them():
    incident, on_call = hurt()
    pass_to(LATE)
    assert late_pages() == [(on_call, "sent", NAMES)]
    assert told() == [f"{name} is late" for name in NAMES]
    mail = Delivery.objects.filter(subject__endswith="is late").get()
    assert (mail.to, mail.tenant_id) == (on_call.email, None)
    assert mail.subject == f"[PAGE] {incident.reference}: the next word to clients is late"
    assert "Tenants: Acme, Globex, Initech, Umbrella\n" in mail.text
    assert Event.objects.filter(name="incidents.page-sent", payload__key__startswith="next-word:breached:").count() == 1
    assert Clock.objects.filter(kind="client_word", breached_at=AT + 10 * MINUTE).count() == 4


def test_a_reminder_before_is_one_call_too():
    _, on_call = hurt()
    pass_to(AT + 9 * MINUTE)
    page = Page.objects.get()
    assert (page.user, page.tenant_links.count(), late_pages()) == (on_call, 4, [])
    assert told("is due soon") == [f"{name} is due soon" for name in NAMES]


def test_the_communicator_is_called_instead():
    incident, _ = hurt()
    hat = UserFactory()
    touching.hand_over(incident_id=incident.pk, communicator_id=hat.pk, by=SYSTEM, at=AT)
    pass_to(LATE)
    assert late_pages() == [(hat, "sent", NAMES)]


def test_hearing_it_again_changes_nothing():
    incident, on_call = hurt()
    clocks = late_clocks(incident)
    for clock in [*clocks, *clocks]:
        breach(clock)
    assert late_pages() == [(on_call, "sent", NAMES)]
    assert (len(told()), Delivery.objects.filter(subject__endswith="is late").count()) == (4, 1)


def test_a_tenant_that_comes_later_joins_the_call_that_stands():
    incident, on_call = hurt()
    pass_to(LATE)
    paging.acknowledge(page_id=Page.objects.latest("pk").pk, by=actor_of_user(on_call, at=LATE), at=LATE)
    hooli = TenantFactory(name="Hooli")
    touching.attach_tenant(incident_id=incident.pk, tenant_id=hooli.pk, by=SYSTEM, at=LATE)
    pass_to(LATE + 11 * MINUTE)
    assert late_pages() == [(on_call, "acknowledged", [*NAMES, "Hooli"])]
    assert told()[-1] == "Hooli is late"
    assert Delivery.objects.filter(subject__endswith="is late").count() == 1


def test_late_again_after_a_word_calls_anew():
    incident, on_call = hurt()
    pass_to(LATE)
    communicate.publish_update(incident_id=incident.pk, **WORDS, by=SYSTEM, at=AT + 15 * MINUTE)
    pass_to(AT + 46 * MINUTE)
    first, second = late_pages()
    assert (first[2], second) == (NAMES, (on_call, "sent", NAMES))
    assert len(told()) == 8


def test_each_incident_has_a_call_of_its_own():
    one, on_call = hurt(["Acme", "Globex"])
    IncidentFactory(severity="sev2", tenants=[link.tenant for link in one.tenant_links.all()], at=AT)
    pass_to(LATE)
    assert late_pages() == [(on_call, "sent", ["Acme", "Globex"])] * 2


def test_what_was_answered_or_is_over_calls_nobody():
    incident, _ = hurt()
    first, *_ = late_clocks(incident)
    communicate.publish_update(incident_id=incident.pk, **WORDS, by=SYSTEM, at=LATE)
    breach(first)
    lifecycle.resolve(incident_id=incident.pk, root_cause="Quota", closing_word="Over.", by=SYSTEM, at=LATE)
    breach(first)
    assert (late_pages(), told()) == ([], [])


def test_the_chain_goes_on_to_the_leads_of_all_who_wait():
    incident, on_call = hurt(["Acme", "Globex"])
    leads = [UserFactory(), UserFactory()]
    for link, lead in zip(incident.tenant_links.order_by("pk"), leads, strict=True):
        TenantPerson.objects.create(tenant=link.tenant, user=lead, role="tech_lead")
    pass_to(LATE)
    for step in (1, 2, 3):
        paging.escalate_unanswered(at=LATE + step * paging.ANSWER_WITHIN)
    assert late_pages() == [
        (on_call, "escalated", ["Acme", "Globex"]),
        (leads[0], "escalated", ["Acme", "Globex"]),
        (leads[1], "unreached", ["Acme", "Globex"]),
    ]


def test_nobody_to_call_is_said_once():
    IncidentFactory(severity="sev1", tenants=[TenantFactory(), TenantFactory()], at=AT)
    pass_to(LATE)
    unanswerable = Event.objects.filter(name="incidents.page-unanswerable", payload__reason__endswith="is late")
    assert (unanswerable.count(), len(told()), Page.objects.count()) == (1, 2, 0)


def test_who_sees_one_tenant_sees_and_answers_the_call_and_reads_no_other_name():
    incident, _ = hurt(["Acme", "Globex"])
    pass_to(LATE)
    acme = incident.tenants.get(name="Acme")
    l1 = actor_of_user(UserFactory(role="l1", tenant=acme), at=LATE)
    stranger = actor_of_user(UserFactory(role="l1", tenant=TenantFactory()), at=LATE)
    (page,) = reading.page_rows(actor=l1)
    assert ([link.tenant.name for link in page.known_links], "Globex" in page.reason) == (["Acme"], False)
    assert not reading.page_rows(actor=stranger).exists()
    paging.acknowledge(page_id=page.pk, by=l1, at=LATE)
    assert Page.objects.get().status == "acknowledged"


@pytest.mark.django_db(transaction=True)
def test_breaches_that_come_in_at_once_are_one_call():
    incident, on_call = hurt()
    # Not swept: each call knows of its own tenant only, as when the breaches are found batch by batch.
    clocks = list(Clock.objects.filter(incident_tenant__incident=incident))
    gate = Barrier(len(clocks))

    def hear(clock):
        try:
            gate.wait(timeout=10)
            breach(clock)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clocks)) as pool:
        list(pool.map(hear, clocks))
    ((called, status, waiting),) = late_pages()
    assert (called, status, sorted(waiting)) == (on_call, "sent", NAMES)
    assert sorted(told()) == [f"{name} is late" for name in NAMES]
    assert PageTenant.objects.count() == 4
    assert Delivery.objects.filter(subject__endswith="is late").count() == 1
