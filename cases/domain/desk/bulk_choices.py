"""What the forms of a bulk action offer: people, macros, the cases by name, and a macro in their words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from cases.domain import macros, ownership
from cases.domain.desk.bulk_actions import Data
from cases.models import Case, Macro
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Tenant, User

PREVIEWED = 5  # cases


def people(*, by: Actor, at: datetime, right: Right = Right.HAND_OVER) -> QuerySet[User]:
    """Whom cases may be given to where `by` has the right, as far as roles say; each case's door looks again."""
    tenant_ids = by.access.tenant_ids(right)
    tenants = None if tenant_ids is None else Tenant.objects.filter(pk__in=tenant_ids)
    found = ownership.workers(tenants, reach_l3=by.access.any(Right.ASSIGN_L3), at=at)
    return found.order_by("first_name", "last_name", "pk")


@dataclass(frozen=True, slots=True)
class InWords:
    case: Case
    text: str
    unknown: tuple[str, ...]


def sendable(*, by: Actor) -> QuerySet[Macro]:
    """Macros to choose from; each case's door looks whether it may be used there."""
    return Macro.objects.visible_to(by).filter(active=True).order_by("name", "pk")


def in_words(asked: Data, chosen: Iterable[int], *, by: Actor, at: datetime) -> list[InWords]:
    """What the macro would say to the first PREVIEWED of them. Absent where it may not be used."""
    cases = Case.objects.visible_to(by).filter(pk__in=sorted(chosen)[:PREVIEWED])
    said = []
    for case in cases.select_related("tenant", "requester", "category").order_by("pk"):
        taken = macros.take(case, macro_id=asked["macro_id"], by=by, at=at)
        said.append(InWords(case, taken.text, taken.unknown))
    return said


def chosen_cases(pks: Sequence[int], *, by: Actor) -> QuerySet[Case]:
    """For a form to name them."""
    return Case.objects.visible_to(by).filter(pk__in=pks).only("subject", "version", "tenant").order_by("pk")
