"""What the faces show of messages: newest first, only of tenants whose messages the reader may see."""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from config.errors import Absent
from outbox.enums import ConsumptionStatus, DeliveryStatus
from outbox.hooks import tenant_slugs
from outbox.models import Consumption, Delivery, DeliveryAttempt

PAGE = 50


def undelivered(*, tenant_ids: Collection[int] | None) -> QuerySet[Delivery]:
    """What could not be delivered, and is not tried again; newest first."""
    return Delivery.objects.of_tenants(tenant_ids).filter(status=DeliveryStatus.DEAD).order_by("-settled_at")


def unheard(*, tenant_ids: Collection[int] | None) -> QuerySet[Consumption]:
    """Events that a consumer gave up on: what should have followed from them has not; the last one first."""
    dead = Consumption.objects.filter(status=ConsumptionStatus.DEAD)
    if tenant_ids is not None:
        dead = dead.filter(event__tenant_id__in=tenant_ids)
    return dead.order_by("-settled_at", "-pk")


def page_of_unheard(*, tenant_ids: Collection[int] | None, first: int = 0) -> tuple[list[Consumption], int | None]:
    """A page of them with their events, and where the next one begins (None: that was all)."""
    rows = list(unheard(tenant_ids=tenant_ids).select_related("event")[first : first + PAGE + 1])
    return rows[:PAGE], first + PAGE if len(rows) > PAGE else None


def messages(
    *, tenant_ids: Collection[int] | None, words: str = "", before: int | None = None, dead: bool = False
) -> tuple[list[Delivery], int | None]:
    """A page of messages without their bodies, and what to ask `before` for the next one (None: that was all).

    `words` are looked for in address, subject and text. `dead`: only those that could not be delivered.
    """
    rows = undelivered(tenant_ids=tenant_ids) if dead else Delivery.objects.of_tenants(tenant_ids)
    rows = rows.defer("text", "html", "headers").order_by("-pk")
    if words:
        rows = rows.filter(Q(to__icontains=words) | Q(subject__icontains=words) | Q(text__icontains=words))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PAGE + 1])
    return page[:PAGE], page[PAGE - 1].pk if len(page) > PAGE else None


def message(*, pk: int, tenant_ids: Collection[int] | None) -> Delivery:
    """Absent for those of other tenants, too."""
    row = Delivery.objects.of_tenants(tenant_ids).filter(pk=pk).first()
    if row is None:
        raise Absent(_("There is no such message, or not for you."))
    return row


def tries(delivery: Delivery) -> list[DeliveryAttempt]:
    return list(delivery.tries.order_by("number"))


def slugs(tenant_ids: Collection[int | None]) -> dict[int, str]:
    """What people call these tenants; a number where no room knows."""
    wanted = {tenant_id for tenant_id in tenant_ids if tenant_id is not None}
    known = {tenant_id: str(tenant_id) for tenant_id in wanted}
    for answer in tenant_slugs.ask(tenant_ids=wanted) if wanted else []:
        known |= answer
    return known
