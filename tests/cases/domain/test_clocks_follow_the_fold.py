"""Whatever is done through the doors, the clocks are those that the pure conversation makes of the same events."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cases.domain import escalation, lifecycle, priorities
from cases.models import Case
from config.errors import DomainError
from sla.domain import policies
from sla.domain.conversation import Conversation, Event, Happening, step
from sla.domain.rows import state_of
from sla.models import Policy
from tests.factories.cases import HOUR, MONDAY, RESOLUTION, customer, opened, says
from tests.factories.tenants import actor

pytestmark = pytest.mark.django_db

STEPS = {
    "accept": [Happening.ACCEPTED],
    "start": [],
    "wait": [Happening.PUBLIC_REPLY, Happening.WAIT],
    "resume": [Happening.RESUME],
    "resolve": [Happening.PUBLIC_REPLY, Happening.RESOLVE],
    "confirm": [Happening.CONFIRM],
    "reject": [Happening.REJECT],
    "close": [Happening.CLOSE],
    "spam": [Happening.CLOSE],
    "reopen": [Happening.REOPEN],
    "reply": [Happening.PUBLIC_REPLY],
    "note": [],
    "hear": [Happening.CUSTOMER_REPLY],
    "P1": [Happening.SET_POLICY],
    "P3": [Happening.SET_POLICY],
    "escalate": [Happening.ESCALATE],
}


class Walk:
    def __init__(self, *, opened_by):
        self.by = actor("po", at=MONDAY)
        self.at = MONDAY
        self.case = opened(by=self.by, opened_by=opened_by)
        self.conversation = Conversation()
        self.tell(Happening.CREATED, by_us=opened_by == "us")

    def tell(self, what, **facts):
        [policy] = policies.complete(Policy.objects.filter(pk=self.case.policy_id))
        promises = policies.promises(policy, self.case.priority)
        self.conversation = step(self.conversation, Event(at=self.at, what=what, **facts), promises).conversation

    def do(self, name, later):
        self.at += later
        was = self.case
        try:
            self.act(name)
        except DomainError:
            return
        self.case = Case.objects.get(pk=self.case.pk)
        if self.case.version == was.version:
            return
        target_at = self.at + 5 * HOUR if name == "escalate" else None
        for what in self.events(name, was):
            self.tell(what, **({"target_at": target_at} if what == Happening.ESCALATE else {}))

    def act(self, name):
        common = {"case_id": self.case.pk, "by": self.by, "at": self.at}
        match name:
            case "wait":
                lifecycle.wait(ask="Which?", **common)
            case "resolve":
                lifecycle.resolve(**RESOLUTION, **common)
            case "reject" | "close" | "reopen":
                getattr(lifecycle, name)(reason="So it is", **common)
            case "spam":
                lifecycle.close(as_="spam", reason="An advertisement", **common)
            case "reply":
                says(self.case, "Answer", by=self.by, at=self.at)
            case "note":
                says(self.case, "Note", kind="note", public=False, by=self.by, at=self.at)
            case "hear":
                says(self.case, "Words", by=customer(self.case), at=self.at)
            case "P1" | "P3":
                priorities.change_priority(priority=name, **common)
            case "escalate":
                target = {"at": self.at + 5 * HOUR, "who": "Team Ingestion"}
                escalation.escalate(to="L2", known_issues_searched=True, target=target, reason="Code", **common)
            case _:
                getattr(lifecycle, name)(**common)

    def events(self, name, was):
        if name == "hear" and was.status == "closed":
            return [Happening.REOPEN, Happening.CUSTOMER_REPLY]
        if name == "reply" and was.status == "closed":
            return []
        return STEPS[name]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    opened_by=st.sampled_from(["customer", "us"]),
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(1, 60 * 30).map(lambda n: timedelta(minutes=n))),
        min_size=3,
        max_size=14,
    ),
)
@example(opened_by="customer", steps=[(name, timedelta(minutes=1)) for name in ("spam", "reply", "hear")])
def test_random_walks(opened_by, steps):
    walk = Walk(opened_by=opened_by)
    for name, later in [("accept", timedelta(minutes=5)), *steps]:
        walk.do(name, later)
    rows = [link.clock for link in walk.case.case_clocks.select_related("clock").order_by("clock__started_at", "pk")]
    assert sorted(map(comparable, (state_of(row) for row in rows))) == sorted(map(comparable, walk.conversation.clocks))
    assert sorted((row.kind, row.window) for row in rows) == sorted({(row.kind, row.window) for row in rows})


def comparable(state):
    return (state.kind, state.window, repr(state).replace("hours=", "").partition("warn_steps")[2])
