"""The client's page: looking stores nothing, every act is a POST with its token, a bad link says nothing."""

import re
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.domain import merging, splitting, unsending
from cases.domain.attachments import attach
from cases.domain.client.links import GOOD_FOR, link_for
from cases.domain.sending import Press
from cases.enums import ComposerTab
from cases.models import Attachment, Case, Interaction, Survey
from outbox.models import Delivery, Event
from tests.factories.api import Api
from tests.factories.cases import HOUR, MINUTE, opened, says, worked_to
from tests.factories.tenants import ClientFactory, RequesterFactory, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def path(case, *, at=None):
    return link_for(case, at=at or timezone.now()).partition("//")[2].partition("/")[2].join(["/", ""])


def counts():
    return [model.objects.count() for model in (Interaction, Event, Delivery, Survey)], [
        (case.pk, case.version) for case in Case.objects.order_by("pk")
    ]


def test_looking_shows_the_public_part_and_stores_nothing(client, now):
    l1 = actor("l1")
    case = opened(at=now, description="Since <b>this</b> morning.")
    says(case, "We look into https://status.example/ now.", by=l1, at=now)
    says(case, "They never pay", kind="note", public=False, by=l1, at=now)
    before = counts()
    answer = client.get(path(case))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert counts() == before
    assert "Since &lt;b&gt;this&lt;/b&gt; morning." in page
    assert "We look into" in page
    assert "They never pay" not in page
    assert "no signal" not in page
    assert "<script" not in page
    assert answer["Referrer-Policy"] == "same-origin"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


def test_what_may_yet_be_taken_back_is_not_read(client, now):
    by, token = actor("l2"), uuid4()
    case = opened(at=now - 2 * HOUR)
    asks = opened(requester=RequesterFactory(tenant=case.tenant), at=now - 2 * HOUR)
    merging.merge(case_id=asks.pk, into=case.pk, by=by, at=now - HOUR)
    reply = {"by": by, "press": Press(token, ComposerTab.REPLY), "at": now}
    says(case, "It is your own fault", **reply)
    clients = Api(ClientFactory(requester=case.requester))

    def read():
        told = clients.get(f"/cases/{case.reference}/interactions/").json()["results"]
        return [b"your own fault" in client.get(path(case)).content, "your own fault" in str(told)]

    answered = b"We answered there on"
    assert (read(), answered in client.get(path(asks)).content) == ([False, False], False)
    unsending.unsend(token=token, case_id=case.pk, by=by, at=now)
    assert (read(), Delivery.objects.latest("pk").status) == ([False, False], "skipped")
    says(case, "It is our own fault, not your own fault", **(reply | {"press": Press(uuid4()), "at": now - MINUTE}))
    assert (read(), answered in client.get(path(asks)).content) == ([True, True], True)


def test_who_wrote_to_a_merged_case_learns_that_it_was_answered_and_nothing_more(client, now):
    """The root is a colleague's: that we answered there is told, our words to the colleague and theirs are not."""
    l2, minute = actor("l2"), timedelta(minutes=1)
    mine = opened(at=now - 9 * minute)
    root = opened(requester=RequesterFactory(tenant=mine.tenant), subject="Payroll of May", at=now - 8 * minute)
    says(root, "We look.", by=l2, at=now - 7 * minute)  # before: no answer to both
    merging.merge(case_id=mine.pk, into=root.pk, by=l2, at=now - 6 * minute)
    goes_on, answered = f"goes on as {root.reference}", "We answered there on"
    says(root, "Salaries are late, too.", at=now - 5 * minute)
    says(root, "A note of ours.", kind="note", public=False, by=l2, at=now - 4 * minute)
    page = client.get(path(mine)).content.decode()
    assert (goes_on in page, answered in page) == (True, False)
    says(root, "The salaries are on their way.", by=l2, at=now - 3 * minute)
    page = client.get(path(mine)).content.decode()
    assert (goes_on in page, answered in page) == (True, True)
    for secret in ("Payroll of May", "We look.", "Salaries", "salaries", "A note of ours."):
        assert secret not in page
    theirs = client.get(path(root)).content.decode()
    assert ("The salaries are on their way." in theirs, answered in theirs) == (True, False)


