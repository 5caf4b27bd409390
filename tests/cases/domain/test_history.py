"""The history door equals the first doors: whatever happened, both leave the same case, clocks and log of moves."""

import random
from datetime import timedelta

import pytest

from cases.domain import history, lifecycle, priorities
from cases.domain.history_events import Moved, PastCase, Prioritised, Said
from cases.domain.resolution import Resolution
from cases.enums import InteractionKind, SpokenBy, Status
from cases.models import Case, CaseClock, Interaction, Transition
from outbox.models import Delivery
from outbox.models import Event as OutboxEvent
from sla.domain import fold, histories, policies
from sla.domain.rows import next_due, state_of
from sla.domain.sweep import sweep
from sla.models import Alert, Clock
from tenants.domain.actors import IMPORTER, actor_of_requester
from tests.factories.cases import MONDAY, RESOLUTION, opened, says
from tests.factories.sla import HOUR, PolicyFactory
from tests.factories.tenants import RequesterFactory, actor

pytestmark = pytest.mark.django_db

TABLE = {
    "first_response": (2 * HOUR, "seconds"),
    "next_reply": (HOUR, "wall_seconds"),
    "resolution": (2, "business_days"),
}
STEPS = [1, 29, 59, 60, 61, 240, 1500, 4000]  # minutes
KEPT = Resolution(
    summary=RESOLUTION["summary"],
    validated=RESOLUTION["validated"],
    evidence=[{"kind": "text", "value": "trace 4bf92f"}, {"kind": "link", "value": "https://grafana.example/d/1"}],
    preventive_actions=RESOLUTION["preventive_actions"],
)
ELSEWHERE = {  # of what the doors know and a past does not, or the other way round
    "id",
    "created_at",
    "priority_reason",
    "priority_proposed",
}


class Both:
    """One conversation, driven through the doors and told as a past at the same time."""

    def __init__(self, seed, *, requester, agent):
        self.dice = random.Random(seed)
        self.requester, self.agent, self.customer = requester, agent, actor_of_requester(requester)
        self.at = MONDAY + timedelta(minutes=self.dice.choice(STEPS))
        self.opened_at, self.priority = self.at, self.dice.choice(["P1", "P2"])
        self.opened_by = self.dice.choice(["customer", "customer", "us"])
        self.case = opened(
            requester=requester, by=agent, at=self.at, priority=self.priority, opened_by=self.opened_by, channel="api"
        )
        self.owner_id = None
        self.past = []
        for _ in range(self.dice.randrange(1, 12)):
            self.at += timedelta(minutes=self.dice.choice(STEPS))
            self.case = Case.objects.get(pk=self.case.pk)
            self.dice.choice(self.possible())()

    def possible(self):
        talk = [self.reply, self.ask_us, self.note, self.call]
        match self.case.status:
            case Status.NEW:
                return [*talk, self.accept, self.accept, self.withdraw]
            case Status.TRIAGE:
                return [*talk, self.start, self.start, self.wait, self.resolve, self.prioritise]
            case Status.IN_PROGRESS:
                return [*talk, self.wait, self.wait, self.resolve, self.resolve, self.prioritise]
            case Status.WAITING:
                return [*talk, self.resume, self.resolve]
            case Status.RESOLVED:
                return [self.ask_us, self.reply, self.confirm, self.close, self.reject]
            case _:
                return [self.reopen, self.ask_us, self.reply]

    def move(self, name, to, *, by=None, **more):
        by = by or self.agent
        asks = {key: more.pop(key) for key in [*more] if key in ("ask", "reason", "as_", *RESOLUTION)}
        getattr(lifecycle, name)(case_id=self.case.pk, by=by, at=self.at, **asks)
        more |= {"reason": asks.get("reason", ""), "by_label": by.label, "actor_name": by.name}
        self.past.append(Moved(at=self.at, to=to, **more))

    def said(self, body, *, by, kind=InteractionKind.MESSAGE, public=True, door=True):
        if door:
            says(self.case, body, by=by, at=self.at, kind=kind, public=public)
        self.past.append(
            Said(
                at=self.at,
                kind=kind,
                public=public,
                body=body,
                by_kind=SpokenBy.CUSTOMER if by is self.customer else SpokenBy.PERSON,
                user_id=by.user_id,
                requester_id=by.requester_id,
                by_label=by.label,
                actor_name=by.name,
            )
        )

    def reply(self):
        self.said("We look into it.", by=self.agent)

    def note(self):
        self.said("Looks like the quota.", by=self.agent, kind=InteractionKind.NOTE, public=False)

    def call(self):
        self.said("Told them on the phone.", by=self.agent, kind=InteractionKind.CALL)

    def ask_us(self):
        was_closed = self.case.status == Status.CLOSED
        says(self.case, "It is still late.", by=self.customer, at=self.at)
        if was_closed:
            words = {"reason": "The customer wrote again.", "by_label": self.customer.label}
            self.past.append(Moved(at=self.at, to=Status.IN_PROGRESS, actor_name=self.customer.name, **words))
        self.said("It is still late.", by=self.customer, door=False)

    def accept(self):
        self.owner_id = self.agent.user_id
        self.move("accept", Status.TRIAGE, accepts=True)

    def start(self):
        self.move("start", Status.IN_PROGRESS)

    def wait(self):
        self.said("Which region?", by=self.agent, door=False)
        self.move("wait", Status.WAITING, ask="Which region?")

    def resume(self):
        self.move("resume", Status.IN_PROGRESS)

    def resolve(self):
        self.said(RESOLUTION["summary"], by=self.agent, door=False)
        self.move("resolve", Status.RESOLVED, resolution=KEPT, **RESOLUTION)

    def confirm(self):
        self.move("confirm", Status.CLOSED, by=self.customer, confirmed=True)

    def close(self):
        self.move("close", Status.CLOSED, reason="Nothing came back.")

    def withdraw(self):
        self.move("close", Status.CLOSED, reason="Not needed.", as_="withdrawn", closed_as="withdrawn")

    def reject(self):
        self.move("reject", Status.IN_PROGRESS, reason="No.")

    def reopen(self):
        self.move("reopen", Status.IN_PROGRESS, reason="Again.")

    def prioritise(self):
        priority = "P2" if self.case.priority == "P1" else "P1"
        priorities.change_priority(case_id=self.case.pk, priority=priority, by=self.agent, at=self.at)
        self.past.append(Prioritised(at=self.at, priority=priority))

    def as_past(self):
        tenant = self.requester.tenant
        return PastCase(
            tenant_id=tenant.pk,
            requester_id=self.requester.pk,
            subject="Ingestion is late",
            description="Since this morning.",
            channel="api",
            opened_by=self.opened_by,
            opened_at=self.opened_at,
            priority=self.priority,
            policy=policies.policy_for(tenant=tenant, at=self.opened_at),
            tier=tenant.support_tier,
            owner_id=self.owner_id,
            events=self.past,
        )


