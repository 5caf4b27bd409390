"""Who takes part, on the case page; the inbox and how one is told; what the composer may name."""

import pytest
from django.urls import reverse

from cases.domain.people import participants
from cases.models import KnownIssue, Notice, NoticeChoice, Participant
from cases.models.notices import REVIEW_MAIL
from outbox.domain.relay import relay_round
from outbox.models import Delivery
from tenants.models import Requester
from tests.cases.pages.conftest import browser
from tests.factories.cases import macro, says
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


def people(case):
    return reverse("desk:people", args=[case.pk])


def act(desk, name, *, sheet=False, **data):
    headers = {"X-Desk-Sheet": "1"} if sheet else {}
    return desk.browser.post(people(desk.case), {"act": name, **data}, headers=headers)


@pytest.fixture
def eva(desk):
    return RequesterFactory(tenant=desk.acme, name="Eva Blum", email="eva@acme.example")


def test_copies_are_named_on_the_card_and_over_the_box(desk, eva):
    answer = act(desk, "copy", email="eva@acme.example", sheet=True)
    assert (answer.status_code, answer["X-Desk-Done"]) == (200, reverse("desk:case", args=[desk.case.pk]))
    page = desk.browser.get(reverse("desk:case", args=[desk.case.pk])).content.decode()
    assert 'copies: <b title="eva@acme.example">Eva Blum</b>' in page
    assert page.count('<span title="eva@acme.example">Eva Blum</span>') == 1
    says(desk.case, "Which region?", by=desk.actor, at=desk.at)
    page = desk.browser.get(reverse("desk:case", args=[desk.case.pk])).content.decode()
    assert "to Ana Novak, Acme, copies: Eva Blum" in page


def test_a_stranger_is_asked_about_and_the_address_kept(desk):
    answer = act(desk, "copy", email="who@else.example")
    body = answer.content.decode()
    assert (answer.status_code, Participant.objects.count()) == (422, 0)
    assert 'value="who@else.example"' in body
    assert "who@else.example is nobody we know at Acme." in body
    assert act(desk, "copy", email="who@else.example", stranger="on").status_code == 302
    assert Requester.objects.get(email="who@else.example").tenant == desk.acme


def test_following_and_removing_without_a_script(desk, eva):
    act(desk, "follow")
    [mine] = Participant.objects.all()
    assert mine.user_id == desk.l1.pk
    page = desk.browser.get(reverse("desk:case", args=[desk.case.pk])).content.decode()
    assert 'value="unfollow" aria-pressed="true" data-key="+"' in page
    act(desk, "unfollow")
    act(desk, "copy", email=eva.email)
    [copied] = Participant.objects.all()
    act(desk, f"remove:{copied.pk}")
    assert Participant.objects.count() == 0
    assert act(desk, f"remove:{copied.pk}").status_code == 404


def test_who_may_be_added_and_who_not(desk):
    ben = UserFactory(role="l2", username="ben", first_name="Ben", level="L2")
    ida = UserFactory(role="l3", username="ida", first_name="Ida", level="L3")
    udo = UserFactory(role="l2", username="udo", first_name="Udo", tenant=TenantFactory())
    sheet = desk.browser.get(people(desk.case)).content.decode()
    assert [f"({name})" in sheet for name in ("ben", "ida", "udo")] == [True, False, False]
    names = desk.browser.get(reverse("desk:names", args=[desk.case.pk, "people"])).json()["rows"]
    assert names == [{"name": "Ben Last @ben", "hint": "L2", "insert": "@ben "}]
    for person in (ida, udo):
        assert act(desk, "add", user=person.pk).status_code == 422
    assert act(desk, "add", user=ben.pk).status_code == 302
    assert Participant.objects.get().user == ben


@pytest.mark.parametrize("wrong", ["", "burn", "remove:x", "remove:²", f"remove:{2**70}", "remove", "copy:\x00"])
def test_an_act_that_is_none_changes_nothing(desk, wrong):
    assert act(desk, wrong).status_code in (404, 422)
    assert Participant.objects.count() == 0


@pytest.mark.parametrize("email", ["", "x" * 300, "a\x00b@acme.example", "a@b, c@d", "<script>@x"])
def test_an_address_that_is_none_changes_nothing(desk, email):
    assert act(desk, "copy", email=email, stranger="on").status_code == 422
    assert (Participant.objects.count(), Delivery.objects.filter(subject__contains="copy").count()) == (0, 0)


