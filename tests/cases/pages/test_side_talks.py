"""Side conversations on the case page and on their own; the page of somebody outside; a colleague who may only note."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.domain import merging
from cases.domain.people import participants
from cases.domain.side import talks
from cases.domain.side.links import link_for
from cases.models import Case, Draft, Interaction, Notice, Participant, SideTalk, SideWord
from outbox.domain.relay import relay_round
from tenants.domain.actors import actor_of_user
from tests.cases.pages.conftest import browser
from tests.factories.cases import says
from tests.factories.pages import ANEW
from tests.factories.tenants import UserFactory, actor

pytestmark = pytest.mark.django_db
FIELDS = {"address": "vera@supplier.example", "name": "Vera Supply", "subject": "Gateway", "body": "Is it down?"}


def start_url(case):
    return reverse("desk:side-talks", args=[case.pk])


def talk_url(talk):
    return reverse("desk:side-talk", args=[talk.case_id, talk.pk])


def begun(desk, **more):
    return talks.start(case_id=desk.case.pk, by=desk.actor, at=desk.at, **{**FIELDS, **more})


def shown(client, url):
    return client.get(url).content.decode()


def test_one_is_begun_without_a_script_and_stands_on_the_card(desk):
    sheet = shown(desk.browser, start_url(desk.case))
    for name in FIELDS:
        assert f'name="{name}"' in sheet
    answer = desk.browser.post(start_url(desk.case), FIELDS | {"token": uuid4()})
    talk = SideTalk.objects.get()
    assert (answer.status_code, answer.url) == (302, talk_url(talk))
    page = shown(desk.browser, reverse("desk:case", args=[desk.case.pk]))
    assert f'href="{talk_url(talk)}#end"><b>Vera Supply</b> · Gateway</a>' in page
    assert "Side conversation with Vera Supply started: Gateway" in page
    assert 'data-key="q"' in page
    assert page.count("answered</span>") == 0
    talks.hear(talk_id=talk.pk, body="It was.", at=desk.at)
    page = shown(desk.browser, reverse("desk:case", args=[desk.case.pk]))
    assert '<span class="chip accent">1 answered</span>' in page
    assert '<span class="chip accent">answered</span>' in page
    assert "answered in the side conversation: Gateway" in page


def test_from_the_sheet_one_goes_on_to_its_page(desk):
    answer = desk.browser.post(start_url(desk.case), FIELDS, headers={"X-Desk-Sheet": "1"})
    assert (answer.status_code, answer["X-Desk-Done"]) == (200, talk_url(SideTalk.objects.get()))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"address": ""}, "With one of them: somebody outside, colleagues or a level."),
        ({"address": "ana@acme.example"}, "ana@acme.example belongs to Acme, who must not read this"),
        ({"subject": ""}, "This field is required."),
        ({"level": "L3"}, "Select a valid choice. L3 is not one of the available choices."),
    ],
)
def test_what_is_refused_comes_back_with_its_text(desk, wrong, said):
    before = Interaction.objects.filter(case=desk.case).count()
    answer = desk.browser.post(start_url(desk.case), FIELDS | wrong)
    body = answer.content.decode()
    assert (answer.status_code, SideTalk.objects.count(), Interaction.objects.count()) == (422, 0, before)
    assert said in body
    assert "Is it down?</textarea>" in body


def test_the_same_press_twice_is_one(desk):
    fields = FIELDS | {"token": str(uuid4())}
    first, second = (desk.browser.post(start_url(desk.case), fields) for _ in range(2))
    assert (first.url, second.url, SideTalk.objects.count()) == (second.url, first.url, 1)
    said = {"side-body": "More", "side-token": str(uuid4())}
    answers = [desk.browser.post(talk_url(SideTalk.objects.get()), said) for _ in range(2)]
    assert ([one.status_code for one in answers], SideWord.objects.count()) == ([302, 302], 2)
    other = desk.browser.post(talk_url(SideTalk.objects.get()), said | {"side-body": "Other words"})
    assert (other.status_code, SideWord.objects.count()) == (409, 2)
    assert "Other words</textarea>" in other.content.decode()


def test_its_page_speaks_closes_and_opens_again(desk):
    talk = begun(desk)
    page = shown(desk.browser, talk_url(talk))
    for words in (
        "To <b>Vera Supply</b> · vera@supplier.example · they read this",
        "Send to Vera Supply",
        "Is it down?",
    ):
        assert words in page
    desk.browser.post(talk_url(talk), {"side-body": "Well?"})
    assert [word.body for word in talk.words.all()] == ["Is it down?", "Well?"]
    desk.browser.post(talk_url(talk), {"act": "close"})
    page = shown(desk.browser, talk_url(talk))
    assert ("It is closed: nobody can say anything in it." in page, "side-body" in page) == (True, False)
    refused = desk.browser.post(talk_url(talk), {"side-body": "Too late"})
    assert (refused.status_code, talk.words.count()) == (409, 2)
    assert "Too late</textarea>" in refused.content.decode()
    desk.browser.post(talk_url(talk), {"act": "reopen"})
    assert SideTalk.objects.get().closed_at is None


def test_a_draft_waits_in_its_box_and_goes_with_the_words(desk):
    talk, other = begun(desk), begun(desk)
    url = reverse("desk:side-draft", args=[talk.case_id, talk.pk])
    assert desk.browser.post(url, {"body": "Half a th"}).json()["at"] is not None
    assert desk.browser.post(url, {"body": "Half a thought"}).status_code == 200
    assert "Half a thought</textarea>" in shown(desk.browser, talk_url(talk))
    assert "Half a thought" not in shown(desk.browser, talk_url(other))
    assert "Half a thought" not in shown(desk.browser, reverse("desk:case", args=[talk.case_id]))
    token = str(uuid4())
    desk.browser.post(talk_url(talk), {"side-body": "A whole thought", "side-token": token})
    assert desk.browser.post(url, {"body": "A whole th", "token": token}).json() == {"at": None}
    assert Draft.objects.count() == 0
    wrong = reverse("desk:side-draft", args=[desk.other.pk, talk.pk])
    assert desk.browser.post(wrong, {"body": "x"}).status_code == 404
    assert desk.browser.post(reverse("desk:draft", args=[talk.case_id, "side"]), {"body": "x"}).status_code == 422


def test_nobody_opens_a_neighbours(desk):
    talk = talks.start(case_id=desk.other.pk, by=actor("l2"), at=desk.at, **FIELDS)
    urls = [talk_url(talk), reverse("desk:side-talk", args=[desk.case.pk, talk.pk]), start_url(desk.other)]
    assert [desk.browser.get(url).status_code for url in urls] == [404, 404, 404]
    for role in ("client", "anonymous"):
        answer = browser(desk.person(role)).get(talk_url(talk))
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, reverse("admin:login"))


@pytest.mark.parametrize("rows", [1, 3])
def test_its_page_asks_no_more_of_more_words(desk, rows):
    talk = begun(desk, people=[UserFactory(role="l2").pk for _ in range(rows)], address="", name="")
    for n in range(rows):
        talks.say(talk_id=talk.pk, body=f"Word {n}", by=desk.actor, at=desk.at)
    shown(desk.browser, talk_url(talk))
    with CaptureQueriesContext(connection) as caught:
        assert desk.browser.get(talk_url(talk), headers=ANEW).status_code == 200
    assert len(caught) == 8


def test_somebody_outside_reads_this_alone_and_answers(desk):
    says(desk.case, "Our secret is 42.", at=desk.at)
    talk = begun(desk)
    link = link_for(talk, at=desk.at)
    url = link[link.index("/s/") :]
    client = Client()
    page = shown(client, url)
    assert "Is it down?" in page
    for secret in ("Acme", "Ana Novak", desk.case.reference, desk.case.subject, "Our secret"):
        assert secret not in page
    before = Case.objects.values("status", "customer_waiting_since", "last_message_at").get(pk=desk.case.pk)
    answer = client.post(url, {"body": "Not any more."})
    assert (answer.status_code, answer.url) == (302, f"{url}?said=reply")
    assert "Your message is with us." in shown(client, answer.url)
    word = SideWord.objects.latest("pk")
    assert (word.name, word.theirs, word.body, word.user_id) == ("Vera Supply", True, "Not any more.", None)
    assert Case.objects.values("status", "customer_waiting_since", "last_message_at").get(pk=desk.case.pk) == before
    assert not Interaction.objects.filter(case=desk.case, body="Not any more.").exists()
    assert (client.post(url, {"body": " "}).status_code, client.post(url, {"body": "a\x00b"}).status_code) == (422, 422)
    talks.close(talk_id=talk.pk, by=desk.actor, at=desk.at)
    assert (client.post(url, {"body": "Late"}).status_code, SideWord.objects.count()) == (409, 2)
    assert client.get(url[:-3] + "x/").status_code == 404


# --- A colleague who may only note ----------------------------------------------------------------------------------
@pytest.fixture
def reader(desk):
    return UserFactory(role="auditor", username="rita", first_name="Rita", tenant=desk.acme)


def test_who_may_only_note_has_the_note_tab_and_the_side_conversations_alone(desk, reader):
    talk = begun(desk)
    client, case_url = browser(reader), reverse("desk:case", args=[desk.case.pk])
    note = {"note-body": "I know that one.", "note-kind": "note"}
    say_note, say_reply = (reverse("desk:say", args=[desk.case.pk, tab]) for tab in ("note", "reply"))
    assert (client.post(say_note, note).status_code, "note-body" in shown(client, case_url)) == (403, False)
    added = desk.browser.post(reverse("desk:people", args=[desk.case.pk]), {"act": "note", "user": reader.pk})
    assert (added.status_code, Participant.objects.get().kind) == (302, "noter")
    page = shown(client, case_url)
    assert ("note-body" in page, "reply-body" in page) == (True, False)
    assert client.post(say_note, note | {"note-token": str(uuid4())}).status_code == 302
    said = Interaction.objects.get(kind="note")
    assert (said.body, said.user_id, said.public) == ("I know that one.", reader.pk, False)
    draft = reverse("desk:draft", args=[desk.case.pk, "note"])
    assert client.post(draft, {"body": "And"}).status_code == 200
    assert client.post(talk_url(talk), {"side-body": "Ask for the log."}).status_code == 302
    before = Interaction.objects.count(), SideTalk.objects.count(), Case.objects.values().get(pk=desk.case.pk)
    refused = [
        client.post(say_reply, {"reply-body": "Hello"}),
        client.post(say_note, note | {"note-kind": "action"}),
        client.post(reverse("desk:draft", args=[desk.case.pk, "reply"]), {"body": "x"}),
        client.post(start_url(desk.case), FIELDS),
        client.post(talk_url(talk), {"act": "close"}),
        client.post(reverse("desk:action", args=[desk.case.pk, "accept"]), {}),
    ]
    assert {one.status_code for one in refused} <= {403, 422}, [one.status_code for one in refused]
    after = Interaction.objects.count(), SideTalk.objects.count(), Case.objects.values().get(pk=desk.case.pk)
    assert after == before
    [row] = Participant.objects.all()
    participants.remove(case_id=desk.case.pk, participant_id=row.pk, by=desk.actor, at=desk.at)
    assert client.post(say_note, note).status_code == 403


def test_who_works_the_client_is_not_added_to_note(desk):
    ben = UserFactory(role="l2", first_name="Ben")
    answer = desk.browser.post(reverse("desk:people", args=[desk.case.pk]), {"act": "note", "user": ben.pk})
    assert (answer.status_code, Participant.objects.count()) == (422, 0)
    assert "Ben Last works cases of Acme already." in answer.content.decode()


# --- What is new, and what is taken back -----------------------------------------------------------------------------
def test_what_is_new_stands_on_the_card_until_it_was_looked_at(desk):
    ben = UserFactory(role="l2", first_name="Ben")
    talk, other = begun(desk, address="", name="", people=[ben.pk]), begun(desk)
    case_url, hers, his = reverse("desk:case", args=[desk.case.pk]), desk.browser, browser(ben)
    assert ("new</span>" in shown(hers, case_url), shown(his, case_url).count("1 new</span>")) == (False, 2)
    for body in ("I look.", "It was me."):
        talks.say(talk_id=talk.pk, body=body, by=actor_of_user(ben, at=desk.at), at=desk.at)
    talks.hear(talk_id=other.pk, body="Not us.", at=desk.at)
    relay_round(at=desk.at)
    page = shown(hers, case_url)
    for chip in ("2 new</span>", "1 new</span>"):
        assert page.count(f'<span class="chip warn">{chip}') == 1
    mine = Notice.objects.filter(user=desk.actor.user_id, side_talk_id=talk.pk)
    assert mine.filter(read_at=None).count() == 2
    assert shown(hers, talk_url(talk)).count('<span class="chip warn">new</span>') == 2
    assert shown(hers, talk_url(talk)).count('<span class="chip warn">new</span>') == 0
    assert (
        mine.filter(read_at=None).count(),
        Notice.objects.filter(user=desk.actor.user_id, read_at=None).count(),
    ) == (0, 1)
    page = shown(hers, case_url)
    assert (page.count("new</span>"), page.count("1 new</span>")) == (1, 1)
    notice = Notice.objects.get(user=desk.actor.user_id, read_at=None)
    assert hers.post(reverse("desk:notice", args=[notice.pk])).url == f"{talk_url(other)}#end"
    shown(his, talk_url(talk))
    assert (shown(his, case_url).count("2 new</span>"), shown(his, case_url).count("new</span>")) == (1, 1)
    talks.hear(talk_id=other.pk, body="Us, after all.", at=desk.at)
    shown(hers, talk_url(other))  # before her inbox was told
    relay_round(at=desk.at)
    assert Notice.objects.filter(user=desk.actor.user_id, read_at=None).count() == 0


def test_a_word_is_taken_back_by_the_button_beside_what_was_said(desk):
    talk = begun(desk)
    token = str(uuid4())
    answer = desk.browser.post(talk_url(talk), {"side-body": "Too rash", "side-token": token})
    page = desk.browser.get(answer.url).content.decode()
    url = reverse("desk:unsay", args=[talk.case_id, talk.pk, token])
    assert (f'action="{url}"' in page, "data-undo" in page, "Too rash" in page) == (True, True, True)
    outside = link_for(talk, at=desk.at)
    assert "Too rash" not in shown(Client(), outside[outside.index("/s/") :])
    back = desk.browser.post(url)
    page = desk.browser.get(back.url).content.decode()
    assert back.url == f"{talk_url(talk)}#end"
    assert ("Taken back, nothing was sent." in page, page.count("Too rash")) == (True, 1)
    assert "Too rash</textarea>" in page
    assert "It has been taken back already." in desk.browser.post(url, follow=True).content.decode()
    for person in ("lead", "l2"):
        assert browser(desk.person(person)).post(url).status_code == 404
    desk.browser.post(talk_url(talk), {"side-body": "Too rash", "side-token": token})
    assert [word.body for word in talk.words.standing()] == ["Is it down?"]


def test_a_notice_from_a_merge_that_was_taken_back_leads_where_the_talk_is(desk):
    (root,) = desk.more(1)
    talk = begun(desk)
    merging.merge(case_id=desk.case.pk, into=root.pk, by=desk.actor, at=desk.at)
    at_root = reverse("desk:side-talk", args=[root.pk, talk.pk])
    assert desk.browser.get(at_root).status_code == 200
    merging.undo(tie=merging.merge_of(desk.case.pk, by=desk.actor), of=desk.case.pk, by=desk.actor, at=desk.at)
    answer = desk.browser.get(at_root)
    assert (answer.status_code, answer.url) == (302, talk_url(talk))
    assert desk.browser.get(reverse("desk:side-talk", args=[root.pk, talk.pk + 99])).status_code == 404