def columns(case):
    return {
        field.attname: getattr(case, field.attname)
        for field in case._meta.concrete_fields
        if field.attname not in ELSEWHERE
    }


def clocks(case_id):
    rows = Clock.objects.filter(case_clock__case_id=case_id).order_by("kind", "window")
    return [
        state_of(row)._asdict() | {"policy": row.policy_id, "of": row.priority, "next": row.next_at} for row in rows
    ]


def moves(case_id):
    rows = Transition.objects.filter(case_id=case_id).order_by("at", "pk")
    return [
        (row.at, row.move, row.from_status, row.to_status, row.by_label, row.reason, row.sla_impact, row.imported)
        for row in rows
        if row.move != "open"
    ]


def words(case_id):
    rows = Interaction.objects.filter(case_id=case_id, kind__in=["message", "note", "call"]).order_by("at", "pk")
    return [
        (row.at, row.kind, row.public, row.by_kind, row.body, row.user_id, row.requester_id, row.data.get("sla"))
        for row in rows
    ]


def test_the_history_door_equals_the_doors():
    policy = PolicyFactory(target_table=TABLE)
    policy.targets.filter(kind="resolution", priority="P1").update(amount=2 * HOUR, unit="seconds")
    requester = RequesterFactory(tenant=policy.tenant)
    agent = actor("po", at=MONDAY)
    pairs = [Both(seed, requester=requester, agent=agent) for seed in range(30)]
    end = max(pair.at for pair in pairs) + timedelta(hours=5)
    sweep(at=end, budget_ms=None)
    told = OutboxEvent.objects.count(), Alert.objects.count(), Delivery.objects.count()

    written = history.write([pair.as_past() for pair in pairs], by=IMPORTER, at=end, timers=True)

    assert (OutboxEvent.objects.count(), Alert.objects.count(), Delivery.objects.count()) == told
    for pair, replayed in zip(pairs, written, strict=True):
        door, past = Case.objects.get(pk=pair.case.pk), Case.objects.get(pk=replayed.case.pk)
        assert clocks(past.pk) == clocks(door.pk)
        assert moves(past.pk) == moves(door.pk)
        assert [one for one in words(past.pk) if one[4] != "No." and one[4] != "Again."] == words(door.pk)
        swept = list(Clock.objects.filter(case_clock__case_id=door.pk))
        expected = columns(door) | {"breached": any(clock.breached_at for clock in swept)}
        expected["next_due_at"], expected["next_due_kind"] = next_due(swept)
        assert columns(past) == expected
        for clock in Clock.objects.filter(case_clock__case_id=past.pk):
            again = fold.fold(histories.fold_events(clock, clock.events.order_by("at", "pk")))
            assert fold.state_at(again, end) == fold.state_at(state_of(clock), end)


def test_statements_do_not_grow_with_the_cases(django_assert_num_queries):
    policy = PolicyFactory(target_table=TABLE)
    requester = RequesterFactory(tenant=policy.tenant)
    agent = actor("po", at=MONDAY)
    pasts = [Both(seed, requester=requester, agent=agent).as_past() for seed in range(3)]
    historian = history.Historian(by=IMPORTER, at=MONDAY + timedelta(days=30))
    historian.write(pasts)  # draws ids, reads tenant and promises
    for some in (pasts[:1], pasts):
        with django_assert_num_queries(10):  # six tables, fresh plans, a savepoint and its release, the actor's name
            historian.write(some)
        assert CaseClock.objects.filter(case__imported=False).exists()
