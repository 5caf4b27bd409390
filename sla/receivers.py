"""What this room does about its own alerts: people are found and told, apart from the tick that raised them.

And what it answers when a lower room asks.
"""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from outbox.domain.consuming import EventValue, consumes_batch
from outbox.domain.nudging import nudge_on_commit
from sla.domain import reading, recipients
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.hooks import Section, console_sections
from tenants.models import Tenant

LATELY = timedelta(days=90)


@consumes_batch("sla.clock-warned", size=500)
def address_warnings(*, events: list[EventValue], at: datetime) -> None:
    _address(events, at=at)


@consumes_batch("sla.clock-breached", size=500)
def address_breaches(*, events: list[EventValue], at: datetime) -> None:
    _address(events, at=at)


def _address(events: list[EventValue], *, at: datetime) -> None:
    recipients.address(alert_ids=[event.payload["alert_id"] for event in events], at=at)
    nudge_on_commit("sla.tell")


@console_sections.answered_by
def alerts_of(*, tenant: Tenant, actor: Actor, at: datetime) -> Section | None:
    if not actor.can(Right.SEE_CASES, tenant.pk):
        return None
    return Section(
        rank=4,
        title=_("Broken promises, 90 days"),
        template="sla/desk/of_tenant.html",
        context={
            "standing": reading.standing_of(tenant.pk, actor=actor, since=at - LATELY),
            "counted_to": reading.COUNTED_TO,
            "url": f"{reverse('admin:sla_alert_changelist')}?tenant={tenant.pk}",
        },
    )
