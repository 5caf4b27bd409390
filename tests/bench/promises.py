"""Cases in hand whose promises end when we say, copied straight into the tables, with people who must hear of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cases.enums import Level, Priority, Status
from cases.models import Case, CaseClock
from config.bulk import bare, copy_in, new_ids
from sla.domain.rows import JUST_AFTER
from sla.models import Clock, Policy
from tenants.models import Tenant, TenantPerson
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

TENANTS, PEOPLE = 50, 10
DAY = timedelta(days=1)


def owed(*, due_at: Sequence[datetime]) -> None:
    """A case in progress and its resolution clock for each deadline, given a day before. None has been warned of."""
    tenants = _tenants_with_people()
    policy = Policy.objects.order_by("pk")[0]
    case_ids, clock_ids = new_ids(Case), new_ids(Clock)
    cases, clocks, links = [], [], []
    for number, moment in enumerate(due_at):
        tenant_id, requester_id = tenants[number % len(tenants)]
        case_id, clock_id = next(case_ids), next(clock_ids)
        priority = _priority(number)
        started_at = moment - DAY
        cases.append(
            bare(
                Case,
                id=case_id,
                tenant_id=tenant_id,
                requester_id=requester_id,
                subject=f"Ingestion is late, {number}",
                status=Status.IN_PROGRESS.value,
                priority=priority,
                policy_id=policy.pk,
                level=Level.L1.value,
                opened_at=started_at,
                created_at=started_at,
                accepted_at=started_at,
                first_response_at=started_at,
                next_due_at=moment,
                next_due_kind="resolution",
            )
        )
        clocks.append(
            bare(
                Clock,
                id=clock_id,
                tenant_id=tenant_id,
                kind="resolution",
                label=f"CASE-{case_id}",
                policy_id=policy.pk,
                priority=priority,
                calendar_version_id=None,  # round the clock: whoever must be told is told at once, at any hour
                target_amount=int(DAY.total_seconds()),
                target_unit="wall_seconds",
                warn_steps=[],
                phase="running",
                started_at=started_at,
                counted_to=started_at,
                due_at=moment,
                next_at=moment + JUST_AFTER,
            )
        )
        links.append(bare(CaseClock, case_id=case_id, tenant_id=tenant_id, clock_id=clock_id, kind="resolution"))
    for rows in (cases, clocks, links):
        copy_in(rows)


def _priority(number: int) -> str:
    """1 % P0, 4 % P1, most of the others P2."""
    place = number % 100
    if place < 5:
        return Priority.P1.value if place else Priority.P0.value
    return Priority.P3.value if place % 3 == 0 else Priority.P2.value


def _tenants_with_people() -> list[tuple[int, int]]:
    """(tenant, one of its requesters) by id."""
    people = [UserFactory(role="l2") for _ in range(PEOPLE)]
    for number in range(TENANTS):
        tenant = TenantFactory()
        RequesterFactory(tenant=tenant)
        for place, role in enumerate(("po", "tech_lead", "on_call")):
            TenantPerson.objects.create(tenant=tenant, user=people[(number + place) % PEOPLE], role=role)
    return list(Tenant.objects.filter(requesters__isnull=False).values_list("pk", "requesters__pk"))
