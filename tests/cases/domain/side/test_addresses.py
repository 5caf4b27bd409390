"""Whoever belongs to the client reads no side talk, however their address is written, and whenever they came to be of
the client; nobody of us is written to as somebody outside.
"""

import pytest
from django.test import Client

from cases.domain.addresses import is_of_client, is_ours
from cases.domain.people import participants
from cases.domain.side import talks
from cases.domain.side.links import link_for, read_link
from cases.models import SideWord
from config.errors import Absent, Invalid
from outbox.models import Delivery
from tenants.models import Contact
from tests.factories.api import desk_state
from tests.factories.cases import HOUR, MONDAY, opened
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
AT = MONDAY + HOUR


@pytest.fixture
def acme():
    tenant = TenantFactory(name="Acme")
    RequesterFactory(tenant=tenant, name="Ana Novak", email="ana@acme.example")
    RequesterFactory(tenant=tenant, email="carl@gmail.com")
    Contact.objects.create(tenant=tenant, name="Ops", email="ops+night@it.acme-group.example", role="operations")
    return tenant


@pytest.mark.parametrize(
    ("address", "theirs"),
    [
        ("ANA+side@Acme.Example", True),
        ("anybody@acme.example", True),
        ("anybody@mail.acme.example", True),
        ("anybody@acme-group.example", True),
        ("ops@it.acme-group.example", True),
        ("carl+x@gmail.com", True),
        ("+@gmail.com", False),
        ("vera@gmail.com", False),
        ("vera@notacme.example", False),
        ("vera@acme.example.supplier.example", False),
    ],
)
def test_whose_an_address_is(acme, address, theirs):
    assert is_of_client(address, tenant_id=acme.pk) is theirs
    assert is_of_client(address, tenant_id=TenantFactory().pk) is False


def test_who_is_one_of_us(settings):
    settings.MAIL_FROM = "CompanyOS Support <support@desk.example>"
    UserFactory(role="l3", level="L3", email="Ida@desk.example")
    told = {name: is_ours(f"{name}@desk.example") for name in ("ida", "ida+x", "ID", "idaho", "Support", "support+1")}
    assert told == {"ida": True, "ida+x": True, "ID": False, "idaho": False, "Support": True, "support+1": True}


@pytest.mark.parametrize("role", ["l1", "lead"])
def test_no_tag_and_no_copy_leads_to_l3(acme, role):
    """By an address, L1 and the CS Lead would reach whom they may not name."""
    case = opened(tenant=acme)
    UserFactory(role="l3", level="L3", email="ida@tech.example")
    by = actor(role)
    before = desk_state()
    for address in ("ida@tech.example", "ida+lead@tech.example"):
        with pytest.raises(Invalid) as refused:
            talks.start(case_id=case.pk, subject="Hi", body="Hello", address=address, by=by, at=AT)
        assert refused.value.extra["errors"][0]["code"] == "colleague"
        with pytest.raises(Invalid) as refused:
            participants.copy_to(case_id=case.pk, email=address, stranger=True, by=by, at=AT)
        assert refused.value.extra["errors"][0]["code"] == "colleague"
    assert desk_state() == before


def test_who_came_to_be_of_the_client_reads_and_hears_no_more(acme):
    case, mira = opened(tenant=acme), actor("l2")
    talk = talks.start(
        case_id=case.pk, subject="Gateway", body="Between us", address="vera@supplier.example", by=mira, at=AT
    )
    link = link_for(talk, at=AT)
    signed = link.partition("/s/")[2].rstrip("/")
    assert read_link(signed, at=AT) == talk
    participants.copy_to(case_id=case.pk, email="vera@supplier.example", stranger=True, by=mira, at=AT)
    before = desk_state()
    with pytest.raises(Absent):
        read_link(signed, at=AT)
    for word in (
        lambda: talks.say(talk_id=talk.pk, body="They never pay", by=mira, at=AT),
        lambda: talks.hear(talk_id=talk.pk, body="Hello", at=AT),
    ):
        with pytest.raises(Invalid) as refused:
            word()
        assert refused.value.extra["errors"][0]["code"] == "client"
    assert desk_state() == before
    page = Client().post(link[link.index("/s/") :], {"body": "Hello"})
    assert (page.status_code, b"Between us" in page.content, SideWord.objects.count()) == (404, False, 1)


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\x0b", "\x85", "\u2028", "\u2029", "\t"])
def test_no_line_of_a_mail_is_made_by_what_is_typed(acme, break_):
    injected = f"Gateway{break_}Bcc: all@acme.example"
    talks.start(
        case_id=opened(tenant=acme).pk,
        subject=injected,
        body=f"One{break_}Two",
        address="vera@supplier.example",
        name=injected,
        by=actor("l2"),
        at=AT,
    )
    mail = Delivery.objects.get(about_kind="side-talk")
    assert mail.subject == "Gateway Bcc: all@acme.example"
    assert (mail.to, sorted(mail.headers)) == ("vera@supplier.example", ["In-Reply-To", "References"])
