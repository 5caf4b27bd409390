"""Real rows of the sla room, through its own doors: `promised` starts a clock, `conversing` a conversation."""

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from sla.domain import clocks, conversations, policies
from sla.domain.business_time import Target
from sla.domain.conversation import Event, Happening, Stage
from sla.models import Calendar, CalendarVersion, Policy, PolicyTarget
from tenants.domain.actors import SYSTEM
from tests.factories.tenants import TenantFactory

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
OFFICE_HOURS = {
    "timezone": "Europe/Berlin",
    "weekly_hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}
HOUR = 3600


class CalendarFactory(DjangoModelFactory):
    class Meta:
        model = Calendar
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Calendar {n}")
    spec = factory.LazyFunction(lambda: dict(OFFICE_HOURS))

    @factory.post_generation
    def first_version(calendar, create, extracted, **kwargs):
        CalendarVersion.objects.create(calendar=calendar, version=1, spec=calendar.spec, created_at=MONDAY)


class PolicyFactory(DjangoModelFactory):
    """Complete: an hour to answer and four to resolve, round the clock, whatever the priority."""

    class Meta:
        model = Policy
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Policy {n}")
    tenant = factory.SubFactory(TenantFactory)
    calendar = factory.SubFactory(CalendarFactory)
    valid_from = datetime(2026, 1, 1, tzinfo=UTC)

    @factory.post_generation
    def target_table(policy, create, extracted, **kwargs):
        table = extracted or {
            "first_response": (HOUR, "wall_seconds"),
            "next_reply": (HOUR, "wall_seconds"),
            "resolution": (4 * HOUR, "wall_seconds"),
        }
        PolicyTarget.objects.bulk_create(
            PolicyTarget(policy=policy, priority=priority, kind=kind, amount=amount, unit=unit)
            for priority in ("P0", "P1", "P2", "P3")
            for kind, (amount, unit) in table.items()
        )


def promised(*, tenant=None, at=MONDAY, seconds=HOUR, kind="client_word", label="INC-204", **options):
    tenant = tenant or TenantFactory()
    return clocks.start(
        tenant_id=tenant.pk,
        kind=kind,
        label=label,
        target=Target(seconds, "wall_seconds"),
        by=SYSTEM,
        at=at,
        **options,
    )


class Conversing:
    """A conversation as `cases` keeps one: it holds the stage and the two facts, and knows its clocks' ids."""

    def __init__(self, *, tenant=None, policy=None, priority="P2", at=MONDAY, by_us=False):
        self.tenant = tenant or (policy.tenant if policy and policy.tenant else TenantFactory())
        self.policy = policy
        self.priority = priority
        self.stage, self.answered, self.opened_by_us = Stage.UNOPENED, False, by_us
        self.clock_ids = []
        self.say(Happening.CREATED, at=at, by_us=by_us)

    def say(self, what, *, at, by=SYSTEM, **facts):
        policy = self.policy or policies.policy_for(tenant=self.tenant, at=at).policy
        [policy] = policies.complete(Policy.objects.filter(pk=policy.pk))
        event = Event(at=at, what=what, **facts)
        advanced = conversations.advance(
            tenant_id=self.tenant.pk,
            label="CASE-1042",
            clocks=conversations.lock_clocks(self.clock_ids),
            stage=self.stage,
            answered=self.answered,
            opened_by_us=self.opened_by_us,
            policy=policy,
            priority=self.priority,
            event=event,
            by=by,
            at=at,
        )
        self.clock_ids += [clock.pk for clock in advanced.created]
        self.stage, self.answered = advanced.stage, advanced.answered
        return advanced


def minutes(count):
    return timedelta(minutes=count)
