"""Who the cases of a bulk are about: the desk's own clients and people, or a set made for it where there are none."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from django.contrib.auth.hashers import make_password

from cases.domain.importing.promises import PastPromises
from cases.models import Category
from config.db import unit_of_work
from config.errors import Refused
from tenants.domain import granting
from tenants.domain.access import Access, access_of
from tenants.domain.actors import SYSTEM
from tenants.enums import GrantScope, Level, Right, Role, SupportTier
from tenants.models import Requester, Tenant, User

TENANTS, REQUESTERS_EACH = 50, 40
STAFF = {Role.L1: 24, Role.LEAD: 2, Role.L2: 10, Role.L3: 4}
LEVELS = {Role.L1: Level.L1, Role.LEAD: Level.L1, Role.L2: Level.L2, Role.L3: Level.L3}
MADE = "bulk-"  # how the names of people begin that are made here
SEGMENTS = ("startup", "mid-market", "enterprise")
PLACES = (("eu-central", "Europe/Berlin"), ("us-east", "America/New_York"), ("ap-south", "Asia/Kolkata"))
FIRST = ("Ana", "Luis", "Grace", "Tomasz", "Fatima", "Noah", "Ingrid", "Priya", "Marco", "Chloe", "Samuel", "Yuki")
LAST = ("Novak", "Romero", "Chen", "Dahl", "Fischer", "Raman", "Bianchi", "Martin", "Osei", "Tanaka", "Popova")
BEFORE = timedelta(days=400)  # the people made have been here longer than their cases


@dataclass(frozen=True, slots=True)
class Person:
    """One who acts, as history names them: `user_id` one of us, `requester_id` a customer."""

    label: str
    name: str
    user_id: int | None = None
    requester_id: int | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Client:
    """`engineers` may hand cases on to L3; `agents` are all who may work cases here, them included."""

    tenant: Tenant
    requesters: Sequence[Person]
    agents: Sequence[Person]
    engineers: Sequence[Person]
    promises: PastPromises


@dataclass(frozen=True, slots=True)
class Cast:
    """Large clients write more: `weights` add up."""

    clients: Sequence[Client]
    weights: Sequence[float]
    category_ids: Sequence[int]

    def client(self, dice: random.Random) -> Client:
        return dice.choices(self.clients, cum_weights=self.weights)[0]


def found_or_made(*, at: datetime) -> Cast:
    """Refused where the desk has people, but nobody who could work the cases of any client."""
    if not Tenant.objects.open().filter(requesters__anonymised_at=None).exists():
        _make_clients(at=at)
    staff = _staff(at=at)
    if not staff:
        _make_staff(at=at)
        staff = _staff(at=at)
    people = _requesters()
    clients = [
        Client(
            tenant=tenant,
            requesters=people[tenant.pk],
            agents=agents,
            engineers=[one for one, access in working if access.can(Right.ASSIGN_L3, tenant.pk)],
            promises=PastPromises(tenant),
        )
        for tenant in Tenant.objects.open().order_by("pk")
        if people[tenant.pk]
        and (working := [(one, access) for one, access in staff if access.can(Right.WORK_CASES, tenant.pk)])
        and (agents := [one for one, _access in working])
    ]
    if not clients:
        raise Refused("Nobody of this desk may work the cases of a client who has requesters.", code="no-cast")
    weights = accumulate((1 + place) ** -0.7 for place in range(len(clients)))
    categories = Category.objects.filter(merged_into=None).order_by("pk")
    return Cast(clients, list(weights), list(categories.values_list("pk", flat=True)))


def _staff(*, at: datetime) -> list[tuple[Person, Access]]:
    users = User.objects.filter(is_staff=True, is_active=True, requester=None).order_by("pk")
    return [
        (Person(label=f"user:{user.pk}", name=str(user), user_id=user.pk), access)
        for user in users
        if (access := access_of(user, at=at)).any(Right.WORK_CASES)
    ]


def _requesters() -> dict[int, list[Person]]:
    found: dict[int, list[Person]] = defaultdict(list)
    rows = Requester.objects.filter(anonymised_at=None, tenant__closed_at=None).order_by("pk")
    for row in rows.only("name", "time_zone", "tenant_id"):
        found[row.tenant_id].append(
            Person(label=f"customer:{row.pk}", name=row.name, requester_id=row.pk, zone=row.time_zone)
        )
    return found


def _make_clients(*, at: datetime) -> None:
    with unit_of_work(SYSTEM.label):
        tenants = []
        for place in range(TENANTS):
            region, zone = PLACES[place % len(PLACES)]
            tenants.append(
                Tenant(
                    slug=f"bulk-{place:03}",
                    name=f"Bulk {place:03}",
                    plan="growth",
                    segment=SEGMENTS[place % len(SEGMENTS)],
                    region=region,
                    time_zone=zone,
                    support_tier=SupportTier.values[place % len(SupportTier.values)],
                )
            )
        Tenant.objects.bulk_create(tenants)
        Requester.objects.bulk_create(
            Requester(
                tenant=tenant,
                name=f"{FIRST[number % len(FIRST)]} {LAST[(number * 7 + tenant.pk) % len(LAST)]}",
                email=f"requester-{number}@{tenant.slug}.example",
                time_zone=tenant.time_zone,
                channel="api",
            )
            for tenant in tenants
            for number in range(REQUESTERS_EACH)
        )


def _make_staff(*, at: datetime) -> None:
    """Nobody knows a password of theirs: they stand on cases and can't sign in."""
    with unit_of_work(SYSTEM.label):
        number = 0
        for role, count in STAFF.items():
            for _ in range(count):
                user = User.objects.create(
                    username=f"{MADE}{role.value}-{number:02}",
                    first_name=FIRST[number % len(FIRST)],
                    last_name=LAST[number % len(LAST)],
                    password=make_password(None),
                    is_staff=True,
                    level=LEVELS[role],
                )
                granting.grant(
                    user_id=user.pk,
                    role=role,
                    scope=GrantScope.ALL,
                    reason="Made with a bulk of cases",
                    by=SYSTEM,
                    at=at - BEFORE,
                )
                number += 1
