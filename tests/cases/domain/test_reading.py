"""What the readers show, to whom, in how many statements."""

from io import BytesIO

import pytest

from cases.domain import attachments, editing, incident_links, reading, thanks
from cases.domain.desk.queues import queue
from cases.models import Case
from config.errors import Absent, Invalid, Refused, Stale
from tests.factories.cases import DAY, HOUR, MONDAY, customer, opened, says, worked_to
from tests.factories.incidents import IncidentFactory
from tests.factories.tenants import RequesterFactory, TenantFactory, actor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_at_any_length(count, django_assert_num_queries):
    for _ in range(count):
        worked_to("in_progress")
    l1 = actor("l1", at=MONDAY)
    with django_assert_num_queries(4):
        rows = list(reading.case_list(actor=l1))
        assert [
            (
                case.tenant.name,
                case.requester.email,
                str(case.owner),
                [link.clock.kind for link in case.case_clocks.all()],
                reading.resources(case),
            )
            for case in rows
        ]


def test_a_detail_shows_what_the_reader_may_know():
    case = opened()
    elsewhere = IncidentFactory(tenants=[TenantFactory()], at=MONDAY)
    here = actor("l1", at=MONDAY, tenant=case.tenant)
    incident_links.link_incident(case_id=case.pk, incident_id=elsewhere.pk, by=actor("l2", at=MONDAY), at=MONDAY + HOUR)
    says(case, "Team only", kind="note", public=False, by=here, at=MONDAY + HOUR)
    detail = reading.case_detail(case_id=case.pk, actor=here)
    # Linking made the case's tenant one of the incident's, so who sees the tenant sees the incident.
    assert [link.incident_id for link in detail.case_incidents.all()] == [elsewhere.pk]
    theirs = reading.case_detail(case_id=case.pk, actor=customer(case))
    assert list(theirs.case_incidents.all()) == []
    assert list(reading.interactions(case=case, actor=customer(case), at=MONDAY + DAY)) == []
    assert "Team only" in [one.body for one in reading.interactions(case=case, actor=here, at=MONDAY + DAY)]
    for stranger in (actor("po", at=MONDAY, tenant=TenantFactory()), customer(opened()), actor("admin", at=MONDAY)):
        with pytest.raises(Absent):
            reading.case_detail(case_id=case.pk, actor=stranger)
    with pytest.raises(Absent):
        reading.case_detail(case_id=10**12, actor=here)


def test_clients_see_their_own_or_all_of_their_tenants():
    tenant = TenantFactory()
    mine, colleagues, foreign = opened(tenant=tenant), opened(tenant=tenant), opened()
    assert list(reading.case_list(actor=customer(mine))) == [mine]
    watcher = customer(opened(requester=RequesterFactory(tenant=tenant, sees_all_tenant_cases=True)))
    assert set(reading.case_list(actor=watcher)) >= {mine, colleagues}
    assert foreign not in reading.case_list(actor=watcher)


def test_queues_hold_what_they_say():
    l1 = actor("l1", at=MONDAY)
    new = opened(at=MONDAY + DAY)
    answered = opened(at=MONDAY + DAY)
    says(answered, "Hello", by=l1, at=MONDAY + DAY)
    ours = opened(opened_by="us", by=l1, at=MONDAY + DAY)
    mine = worked_to("in_progress", by=l1)
    waiting = worked_to("waiting_on_customer", by=l1)
    done = worked_to("resolved", by=l1)
    closed = worked_to("closed", by=l1)
    at = MONDAY + DAY + HOUR
    held = {
        name: set(queue(name, actor=l1, at=at))
        for name in (
            "mine",
            "needs-first-word",
            "waiting-on-us",
            "waiting-on-customer",
            "answered-not-accepted",
            "unassigned",
            "all",
        )
    }
    assert held == {
        "mine": {mine, waiting, done},
        "needs-first-word": {new, mine},
        "waiting-on-us": {new, answered, ours, mine},
        "waiting-on-customer": {waiting},
        "answered-not-accepted": {answered},
        "unassigned": {new, answered, ours},
        "all": {new, answered, ours, mine, waiting, done, closed},
    }
    with pytest.raises(Absent):
        queue("no-such", actor=l1, at=at)


