"""Two agents and a client on one case, in real threads: fifty ways of getting in each other's way."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Draft, Interaction, Sending
from outbox.models import Delivery
from tests.cases.pages.conftest import Desk, browser
from tests.cases.pages.test_case import say
from tests.factories.cases import opened, says
from tests.factories.tenants import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
WAYS = 50
THREADS = 8  # two agents that press twice each, and the client


def field(name, drawn):
    return unescape(re.search(rf'name="reply-{name}" value="([^"]*)"', drawn)[1])


class Agent:
    """Writes one text and sends it, whatever comes in between; what the browser would hold is in `form`."""

    def __init__(self, desk, name, together):
        self.user = UserFactory(role="l2", first_name=name, tenant=desk.acme)
        self.client = browser(self.user)
        self.together = together

    def begin(self, case, text):
        self.case, self.form = case, None
        self.text = text
        self.sent = self.undone = False

    def open(self):
        version = Case.objects.get(pk=self.case.pk).version
        self.form = {"reply-body": self.text, "reply-version": version, "reply-token": str(uuid4())}
        self.form["reply-seen"] = timezone.now().isoformat()
        body = {"body": self.text, "token": self.form["reply-token"]}
        assert self.client.post(reverse("desk:draft", args=[self.case.pk, "reply"]), body).status_code == 200

    def press(self):
        self.took(self.client.post(say(self.case, "reply"), self.form))

    def press_twice(self):
        """The second time the answer to the first has not come yet."""
        again = browser(self.user)
        for answer in self.together.run(
            lambda: self.client.post(say(self.case, "reply"), self.form),
            lambda: again.post(say(self.case, "reply"), self.form),
        ):
            self.took(answer)

    def took(self, answer):
        if answer.status_code == 302:
            self.sent = True
            return
        drawn = answer.content.decode()
        assert (answer.status_code, f"{self.text}</textarea>" in drawn) == (412, True)
        if not self.sent:
            self.form |= {f"reply-{name}": field(name, drawn) for name in ("version", "token", "seen")}

    def undo(self):
        answer = self.client.post(reverse("desk:unsend", args=[self.case.pk, self.form["reply-token"]]))
        assert answer.status_code == 302
        self.undone = Sending.objects.get(token=self.form["reply-token"]).undone_at is not None


class Together:
    """Threads that stay: each keeps its connection, as those of a server do, which saves two thirds of the database's
    work.
    """

    def __enter__(self):
        self.pool = ThreadPoolExecutor(THREADS)
        return self

    def run(self, *acts):
        """They begin in the same moment; what they answer."""
        barrier = Barrier(len(acts))

        def begin(act):
            barrier.wait()
            return act()

        return list(self.pool.map(begin, acts))

    def __exit__(self, *failure):
        self.run(*[lambda: connection.close()] * THREADS)  # looked up in each thread: its own
        self.pool.shutdown()


@pytest.fixture
def together():
    with Together() as threads:
        yield threads


def steps(dice, agent):
    """One agent's way: opened, then pressed until it went, once or twice at a time; now and then taken back."""
    yield agent.open
    while not agent.sent:
        yield dice.choice([agent.press, agent.press_twice])
    if dice.random() < 0.4:
        yield agent.undo


def test_no_text_is_lost_and_none_is_sent_twice(together):
    desk = Desk()
    mira, ben = Agent(desk, "Mira", together), Agent(desk, "Ben", together)
    for way in range(WAYS):
        dice = random.Random(way)
        case = opened(requester=desk.ana, subject=f"Way {way}", at=desk.at)
        for agent in (mira, ben):
            agent.begin(case, f"{agent.user.first_name} answers {way}")
        left = {mira: steps(dice, mira), ben: steps(dice, ben)}
        client_speaks = [lambda case=case, way=way: says(case, f"Hello? {way}", at=timezone.now())]
        while left:
            acts = []
            for agent in dice.sample(list(left), k=dice.randint(1, len(left))):
                if act := next(left[agent], None):
                    acts.append(act)
                else:
                    del left[agent]
            if client_speaks and dice.random() < 0.25:
                acts.append(client_speaks.pop())
            if acts:
                together.run(*acts)
        for agent in (mira, ben):
            standing = Interaction.objects.filter(case=case, body=agent.text, retracted_by=None)
            drafts = Draft.objects.filter(case=case, user=agent.user, body=agent.text)
            assert (standing.count(), drafts.count()) == ((0, 1) if agent.undone else (1, 0)), (way, agent.text)
        mails = Delivery.objects.filter(about_kind="case", about_id=case.pk, status="queued", automated=False)
        assert mails.count() == 2 - mira.undone - ben.undone, way
