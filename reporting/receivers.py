"""What this room does when a case closes: its lesson goes to a backlog. And what it answers when a lower room asks."""

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.enums import ClockKind
from outbox.domain.consuming import EventValue, consumes
from reporting.domain.feedback import emit_for
from reporting.domain.standing import kept_lately
from reporting.domain.telling import percent
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.hooks import Glance, Section, console_sections
from tenants.models import Tenant


@consumes("cases.case-closed")
def emit_feedback(*, event: EventValue, at: datetime) -> None:
    emit_for(case_id=event.payload["case_id"], at=event.at)


@console_sections.answered_by
def promises_of(*, tenant: Tenant, actor: Actor, at: datetime) -> Section | None:
    """The figures of the page of reports for the same days, which the link opens."""
    if not actor.can(Right.SEE_CASES, tenant.pk):
        return None
    kept = kept_lately(tenant, actor=actor, at=at)
    days = {"first": kept.period.first, "last": kept.period.last, "tenant": tenant.slug}
    url = f"{reverse('reporting:metrics')}?{urlencode(days)}"
    worst = kept.worst
    return Section(
        rank=3,
        title=_("Promises kept, 90 days"),
        template="reporting/desk/of_tenant.html",
        context={"promises": kept.promises, "url": url},
        glances=()
        if worst is None
        else (
            Glance(
                number=percent(worst.figures.rate),
                words=_("{promise} kept, 90 days").format(promise=ClockKind(worst.kind).label),
                url=url,
                tone="bad" if kept.missed_badly else "ok",
                beneath=_("the worst of {n} kinds").format(n=len(kept.promises)),
            ),
        ),
    )