def test_the_first_words_of_a_split_are_read_once(client, now):
    l2 = actor("l2")
    case = opened(at=now, description="Nothing arrives.")
    asked = says(case, "And the invoice is wrong", at=now)
    new = splitting.split(case_id=case.pk, interaction_ids=[asked.pk], by=l2, at=now)
    assert client.get(path(new)).content.decode().count(asked.body) == 1
    merging.merge(case_id=new.pk, into=case.pk, by=l2, at=now)
    for one in (case, new):
        page = client.get(path(one)).content.decode()
        assert [page.count(words) for words in ("Nothing arrives.", asked.body)] == [1, 1]


@pytest.mark.parametrize(
    ("status", "act", "given", "then"),
    [
        ("new", "reply", {"body": "More: E-7"}, "new"),
        ("waiting_on_customer", "reply", {"body": "eu-central"}, "in_progress"),
        ("resolved", "confirm", {}, "closed"),
        ("resolved", "reject", {"reason": "Still late"}, "in_progress"),
        ("closed", "reopen", {"reason": "It came back"}, "in_progress"),
        ("triage", "withdraw", {"reason": "Solved here"}, "closed"),
    ],
)
def test_acts(client, now, status, act, given, then):
    case = worked_to(status, case=opened(at=now - timedelta(hours=2)), at=now - timedelta(hours=1))
    answer = client.post(path(case), {"act": act, **given}, follow=True)
    assert answer.status_code == 200
    assert 'role="status"' in answer.content.decode()
    assert Case.objects.get(pk=case.pk).status == then


def test_survey(client, now):
    case = worked_to("closed", case=opened(at=now - timedelta(hours=2)), at=now - timedelta(hours=1))
    address = path(case)
    assert 'name="nps"' in client.get(address).content.decode()
    assert Survey.objects.get().answered_at is None
    refused = client.post(address, {"act": "survey", "csat": "", "words": "Hm"})
    assert (refused.status_code, Survey.objects.get().answered_at) == (422, None)
    client.post(address, {"act": "survey", "csat": "4", "nps": "9", "words": "Quick"})
    kept = Survey.objects.get()
    assert (kept.csat, kept.nps, kept.words) == (4, 9, "Quick")
    shown = client.get(address).content.decode()
    assert re.search(r'name="csat" value="4" required checked', shown)


@pytest.mark.parametrize(
    ("status", "given", "code"),
    [
        ("new", {"act": "reply", "body": "  "}, 422),
        ("new", {"act": "reply", "body": "a\x00b"}, 422),
        ("resolved", {"act": "confirm", "reason": "x" * 100_001}, 422),
        ("closed", {"act": "survey", "csat": "5", "words": "\x00"}, 422),
        ("new", {"act": "confirm"}, 409),
        ("closed", {"act": "confirm"}, 409),
        ("resolved", {"act": "reject", "reason": ""}, 422),
        ("new", {"act": "accept"}, 422),
        ("new", {}, 422),
        ("new", {"act": "survey", "csat": "5"}, 409),
        ("closed", {"act": "survey", "csat": "²"}, 422),
        ("closed", {"act": "survey", "csat": "99"}, 422),
    ],
)
def test_refused_acts_say_so_and_change_nothing(client, now, status, given, code):
    case = worked_to(status, case=opened(at=now - timedelta(hours=2)), at=now - timedelta(hours=1))
    before = counts()
    answer = client.post(path(case), given)
    assert answer.status_code == code
    assert 'role="alert"' in answer.content.decode()
    assert counts() == before


def test_bad_links_all_look_alike(client, now):
    case = opened(at=now)
    good = path(case)
    old = path(case, at=now - GOOD_FOR - timedelta(days=1))
    removed = opened(at=now)
    removed_path = path(removed)
    removed.requester.anonymised_at = now
    removed.requester.save(update_fields=["anonymised_at"])
    pages = set()
    for bad in (good[:-3] + "x/", "/c/nonsense/", "/c/a:b/", old, removed_path, "/c/" + "y" * 3000 + "/"):
        for answer in (client.get(bad), client.post(bad, {"act": "reply", "body": "x"})):
            assert answer.status_code == 404
            pages.add(re.sub(r'nonce="[^"]+"', "", answer.content.decode()))
    assert len(pages) == 1
    assert not case.interactions.filter(by_kind="customer").exists()


