"""Real cases, through the doors: `opened()`, then `worked_to(status)` walks one there."""

from datetime import UTC, datetime, timedelta

from cases.domain import intake, lifecycle, talking
from cases.enums import Status
from cases.models import Case, Macro
from tenants.domain.actors import SYSTEM, actor_of_requester
from tests.factories.tenants import RequesterFactory, TenantFactory, actor

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

RESOLUTION = {
    "summary": "The quota was too small; it is doubled now.",
    "validated": "Ingestion has been green for an hour.",
    "evidence": ["trace 4bf92f", {"link": "https://grafana.example/d/1"}],
    "preventive_actions": ["Alert at 80 % of the quota"],
}


def opened(*, tenant=None, requester=None, by=SYSTEM, at=MONDAY, **fields) -> Case:
    tenant = tenant or (requester.tenant if requester else TenantFactory())
    requester = requester or RequesterFactory(tenant=tenant)
    values = {"subject": "Ingestion is late", "description": "Since this morning.", **fields}
    return intake.open_case(tenant_id=tenant.pk, requester=requester.pk, by=by, at=at, **values).case


def worked_to(status, *, case=None, by=None, at=MONDAY + HOUR, **fields) -> Case:
    """A case brought to `status` by `by` (an L2 of its tenant): a minute a move."""
    case = case or opened(**fields)
    by = by or actor("l2", at=at)
    path = {
        Status.NEW: [],
        Status.TRIAGE: ["accept"],
        Status.IN_PROGRESS: ["accept", "start"],
        Status.WAITING: ["accept", "start", "wait"],
        Status.RESOLVED: ["accept", "start", "resolve"],
        Status.CLOSED: ["accept", "start", "resolve", "confirm"],
    }[Status(status)]
    for move in path:
        asks = {"wait": {"ask": "Which region?"}, "resolve": RESOLUTION}.get(move, {})
        case = getattr(lifecycle, move)(case_id=case.pk, by=by, at=at, **asks)
        at += MINUTE
    return case


def customer(case):
    """The actor of the case's requester."""
    return actor_of_requester(case.requester)


def says(case, body="It is still late.", *, by=None, at=MONDAY + HOUR, public=True, kind="message", **more):
    """A message: the customer's unless `by` says otherwise."""
    return talking.add_interaction(
        case_id=case.pk, kind=kind, public=public, body=body, by=by or customer(case), at=at, **more
    )


def clocks_of(case):
    """{(kind, window): clock}, as the database has them."""
    return {(link.kind, link.window): link.clock for link in case.case_clocks.select_related("clock")}


def macro(text="Hello {{ requester.first_name }}.", *, deutsch="", **fields):
    """A canned answer that everybody may use, with nothing that would suggest it."""
    texts = {"en": text, **({"de": deutsch} if deutsch else {})}
    values = {"name": f"Macro {Macro.objects.count()}", "texts": texts, **fields}
    return Macro.objects.create(**values)
