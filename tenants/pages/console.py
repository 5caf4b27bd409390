"""The tenant console, `/admin/desk/tenants/<slug>/`: in ten seconds, is this client healthy, what changed, what did we
promise.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tenants.domain.access_log import note_view
from tenants.domain.console import (
    COUNTED_TO,
    RECENT,
    SPANS,
    USAGE_STEP,
    WEEK,
    Check,
    Console,
    Health,
    Indicator,
    Usage,
    console,
)
from tenants.enums import Right, SnapshotKind, SnapshotStatus
from tenants.hooks import Glance, Section, console_sections
from tenants.models import HealthSnapshot, Tenant
from tenants.pages.base import DeskPage
from tenants.pages.plot import Plot, number, plot, sparkline, what_it_says

logger = logging.getLogger(__name__)
LINES = 8  # of a list of changes
UNREAD = 0  # the rank of what could not be read: it is seen first
SPARK_WIDTH, SPARK_HEIGHT = 120, 26


@dataclass(frozen=True, slots=True)
class Drawn:
    """A section of another room, ready for the page; without a body it could not be read."""

    rank: int
    title: Any
    body: SafeString
    glances: tuple[Glance, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Something that changed, or an alert."""

    snapshot: HealthSnapshot
    words: str
    recent: bool


class ConsolePage(DeskPage):
    right = None  # whoever knows the tenant may come in; to others it is not there
    template_name = "tenants/desk/console.html"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        span = SPANS.get(request.GET.get("span", ""), SPANS["24h"])
        seen = console(slug, span=span, actor=self.actor, at=self.at)
        note_view(request, [seen.tenant.pk], 1)
        sections = self.sections(seen.tenant)
        context = self.get_context_data(
            title=seen.tenant.name,
            seen=seen,
            tenant=seen.tenant,
            spans=SPANS,
            sections=sections,
            glances=[*self.glances(seen), *(glance for one in sections for glance in one.glances)],
            counted_to=COUNTED_TO,
            sees_cases=self.actor.can(Right.SEE_CASES, seen.tenant.pk),
            sees_audit=self.actor.can(Right.SEE_AUDIT, seen.tenant.pk),
            **(self.health(seen, seen.health) if seen.health else {}),
        )
        return self.render_to_response(context)

    # --- This room ------------------------------------------------------------------------------------------------
    def health(self, seen: Console, health: Health) -> dict[str, Any]:
        deployments = [one for one in health.changes if one.kind == SnapshotKind.DEPLOYMENT]
        return {
            "plots": [
                (one, self.plot(one, seen=seen, marks=[*health.alerts, *deployments])) for one in health.indicators
            ],
            "usage": [(one, self.spark(one), change_in_words(one)) for one in health.usage],
            "checks": [(one, *check_in_words(one)) for one in health.checks],
            "alerts": self.lines(health.alerts),
            "changes": self.lines(health.changes),
        }

    def plot(self, one: Indicator, *, seen: Console, marks: list[HealthSnapshot]) -> Plot:
        zone = timezone.get_current_timezone()
        return plot(one, span=seen.span, marks=marks, at=self.at, zone=zone)

    def spark(self, one: Usage) -> str:
        since = self.at - 2 * WEEK - USAGE_STEP
        return sparkline(one.stretches, since=since, until=self.at, width=SPARK_WIDTH, height=SPARK_HEIGHT)

    def lines(self, told: list[HealthSnapshot]) -> list[Line]:
        """The newest, and whatever is of the last day: the number on top counts those."""
        recent = sum(one.taken_at >= self.day_ago for one in told)
        return [Line(one, what_it_says(one), one.taken_at >= self.day_ago) for one in told[: max(LINES, recent)]]

    def glances(self, seen: Console) -> list[Glance]:
        if seen.health is None:
            return []
        changed = seen.health.changed_since(self.day_ago)
        last = changed[0] if changed else None
        return [
            health_in_words(seen.health),
            Glance(
                number=str(len(changed)),
                words=_("changed in 24 h"),
                url="#changes",
                beneath=what_it_says(last) if last else "",
            ),
        ]

    @cached_property
    def day_ago(self) -> datetime:
        return self.at - RECENT

    # --- Rooms to the right ---------------------------------------------------------------------------------------
    def sections(self, tenant: Tenant) -> list[Drawn]:
        drawn = [self.drawn(answer, tenant) for answer in console_sections.answers]
        return sorted((one for one in drawn if one is not None), key=lambda one: one.rank)

    def drawn(self, answer: Callable[..., Section | None], tenant: Tenant) -> Drawn | None:
        """Asked and drawn here, so that whatever goes wrong in one of them is told in its place."""
        try:
            section = answer(tenant=tenant, actor=self.actor, at=self.at)
            if section is None:
                return None
            context = {**section.context, "tenant": tenant, "now": self.at}
            body = render_to_string(section.template, context, request=self.request)
            return Drawn(section.rank, section.title, SafeString(body), section.glances)
        except Exception:
            logger.exception("A section of the tenant console could not be read")
            room = apps.get_app_config(answer.__module__.partition(".")[0])
            return Drawn(UNREAD, room.verbose_name, SafeString(""), ())


def health_in_words(health: Health) -> Glance:
    fresh, all_of_them = len(health.fresh), len(health.indicators)
    stale = _("{n} stale").format(n=all_of_them - fresh) if fresh < all_of_them else ""
    red, amber = health.number(SnapshotStatus.RED), health.number(SnapshotStatus.AMBER)
    if health.worst is None:
        words = _("no signal in 24 h") if all_of_them else _("no indicator was ever sent")
        return Glance(number="?", words=words, url="#health", tone="warn", beneath=stale)
    if health.worst == SnapshotStatus.GREEN:
        words = _("of {n} indicators good").format(n=fresh)
        return Glance(number=str(fresh), words=words, url="#health", tone="ok", beneath=stale)
    told = (red, _("of {n} indicators red"), "bad") if red else (amber, _("of {n} indicators amber"), "warn")
    also = _("{n} amber").format(n=amber) if red and amber else ""
    return Glance(
        number=str(told[0]),
        words=told[1].format(n=fresh),
        url="#health",
        tone=told[2],
        beneath=" · ".join(part for part in (also, stale) if part),
    )


def change_in_words(one: Usage) -> str:
    if one.mean is None:
        return _("no reading in 7 days")
    if one.change is None:
        return _("{mean} on average; nothing the week before").format(mean=number(round(one.mean, 1)))
    return _("{change:+d} % on the week before ({mean} after {before})").format(
        change=one.change, mean=number(round(one.mean, 1)), before=number(round(one.mean_before or 0, 1))
    )


def check_in_words(one: Check) -> tuple[str, str]:
    """The verdict and its tone."""
    if one.over:
        return _("over limit"), "bad"
    refused = one.asked is not None and not one.asked.snapshot.data.get("allowed")
    if not one.entitled:
        return (_("not entitled"), "bad") if one.asked else (_("not entitled"), "plain")
    return (_("refused"), "warn") if refused else (_("within"), "ok")