def test_a_link_opens_one_case_for_one_requester(client, now):
    case = opened(at=now)
    colleague = opened(requester=RequesterFactory(tenant=case.tenant), at=now)
    assert colleague.subject in client.get(path(colleague)).content.decode()
    case.requester_id = colleague.requester_id
    assert client.get(path(case)).status_code == 404


def test_a_post_needs_its_token(now):
    case = opened(at=now)
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(path(case), {"act": "reply", "body": "x"})
    assert answer.status_code == 403
    assert not case.interactions.filter(by_kind="customer").exists()
    assert reverse("cases:client-link", args=["x"]) == "/c/x/"


def test_the_readers_language_and_zone(client, now):
    requester = RequesterFactory(language="de", time_zone="Asia/Tokyo")
    case = opened(requester=requester, at=now)
    assert '<html lang="de">' in client.get(path(case)).content.decode()


def test_public_files_are_downloads_for_who_holds_the_link(client, now, settings, tmp_path):
    settings.BLOB_ROOT = tmp_path
    case = opened(at=now)
    l1 = actor("l1")
    shown, kept = (
        attach(case_id=case.pk, name=name, stream=BytesIO(content), by=l1, at=now)
        for name, content in (("fix.txt", b"set quota=2"), ("secret.txt", b"a key"))
    )
    says(case, "Do this", by=l1, attachment_ids=[shown.pk], at=now)
    address = path(case)
    assert f"{address}files/{shown.pk}/" in client.get(address).content.decode()
    answer = client.get(f"{address}files/{shown.pk}/")
    assert b"".join(answer.streaming_content) == b"set quota=2"
    assert answer["Content-Disposition"] == 'attachment; filename="fix.txt"'
    for elsewhere in (
        f"{address}files/{kept.pk}/",
        f"{path(opened(at=now))}files/{shown.pk}/",
        f"/c/x/files/{shown.pk}/",
    ):
        assert client.get(elsewhere).status_code == 404


@pytest.fixture
def uploads(settings, tmp_path):
    settings.BLOB_ROOT = tmp_path


def file(content=b"p95 is 4 s", name="report.txt"):
    return SimpleUploadedFile(name, content)


def replied(client, case, *files, **given):
    return client.post(path(case), {"act": "reply", "body": "See these.", "files": files, "whole": "yes", **given})


def test_files_go_along_with_a_reply(client, now, uploads):
    case = opened(at=now)
    answer = replied(client, case, file(), file(b"E-7", "log.txt"))
    assert answer.status_code == 302
    said = case.interactions.get(by_kind="customer", kind="message")
    taken = [(one.blob.name, one.blob.size, one.public, one.added_by) for one in said.attachments.order_by("pk")]
    by = f"customer:{case.requester_id}"
    assert taken == [("report.txt", 10, True, by), ("log.txt", 3, True, by)]
    assert "log.txt" in client.get(path(case)).content.decode()


@pytest.mark.parametrize(
    ("files", "given", "code"),
    [
        ([(b"MZ\x90\x00" + b"\x00" * 200, "run.txt")], {}, 422),
        ([(b"x", "run.exe")], {}, 422),
        ([(b"", "empty.txt")], {}, 422),
        ([(b"x", "x.txt")] * 21, {}, 422),
        ([(b"x", "x.txt")], {"whole": ""}, 422),  # what a form that was cut short looks like
        ([(b"x", "x.txt")], {"body": " "}, 422),
    ],
)
def test_files_that_are_refused_leave_nothing(client, now, uploads, files, given, code):
    case = opened(at=now)
    before = counts(), Attachment.objects.count()
    answer = replied(client, case, *(file(*one) for one in files), **given)
    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (code, True)
    assert (counts(), Attachment.objects.count()) == before


def test_an_upload_that_is_too_large_is_refused_unread(client, now, uploads, settings):
    case = opened(at=now)
    settings.API_UPLOAD_BYTES = 100
    assert replied(client, case, file(b"x" * 200)).status_code == 413
    assert not case.interactions.filter(by_kind="customer").exists()
