"""Saved views and lines with each key, in each order: not the usual one, but the slowest of all, and what it is.

Each is opened a few times by who sees every tenant, and by who sees three; the counts of a sidebar full of them travel
along on each page.
"""

import statistics

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.domain.desk.filter_keys import KEYS
from cases.domain.desk.filters import parse
from cases.domain.desk.views import DONE
from cases.enums import ViewOrder
from cases.models import Case, SavedView
from tenants.models import Tenant
from tests.bench.figures import Figure, report, size
from tests.bench.statements import bare, caught
from tests.bench.visiting import Visit, listed
from tests.factories.tenants import GrantFactory, UserFactory

TIMES = 6  # the first is not counted
TOLD = 8  # of the slowest
BAR = 120  # ms


def main() -> None:
    visit = Visit()
    case = next(one for one in visit.cases if one.error_ids)
    lines = list(lines_of(case, visit.reader.username))
    tell(visit, "lines on the list of all", {line: listed(line) for line in lines})
    tell(visit, "saved views", addresses_of(visit, lines))
    visit.client = Client(SERVER_NAME="localhost")
    few = [tenant.pk for tenant in Tenant.objects.order_by("pk")]
    visit.reader = UserFactory(role="l1", tenant_id=few[0])
    for pk in (few[len(few) // 2], few[-1]):
        GrantFactory(user=visit.reader, role="l1", tenant_id=pk)
    visit.client.force_login(visit.reader)
    lines = [line for line in lines if "tenant:" not in line]
    tell(visit, "lines, three tenants", {line: listed(line) for line in lines})
    tell(visit, "saved views, three tenants", addresses_of(visit, lines))


def lines_of(case: Case, username: str) -> list[str]:
    said = {
        "tenant": case.tenant.slug,
        "owner": username,
        "tag": "eu-load",
        "waiting": "3d",
        "category": "how-to",
        "error": case.error_ids[0],
        "incident": "INC-1",
        "opened": "1d",
        "unanswered": "1d",
    }
    every = [f"{key.name}:{value}" for key in KEYS.values() for value in key.values or (said[key.name],)]
    return [
        *every,
        "field.bulk_area:eu",
        "owner:me,none",
        "priority:P0,P1 level:L2,L3 breached:no",
        "tag:key-edge status:new priority:P0",
        f"tenant:{case.tenant.slug} unanswered:7d level:L3",
        "field.bulk_area:us status:any opened:7d",
        "reopened:yes priority:P0",
        "breached:yes snoozed:yes",
        "status:closed error:NONE-1",
    ]


def addresses_of(visit: Visit, lines: list[str]) -> dict[str, str]:
    """A view of the reader's for each line in each order that it may have."""
    tenants = dict(Tenant.objects.values_list("slug", "pk"))
    found = {}
    for line in lines:
        asks = parse(line)
        for order in ViewOrder:
            if (DONE & set(asks.given.get("status", ())) and order != ViewOrder.NEWEST) or (
                "queue" in asks.given and order != ViewOrder.SOONEST
            ):
                continue  # no view may be so
            view = SavedView.objects.create(
                owner=visit.reader,
                name=f"{line[:40]} {order} {len(found)}",
                line=line,
                order=order,
                pinned=False,
                changed_at=timezone.now(),
                tenant_ids=[tenants[slug] for slug in asks.given.get("tenant", ())],
                owner_ids=[visit.reader.pk] if visit.reader.username in asks.given.get("owner", ()) else [],
            )
            found[f"{line} ({order})"] = reverse("desk:view", args=[view.pk])
    return found


def tell(visit: Visit, what: str, addresses: dict[str, str]) -> None:
    medians = {}
    for name, address in addresses.items():
        medians[name] = statistics.median(visit.spans([address] * TIMES).warm) * 1e3
    slowest = sorted(medians, key=lambda name: -medians[name])
    with caught() as statements:
        visit.get(addresses[slowest[0]])
    report(
        Figure(
            line=f"slowest of {len(medians)} {what}",
            unit="ms",
            size=size(),
            median=medians[slowest[0]],
            bar=BAR,
            repeats=TIMES - 1,
            statements=len(statements),
            statements_bar=12,
            bare=bare(statements) * 1e3,
            note="; ".join(f"{name} {medians[name]:.0f} ms" for name in slowest[:TOLD]),
        )
    )