def test_an_auditor_follows_and_changes_nobody(desk, eva):
    auditor = browser(UserFactory(role="auditor"))
    assert auditor.post(people(desk.case), {"act": "copy", "email": eva.email}).status_code == 403
    assert auditor.post(people(desk.case), {"act": "follow"}).status_code == 302
    assert 'name="email"' not in auditor.get(people(desk.case)).content.decode()
    assert [one.kind for one in Participant.objects.all()] == ["follower"]


def test_what_may_be_named_in_a_reply_and_in_a_note(desk):
    KnownIssue.objects.create(code="KI-7", title="Batches stall")
    macro("See {{ docs }}", docs=[{"url": "https://docs.example/a", "title": "Batches"}])
    reply = desk.browser.get(reverse("desk:names", args=[desk.case.pk, "reply"])).json()["rows"]
    note = desk.browser.get(reverse("desk:names", args=[desk.case.pk, "note"])).json()["rows"]
    page = {"name": "Batches", "hint": "for the client", "insert": "Batches: https://docs.example/a "}
    assert page in reply
    assert {row["hint"] for row in reply} == {"for the client"}
    assert page in note
    assert [row["hint"] for row in note if row["name"] == "KI-7 Batches stall"] == ["team only"]
    assert desk.browser.get(reverse("desk:names", args=[desk.case.pk, "x"])).status_code == 404
    assert desk.browser.get(reverse("desk:names", args=[desk.other.pk, "people"])).status_code == 404


def test_the_bell_counts_and_the_inbox_leads_to_the_word(desk):
    participants.follow(case_id=desk.case.pk, by=desk.actor, at=desk.at)
    said = says(desk.case, "Still <b>broken</b>.", at=desk.at)
    relay_round(at=desk.at)
    inbox = desk.browser.get(reverse("desk:inbox")).content.decode()
    assert "Still &lt;b&gt;broken&lt;/b&gt;." in inbox
    assert '<b>1</b><span class="visually-hidden"> unread</span>' in inbox
    notice = Notice.objects.get()
    answer = desk.browser.post(reverse("desk:notice", args=[notice.pk]))
    assert answer["Location"] == f"{reverse('desk:case', args=[desk.case.pk])}#i{said.pk}"
    assert Notice.objects.get().read_at is not None
    assert 'class="bell chip"' in desk.browser.get(reverse("desk:inbox")).content.decode()
    other = UserFactory(role="l2")
    Notice.objects.update(user=other, read_at=None)
    assert desk.browser.post(reverse("desk:notice", args=[notice.pk])).status_code == 404
    assert desk.browser.post(reverse("desk:inbox-read"), {"up_to": "x"}).status_code == 302
    assert Notice.objects.get().read_at is None


def test_what_one_chooses_is_kept_and_shown(desk):
    url = reverse("desk:notice-choice")
    page = desk.browser.get(url).content.decode()
    assert 'value="customer.mine.mail" aria-label="The customer writes, My cases, Mail" checked' in page
    values = {"cells": ["moved.level.bell"], "pace": "daily", "daily_at": "9", "quiet_from": "19", "quiet_to": "7"}
    assert desk.browser.post(url, values).status_code == 302
    chosen = NoticeChoice.objects.get()
    assert (chosen.user_id, chosen.cells, chosen.pace, chosen.daily_at, chosen.quiet_from, chosen.quiet_to) == (
        desk.l1.pk,
        ["moved.level.bell", REVIEW_MAIL],
        "daily",
        9,
        19,
        7,
    )
    assert desk.browser.get(url).content.decode().count(" checked") == 1


def test_of_chain_reviews_they_are_asked_who_might_lead_one(desk):
    url, box = reverse("desk:notice-choice"), f'value="{REVIEW_MAIL}"'
    assert box not in desk.browser.get(url).content.decode()
    l2 = browser(UserFactory(role="l2", tenant=desk.acme, level="L2"))
    assert f'{box} aria-label="A chain review opens, or is mine to lead, Mail" checked' in l2.get(url).content.decode()
    assert l2.post(url, {"pace": "at_once", "daily_at": "8"}).status_code == 302
    assert NoticeChoice.objects.get().cells == []


@pytest.mark.parametrize(
    "wrong",
    [{"cells": ["x"]}, {"pace": "x"}, {"daily_at": "24"}, {"quiet_from": "7"}, {"quiet_from": "7", "quiet_to": "7"}],
)
def test_a_choice_that_is_none_comes_back(desk, wrong):
    values = {"cells": ["moved.level.bell"], "pace": "daily", "daily_at": "9", **wrong}
    answer = desk.browser.post(reverse("desk:notice-choice"), values)
    assert (answer.status_code, NoticeChoice.objects.count()) == (422, 0)
    assert 'class="errorlist' in answer.content.decode()