def test_editing_says_what_changed_and_nothing_twice():
    case = opened()
    l1 = actor("l1", at=MONDAY)
    changes = {
        "subject": "Ingestion is very late",
        "tags": ["quota", "quota"],
        "category": "ingestion",
        "severity": "SEV2",
    }
    edited = editing.edit_case(case_id=case.pk, changes=changes, by=l1, at=MONDAY + HOUR)
    assert (edited.subject, edited.tags, edited.category.slug, edited.severity) == (
        "Ingestion is very late",
        ["quota"],
        "ingestion",
        "sev2",
    )
    assert case.interactions.last().body == (
        "Subject: Ingestion is late → Ingestion is very late; Tags: none → quota; "
        "Category: none → Data ingestion; Severity: none → sev2"
    )
    assert editing.edit_case(case_id=case.pk, changes=changes, by=l1, at=MONDAY + HOUR).version == edited.version
    with pytest.raises(Stale):
        editing.edit_case(case_id=case.pk, changes={"tags": []}, by=l1, at=MONDAY, expected_version=case.version)
    with pytest.raises(Invalid) as refusal:
        editing.edit_case(case_id=case.pk, changes={"status": "closed"}, by=l1, at=MONDAY)
    assert refusal.value.extra["errors"][0]["field"] == "status"
    assert Case.objects.get().status == "new"


def test_keep_closed_twice_is_once():
    case = worked_to("closed")
    says(case, "Thank you!", at=MONDAY + DAY)
    l1 = actor("l1", at=MONDAY)
    once = thanks.keep_closed(case_id=case.pk, by=l1, at=MONDAY + DAY)
    assert (once.possible_thanks_at, once.status) == (None, "closed")
    assert thanks.keep_closed(case_id=case.pk, by=l1, at=MONDAY + DAY).version == once.version


@pytest.fixture
def blobs_at(settings, tmp_path):
    settings.BLOB_ROOT = tmp_path


def file_on(case, *, by, name="log.txt", content=b"12:00 throttled", **more):
    return attachments.attach(case_id=case.pk, name=name, stream=BytesIO(content), by=by, at=MONDAY + HOUR, **more)


def test_files_travel_with_a_message(blobs_at):
    case = opened()
    l1, theirs = actor("l1", at=MONDAY), customer(case)
    ours, secret = file_on(case, by=l1), file_on(case, by=l1, name="secret.txt", content=b"key")
    their_log = file_on(case, by=theirs, name="theirs.txt", content=b"late")
    said = says(case, "See the log", by=l1, attachment_ids=[ours.pk], at=MONDAY + HOUR)
    ours.refresh_from_db()
    assert (ours.interaction_id, ours.public, their_log.public) == (said.pk, True, True)
    assert attachments.blob_of(case_id=case.pk, attachment_id=ours.pk, actor=theirs).name == "log.txt"
    for who, what in ((theirs, secret), (customer(opened()), ours), (actor("admin", at=MONDAY), ours)):
        with pytest.raises(Absent):
            attachments.blob_of(case_id=case.pk, attachment_id=what.pk, actor=who)
    for who, ids in ((theirs, [secret.pk]), (l1, [ours.pk]), (l1, [their_log.pk])):
        with pytest.raises(Invalid):
            says(case, "Again", by=who, attachment_ids=ids, at=MONDAY + HOUR)
    blob_ids = {one.blob_id for one in (ours, secret, their_log)}
    assert attachments.linked_blobs([*blob_ids, 10**9]) == blob_ids


def test_files_waiting_on_a_case_are_bounded(blobs_at, monkeypatch):
    monkeypatch.setattr(attachments, "WAITING_AT_MOST", 1)
    case = opened()
    l1 = actor("l1", at=MONDAY)
    file_on(case, by=l1)
    with pytest.raises(Refused):
        file_on(case, by=l1)


def test_a_refused_file_leaves_the_case_alone(blobs_at):
    case = opened()
    l1 = actor("l1", at=MONDAY)
    with pytest.raises(Invalid):
        file_on(case, by=l1, name="x.exe", content=b"MZ\x90\x00")
    assert Case.objects.get().version == case.version
