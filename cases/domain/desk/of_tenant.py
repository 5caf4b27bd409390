"""What the tenant console shows of cases: those that are open, the soonest promise first."""

from dataclasses import dataclass
from datetime import datetime

from cases.domain.desk.orders import SOONEST
from cases.domain.reading import ShownClock, clocks_of
from cases.models import OPEN, Case
from config.counting import counted_to
from tenants.domain.actors import Actor

ROWS = 8
COUNTED_TO = 1000  # cases; one more says that there are more


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCases:
    """The first ROWS with their clocks; `open` and `broken` are counted to one more than COUNTED_TO."""

    cases: list[tuple[Case, list[ShownClock]]]
    open: int
    broken: int


def open_cases(tenant_id: int, *, actor: Actor, at: datetime) -> OpenCases:
    """Three statements."""
    standing = Case.objects.visible_to(actor).for_tenant(tenant_id).filter(OPEN)
    counted = counted_to(
        COUNTED_TO + 1, {"open": standing.order_by(), "broken": standing.filter(breached=True).order_by()}
    )
    first = list(standing.select_related("owner").order_by(*SOONEST.by())[:ROWS])
    clocks = clocks_of([case.pk for case in first], at=at)
    return OpenCases(cases=[(case, clocks.get(case.pk, [])) for case in first], **counted)
