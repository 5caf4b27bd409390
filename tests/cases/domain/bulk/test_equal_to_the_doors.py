"""What is written in bulk is what the first doors would have written, column by column."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from cases.domain import history
from cases.domain.bulk import cast
from cases.domain.bulk.lives import past
from cases.domain.bulk.plots import Stage
from cases.domain.bulk.quiet import Quiet
from cases.domain.bulk.vocabulary import Vocabulary
from cases.enums import InteractionKind
from cases.models import Case, Escalation, Interaction, Transition
from sla.domain.rows import next_due
from sla.domain.sweep import sweep
from sla.models import Clock, ClockEvent
from tenants.domain.actors import SYSTEM, actor_of_requester, actor_of_user
from tenants.models import Requester, User
from tests.cases.domain.bulk.playing import play
from tests.factories.cases import MONDAY
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db

CASES = 50  # a seed
#: Columns that differ, and why.
APART = {
    Case: {
        "id",
        "created_at",  # when the row was written
    },
    Clock: {
        "id",
        "label",  # has the case's number in it
        "noticed_at",  # when the row was written, or the breach found
    },
    ClockEvent: {
        "id",
        "clock_id",
        "recorded_at",  # when the row was written
        "by_label",  # the clocks of a past are moved by who writes it down; the case's own log says who did what
    },
    Transition: {
        "id",
        "case_id",
        "recorded_at",  # when the row was written
        "restore_point",  # what is past can't be taken back
    },
    Interaction: {
        "id",
        "case_id",
        "recorded_at",  # when the row was written
        "delivery_id",  # nothing is mailed for the past
    },
    Escalation: {"id", "case_id"},
}


def columns(row, **instead):
    names = [field.attname for field in row._meta.concrete_fields if field.attname not in APART[type(row)]]
    return {name: getattr(row, name) for name in names} | instead


def rows(found):
    return [columns(row) for row in found]


def clocks(case_id):
    return Clock.objects.filter(case_clock__case_id=case_id).order_by("kind", "window")


def steps(case_id):
    """Warnings are left out: only a sweep gives any, and nobody is warned of the past."""
    found = ClockEvent.objects.filter(clock__case_clock__case_id=case_id).exclude(event="warned")
    return rows(found.order_by("clock__kind", "clock__window", "at", "event"))


def timeline(case_id):
    """Without what the desk found out when the case came in: that hangs on all that was there at that moment."""
    found = Interaction.objects.filter(case_id=case_id).exclude(
        kind=InteractionKind.AUTOMATION, data__has_key="similar_ids"
    )
    return rows(found.order_by("at", "pk"))


def log(case_id):
    return rows(Transition.objects.filter(case_id=case_id).order_by("at", "pk"))


def escalations(case_id):
    return rows(Escalation.objects.filter(case_id=case_id).order_by("at", "pk"))


def as_swept(case):
    """The deadline and the mark that follow a breach come by an event, which nobody consumes here."""
    held = list(clocks(case.pk))
    next_due_at, next_due_kind = next_due(held)
    broken = any(clock.breached_at for clock in held)
    return columns(case, breached=broken, next_due_at=next_due_at, next_due_kind=next_due_kind)


@pytest.fixture
def stage():
    for tier, zone in (("standard", "Europe/Berlin"), ("premium", "America/New_York"), ("enterprise", "Asia/Kolkata")):
        tenant = TenantFactory(support_tier=tier, time_zone=zone)
        RequesterFactory.create_batch(2, tenant=tenant, time_zone=zone)
    for role, level in (("l1", "L1"), ("lead", "L1"), ("l2", "L2"), ("po", "L3")):
        UserFactory(role=role, level=level)
    at = MONDAY + timedelta(hours=3)
    return Stage(cast.found_or_made(at=at), Vocabulary(), Quiet(at=at), at)


@pytest.mark.parametrize("seed", range(10))
def test_made_pasts_are_what_the_doors_would_have_written(stage, seed):
    actors = {f"user:{user.pk}": actor_of_user(user, at=stage.at) for user in User.objects.all()}
    actors |= {f"customer:{one.pk}": actor_of_requester(one) for one in Requester.objects.select_related("tenant")}
    dice = random.Random(seed)
    pasts = [past(dice, stage, open_share=0.3, external=("bulk", f"{seed}/{number}")) for number in range(CASES)]
    played = [play(one, actors) for one in pasts]
    sweep(at=stage.at, budget_ms=None)
    told = [  # the rules' words on the priority depend on all that was there when the case came in
        replace(one, priority_reason=case.priority_reason, priority_proposed=case.priority_proposed, external=None)
        for one, case in zip(pasts, played, strict=True)
    ]

    written = history.write(told, by=SYSTEM, at=stage.at, timers=True)

    for came_in, replayed in zip(played, written, strict=True):
        door, made = Case.objects.get(pk=came_in.pk), Case.objects.get(pk=replayed.case.pk)
        assert log(made.pk) == log(door.pk)
        assert timeline(made.pk) == timeline(door.pk)
        assert escalations(made.pk) == escalations(door.pk)
        assert rows(clocks(made.pk)) == rows(clocks(door.pk))
        assert steps(made.pk) == steps(door.pk)
        assert columns(made) == as_swept(door)
    assert not Transition.objects.filter(imported=True).exists()
