"""What this room does when a lower one speaks, and what it answers when one asks.

A late word to a client is a call to whoever holds the hat; the rota says who is on call.
"""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from config.home import own_page
from incidents.domain import late_word, reading, rota
from incidents.domain.next_word import KIND
from outbox.domain.consuming import EventValue, consumes
from sla.domain.recipients import on_call_now
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.hooks import Glance, Section, console_sections
from tenants.models import Tenant

LATELY = timedelta(days=30)
SHOWN = 8


def _promises_a_word(event: EventValue) -> bool:
    return bool(event.payload["kind"] == KIND)


@consumes("sla.clock-warned", when=_promises_a_word)
def remind_of_next_word(*, event: EventValue, at: datetime) -> None:
    _call(event, reached="warned", at=at)


@consumes("sla.clock-breached", when=_promises_a_word)
def call_for_late_word(*, event: EventValue, at: datetime) -> None:
    _call(event, reached="breached", at=at)


def _call(event: EventValue, *, reached: late_word.Reached, at: datetime) -> None:
    clock = event.payload
    late_word.call(clock_id=clock["clock_id"], generation=clock["generation"], reached=reached, at=at)


@on_call_now.answered_by
def people_on_call(*, at: datetime) -> list[int]:
    return [user.pk for user in rota.on_call(at=at)]


@console_sections.answered_by
def incidents_of(*, tenant: Tenant, actor: Actor, at: datetime) -> Section | None:
    if not actor.can(Right.SEE_CASES, tenant.pk):
        return None
    shown = reading.of_tenant(tenant.pk, actor=actor, since=at - LATELY)
    standing = [one for one in shown if one.is_open]
    url = f"{reverse('admin:incidents_incident_changelist')}?tenant={tenant.pk}&open=1"
    return Section(
        rank=2,
        title=_("Incidents, now and in 30 days"),
        template="incidents/desk/of_tenant.html",
        context={"incidents": shown[:SHOWN], "more": max(0, len(shown) - SHOWN), "all": url.removesuffix("&open=1")},
        glances=(
            Glance(
                number=str(len(standing)),
                words=_("incidents open"),
                url=url,
                tone="bad" if standing else "",
                beneath=str(standing[0]) if standing else "",
            ),
        ),
    )


@own_page.answered_by
def status_page_of(*, user: Any) -> str | None:
    requester = getattr(user, "requester", None)
    return None if requester is None else reverse("status:tenant", args=[requester.tenant.slug])
