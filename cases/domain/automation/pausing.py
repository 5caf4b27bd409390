"""A rule that went wrong stops by itself, and who saved it is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases.models import AutomationRule
from outbox.domain.delivering import send_mail
from outbox.domain.publish import publish


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """`cause`: the event at which the rule went wrong; None: it was looking for cases by itself."""

    rule: AutomationRule
    why: str
    cause: int | None = None


def pause(pauses: Iterable[Pause], *, at: datetime) -> None:
    """Until somebody saves them again. Of several that notice it at once one says so.

    Whoever holds cases calls this last: rules are locked after all cases, in the order of their numbers, or two workers
    would wait for each other.
    """
    for one in sorted(pauses, key=lambda one: one.rule.pk):
        running = AutomationRule.objects.filter(pk=one.rule.pk, paused_at=None)
        if running.update(paused_at=at, paused_why=one.why):
            publish(
                name="cases.rule-paused",
                tenant_id=one.rule.tenant_id,
                payload={"rule_id": one.rule.pk},
                at=at,
                cause=one.cause,
            )


def tell(*, rule_id: int, at: datetime) -> None:
    """A mail to who saved it last; nothing where it runs again already, or they left."""
    rule = AutomationRule.objects.select_related("saved_by").filter(pk=rule_id, paused_at__isnull=False).first()
    if rule is None or not rule.saved_by.is_active or not rule.saved_by.email:
        return
    with override(rule.saved_by.language):
        send_mail(
            to=rule.saved_by.email,
            subject=_("The rule “%(rule)s” has paused itself") % {"rule": rule},
            text=_("%(why)s\n\nIt does nothing until somebody looks at it and saves it again:\n%(url)s\n")
            % {
                "why": rule.paused_why,
                "url": settings.DESK_URL + reverse("admin:cases_automationrule_change", args=[rule.pk]),
            },
            tenant_id=rule.tenant_id,
            about_kind="rule",
            about_id=rule.pk,
            automated=True,
            at=at,
        )
