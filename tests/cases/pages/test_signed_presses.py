"""Behind a signed link: what was sent twice stands once, other words are another answer, nobody floods us."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from cases.domain.client.links import link_for
from cases.domain.side import links, talks
from cases.models import Case, Interaction, SideWord
from config.models import IdempotencyRecord
from tests.cases.domain.test_races import at_once
from tests.factories.cases import opened, worked_to
from tests.factories.tenants import actor

# Nobody's address is longer.
LONGEST = f"{'v' * 64}@{'.'.join(['s' * 63] * 2)}.{'s' * 50}.example"


def path_of(link):
    return link[link.index("/", 8) :]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def pages(now):
    """Where one answers, and how many answers stand there."""
    case = opened(at=now)
    talk = talks.start(
        case_id=case.pk, subject="Gateway", body="Is it down?", address=LONGEST, name="", by=actor("l2"), at=now
    )
    theirs = Interaction.objects.filter(case=case, by_kind="customer", kind="message")
    return {
        "client": (path_of(link_for(case, at=now)), {"act": "reply"}, theirs),
        "outside": (path_of(links.link_for(talk, at=now)), {}, SideWord.objects.filter(talk=talk, theirs=True)),
    }


def pressed(html):
    [token] = set(re.findall(r'name="press" value="([0-9a-f-]{36})"', html))
    return token


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["client", "outside"])
def test_an_answer_that_is_sent_twice_stands_once(pages, who):
    url, fields, stands = pages[who]
    client = Client()
    token = pressed(client.get(url).content.decode())
    fields |= {"press": token}
    assert token != pressed(client.get(url).content.decode())
    answers = [client.post(url, fields | {"body": "It was."}) for _ in range(2)]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, f"{url}?said=reply")] * 2
    assert [row.body for row in stands.all()] == ["It was."]
    client.post(url, fields | {"body": "And it is again."})
    client.post(url, fields | {"body": "It was.", "press": str(uuid4())})
    client.post(url, fields | {"body": "It was.", "press": "no token"})  # as from a page that was open before
    assert [row.body for row in stands.order_by("pk")] == ["It was.", "And it is again.", "It was.", "It was."]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["client", "outside"])
def test_what_was_refused_may_be_sent_again(pages, who):
    url, fields, stands = pages[who]
    fields |= {"press": str(uuid4())}
    client = Client()
    refused = client.post(url, fields | {"body": " "})
    assert (refused.status_code, stands.count(), IdempotencyRecord.objects.count()) == (422, 0, 0)
    assert client.post(url, fields | {"body": "Now"}).status_code == 302
    assert stands.count() == 1


@pytest.mark.django_db
def test_a_verdict_that_comes_twice_is_one(now):
    case = worked_to("resolved", case=opened(at=now))
    url = path_of(link_for(case, at=now))
    fields = {"act": "confirm", "press": str(uuid4())}
    assert [Client().post(url, fields).status_code for _ in range(2)] == [302, 302]
    assert Case.objects.get(pk=case.pk).status == "closed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["client", "outside"])
def test_twice_at_once_stands_once(pages, who):
    url, fields, stands = pages[who]
    fields |= {"press": str(uuid4()), "body": "It was."}
    said = []
    at_once(*(lambda: said.append(Client().post(url, fields).status_code) for _ in range(3)))
    assert (said, stands.count()) == ([302] * 3, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["client", "outside"])
def test_one_link_asks_so_often_a_minute(pages, who, settings):
    settings.SIGNED_REQUESTS_PER_MINUTE = 3
    url, fields, stands = pages[who]
    client = Client()
    assert [client.get(url).status_code for _ in range(2)] == [200, 200]
    assert client.post(url, fields | {"body": "Still in time"}).status_code == 302
    for refused in (client.get(url), client.post(url, fields | {"body": "Too often"})):
        assert (refused.status_code, refused["X-Robots-Tag"]) == (429, "noindex, nofollow")
        assert 0 < int(refused["Retry-After"]) <= 60
    other = next(path for name, (path, *_) in pages.items() if name != who)
    assert (stands.count(), client.get(other).status_code) == (1, 200)


@pytest.mark.django_db
def test_somebody_outside_says_so_much_an_hour(pages, now, settings):
    settings.SIGNED_REQUESTS_PER_MINUTE = 1_000
    url, _fields, stands = pages["outside"]
    answers = [Client().post(url, {"body": f"Word {n}"}).status_code for n in range(talks.AN_HOUR + 1)]
    assert answers == [302] * talks.AN_HOUR + [429]
    assert stands.count() == talks.AN_HOUR
    at = now + talks.HOUR * 1.1
    talks.hear(talk_id=SideWord.objects.first().talk_id, body="An hour later", at=at)
    assert stands.count() == talks.AN_HOUR + 1
