"""One line finds what fits it of every kind, best first, and nothing that the reader may not see."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.domain.finding.finding import find
from cases.domain.finding.found import Kind
from cases.domain.finding.snippets import plain
from cases.domain.side import talks
from cases.models import KnownIssue, Macro
from incidents.domain import communicate
from tests.factories.cases import MONDAY, macro, opened, says, worked_to
from tests.factories.incidents import IncidentFactory, RunbookFactory
from tests.factories.tenants import RequesterFactory, TenantFactory, actor

pytestmark = pytest.mark.django_db
AT = MONDAY + timedelta(hours=8)


@pytest.fixture(autouse=True)
def _no_macros_from_the_start(db):
    Macro.objects.all().delete()


@pytest.fixture
def acme():
    return TenantFactory(slug="acme", name="Acme Analytics")


@pytest.fixture
def zoe(acme):
    return RequesterFactory(tenant=acme, name="Zoë Quill", email="zoe@acme.example")


@pytest.fixture
def reader(acme):
    return actor("l1", tenant=acme)


@pytest.fixture
def neighbours():
    """Of each kind one that says the word."""
    tenant = TenantFactory(slug="neighbour", name="Webhook Works")
    asks = RequesterFactory(tenant=tenant, name="Webhook Willy")
    case = opened(requester=asks, subject="A webhook of theirs")
    incident = IncidentFactory(title="Their webhook is down", tenants=[tenant])
    runbook = RunbookFactory(title="Their webhook", tenant=tenant)
    return case, incident, runbook


def told(found):
    """{kind: names}"""
    return {str(section.kind): [plain(hit.name) for hit in section.hits] for section in found.sections}


def asked(line, reader, **more):
    return find(line, actor=reader, at=AT, **({"size": 10} | more))


def test_every_kind_is_found_and_nothing_of_a_neighbours(acme, zoe, reader, neighbours):
    opened(requester=zoe, subject="Webhook retries twice")
    IncidentFactory(title="Webhook delivery is late", tenants=[acme])
    KnownIssue.objects.create(code="KI-9", title="Webhook signature", error_codes=["WH-7"])
    RunbookFactory(title="Replay webhooks", tenant=None)
    macro("We replayed your webhook.", name="Webhook replayed")
    TenantFactory(slug="webhook-shop", name="Not theirs")
    assert told(asked("webhook", reader)) == {
        "cases": ["Webhook retries twice"],
        "incidents": ["Webhook delivery is late"],
        "known-issues": ["Webhook signature"],
        "runbooks": ["Replay webhooks"],
        "macros": ["Webhook replayed"],
    }
    assert told(asked("acme", reader)) == {
        "tenants": ["Acme Analytics"],
        "cases": ["Webhook retries twice"],
        "requesters": ["Zoë Quill"],
    }
    assert told(asked("quill", reader)) == {"requesters": ["Zoë Quill"], "cases": ["Webhook retries twice"]}


def test_words_about_an_incident_and_what_was_its_cause_find_it(acme, reader):
    incident = IncidentFactory(title="Uploads fail", tenants=[acme])
    at = timezone.now()
    communicate.publish_update(
        incident_id=incident.pk,
        seeing="Parquet files are refused",
        doing="Rollback",
        next_word_text="Soon",
        by=actor("po"),
        at=at,
    )
    found = asked("parquet refused", reader)
    assert told(found) == {"incidents": ["Uploads fail"]}
    assert plain(found.sections[0].hits[0].text).startswith("Parquet files are refused")
    assert told(asked(incident.reference.lower(), reader)) == {"incidents": ["Uploads fail"]}


def test_an_exact_code_stands_before_a_subject_and_a_subject_before_a_message(acme, zoe, reader):
    spoken = opened(requester=zoe, subject="Something else", at=MONDAY + timedelta(hours=1))
    says(spoken, "The trace says ING-503 all day.")
    subject = opened(requester=zoe, subject="ING-503 in the log")
    exact = opened(requester=zoe, subject="Batches fail", error_ids=["ING-503"])
    done = worked_to("closed", requester=zoe, subject="Is ING-503 known?")
    KnownIssue.objects.create(code="KI-4", title="Quota", error_codes=["ING-503"])
    found = asked("ing-503", reader)
    cases = next(section for section in found.sections if section.kind == Kind.CASES)
    assert [hit.reference for hit in cases.hits] == [one.reference for one in (exact, subject, done, spoken)]
    assert (cases.total, cases.cut) == (4, False)
    assert cases.hits[-1].text == (
        ("The trace says ", False), ("ING-503", True), (" all day.", False),
    )  # fmt: skip
    assert told(found)["known-issues"] == ["Quota"]
    assert [section.kind for section in found.sections] == ["cases", "known-issues"]


def test_a_reference_finds_its_case_first(zoe, reader):
    one, other = opened(requester=zoe, subject="One"), opened(requester=zoe)
    opened(requester=zoe, subject=f"See {one.reference}")
    found = asked(one.reference, reader).sections[0]
    assert (plain(found.hits[0].name), found.hits[0].rank.name) == ("One", "EXACT")
    assert other.reference not in [hit.reference for hit in found.hits]


def test_notes_are_found_by_staff(zoe, reader):
    case = opened(requester=zoe, subject="Slow")
    says(case, "Their proxy caches the redirect", by=actor("l2"), kind="note", public=False)
    assert told(asked("redirect", reader)) == {"cases": ["Slow"]}


def test_keys_narrow_the_cases_and_leave_the_rest_out(acme, zoe, reader, neighbours):
    opened(requester=zoe, subject="Webhook one")
    worked_to("waiting_on_customer", requester=zoe, subject="Webhook two")
    KnownIssue.objects.create(code="KI-9", title="Webhook signature")
    assert told(asked("tenant:acme status:waiting webhook", reader)) == {"cases": ["Webhook two"]}
    assert asked("tenant:acme status:waiting", reader).sections == ()


def test_a_slip_of_the_finger_is_put_right_unless_one_means_it(zoe, reader, neighbours):
    opened(requester=zoe, subject="Ingestion is late")
    found = asked("ingetsion", reader)
    assert (told(found), found.instead) == ({"cases": ["Ingestion is late"]}, {"ingetsion": "ingestion"})
    assert asked("Ingetsion LATE", reader).instead == {"ingetsion": "ingestion"}
    assert asked("ingetsion", reader, literally=True).sections == []
    assert asked('"ingetsion"', reader).sections == ()
    RequesterFactory(tenant=zoe.tenant, name="Ada Hernandez")
    assert asked("Hernandes", reader).instead == {"hernandes": "hernandez"}
    assert asked("Anlaytics", reader).instead == {"anlaytics": "analytics"}
    # A word of a neighbour's puts nothing right.
    assert asked("webhok", reader) == find("webhok", actor=reader, at=AT, size=10, literally=False)
    assert (asked("webhok", reader).instead, asked("webhok", actor("l1")).instead) == ({}, {"webhok": "webhook"})
    assert asked("xylophone", reader).sections == ()


def test_one_kind_is_paged_through(zoe, reader):
    for number in range(5):
        opened(requester=zoe, subject=f"Webhook {number}")
    found = asked("webhook", reader, kinds=[Kind.CASES], size=2, first=2)
    assert (told(found), found.total) == ({"cases": ["Webhook 2", "Webhook 1"]}, 5)


@pytest.mark.parametrize("line", ["it's (a) | & ! \\ :* ' <->", "'", '"', "\\", "%", "_", "a", "(", "[x", "*"])
def test_no_sign_breaks_it(line, zoe, reader):
    opened(requester=zoe, subject="Webhook")
    assert asked(line, reader).instead == {}


def test_what_is_said_beside_a_case_stands_among_the_rest_with_its_words(acme, zoe, reader):
    aside = opened(requester=zoe, subject="Uploads stop")
    outside = {"address": "vera@supplier.example", "name": "Vera"}
    talk = talks.start(
        case_id=aside.pk, subject="Gateway", body="Is the webhook yours?", by=actor("l2"), at=AT, **outside
    )
    said = opened(requester=zoe, subject="Exports stop")
    says(said, "The webhook is late")
    opened(requester=zoe, subject="Webhook retries twice")
    [section] = asked("webhook", reader, kinds=[Kind.CASES]).sections
    assert [(plain(hit.name), plain(hit.text)) for hit in section.hits] == [
        ("Webhook retries twice", "Since this morning."),
        ("Exports stop", "The webhook is late"),
        ("Uploads stop", "Is the webhook yours?"),
    ]
    talks.hear(talk_id=talk.pk, body="That webhook is ours.", at=AT)
    [section] = asked("tenant:acme ours", reader, kinds=[Kind.CASES]).sections
    assert [plain(hit.text) for hit in section.hits] == ["That webhook is ours."]
