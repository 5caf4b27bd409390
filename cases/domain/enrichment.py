"""What the house knows when a case comes in: health, incidents, known issues, the tenant's past."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from cases.domain.triage_rules import NO_SIGNAL, Facts, Known
from cases.enums import Fact
from cases.models import OPEN, Case, KnownIssue
from config.counting import counted_to
from incidents.domain import reading as incidents
from incidents.models import Incident
from tenants.domain.newest import Latest, latest
from tenants.enums import SnapshotKind, SnapshotStatus

JUST_ENDED = timedelta(hours=24)
SIMILAR_WITHIN = timedelta(days=365)
COUNTED_TO = 1000  # earlier cases; one more says that there are more
WORSE = [SnapshotStatus.GREEN, SnapshotStatus.AMBER, SnapshotStatus.RED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    facts: Facts
    incidents: list[Incident] = field(default_factory=list)
    issues: list[KnownIssue] = field(default_factory=list)
    readings: list[Latest] = field(default_factory=list)
    similar: list[Case] = field(default_factory=list)
    cases_before: int = 0
    open_before: int = 0

    def in_words(self) -> str:
        parts = [f"Health: {self._health()}."]
        if self.incidents:
            parts.append("Incidents on the same resources: " + ", ".join(one.reference for one in self.incidents) + ".")
        if self.issues:
            parts.append("Known issues: " + ", ".join(str(issue) for issue in self.issues) + ".")
        before, still_open = _many(self.cases_before), _many(self.open_before)
        parts.append(f"{before} earlier cases of this tenant, {still_open} of them open.")
        if self.similar:
            parts.append("Similar: " + ", ".join(case.reference for case in self.similar) + ".")
        return " ".join(parts)

    def as_data(self) -> dict[str, Any]:
        """Ids, so that who reads it later is shown only what they may see."""
        return {
            "incident_ids": [one.pk for one in self.incidents],
            "known_issues": [issue.code for issue in self.issues],
            "similar_ids": [case.pk for case in self.similar],
            "health": [
                {
                    "name": one.snapshot.name,
                    "status": one.snapshot.status,
                    "taken_at": one.snapshot.taken_at.isoformat(),
                }
                for one in self.readings
                if not one.stale
            ],
        }

    def _health(self) -> str:
        worst = worst_reading(self.readings)
        return _reading_in_words(worst) if worst is not None else NO_SIGNAL


def enrich(case: Case, *, resource_ids: Sequence[int], at: datetime) -> Enrichment:
    """For a case that is not written yet."""
    readings = latest(case.tenant_id, at=at, kinds={SnapshotKind.SLI})
    touching = (
        list(incidents.open_on_resources(resource_ids=resource_ids, ended_since=at - JUST_ENDED))
        if resource_ids
        else []
    )
    issues = known_issues_of(case)
    earlier = Case.objects.for_tenant(case.tenant_id).order_by()
    before = counted_to(COUNTED_TO + 1, {"all": earlier, "open": earlier.filter(OPEN)})
    similar = similar_cases(
        Case.objects.for_tenant(case.tenant_id),
        error_ids=case.error_ids,
        resource_ids=resource_ids,
        category_id=case.category_id,
        at=at,
    )
    return Enrichment(
        facts=_facts(case, readings=readings, incidents=touching, issues=issues),
        incidents=touching,
        issues=issues,
        readings=readings,
        similar=similar,
        cases_before=before["all"],
        open_before=before["open"],
    )


def similar_cases(
    cases: QuerySet[Case],
    *,
    error_ids: Sequence[str],
    resource_ids: Sequence[int],
    category_id: int | None,
    at: datetime,
    exclude_id: int | None = None,
    limit: int = 5,
) -> list[Case]:
    """The closest first: the same error id before the same resource before the same category; then the newest."""
    alike = Q()
    if error_ids:
        alike |= Q(error_ids__overlap=list(error_ids))
    if resource_ids:
        alike |= Q(case_resources__resource_id__in=resource_ids)
    if category_id is not None:
        alike |= Q(category_id=category_id)
    if not alike:
        return []
    others = cases if exclude_id is None else cases.exclude(pk=exclude_id)
    found = (
        others.filter(alike, opened_at__gte=at - SIMILAR_WITHIN, opened_at__lte=at)
        .order_by("-opened_at", "-pk")
        .distinct()[:50]
    )
    wanted = set(error_ids)
    return sorted(found, key=lambda case: (not wanted & set(case.error_ids), case.category_id != category_id))[:limit]


def _many(number: int) -> str:
    return f"{COUNTED_TO}+" if number > COUNTED_TO else str(number)


def worst_reading(readings: Iterable[Latest]) -> Latest | None:
    """The worst fresh one; None where nothing fresh is known."""
    fresh = [one for one in readings if not one.stale]
    return max(fresh, key=lambda one: WORSE.index(SnapshotStatus(one.snapshot.status)), default=None)


def known_issues_of(case: Case) -> list[KnownIssue]:
    """Those that name one of its error ids."""
    if not case.error_ids:
        return []
    return list(
        KnownIssue.objects.filter(active=True, error_codes__overlap=case.error_ids).order_by("priority", "code")
    )


def _facts(
    case: Case, *, readings: Sequence[Latest], incidents: Sequence[Incident], issues: Sequence[KnownIssue]
) -> Facts:
    worst = worst_reading(readings)
    sli = None if worst is None else Known(worst.snapshot.status, _reading_in_words(worst))
    return facts_of(case, sli=sli, running=[one for one in incidents if one.is_open], issues=issues)


def facts_of(case: Case, *, sli: Known | None, running: Sequence[Incident], issues: Sequence[KnownIssue]) -> Facts:
    """What the rules look at, from the case and what was known around it; the first of the `issues` is the one told."""
    values: dict[Fact, Known] = {Fact.CHANNEL: Known(case.channel), Fact.TIER: Known(case.tier)}
    if running:
        worst = min(running, key=lambda one: one.priority)
        values[Fact.OPEN_INCIDENT] = Known(worst.priority, f"{worst.reference} {worst.title}")
    if case.impact:
        values[Fact.IMPACT] = Known(case.impact)
    if case.severity:
        values[Fact.SEVERITY] = Known(case.severity)
    if sli is not None:
        values[Fact.SLI] = sli
    if issues:
        values[Fact.KNOWN_ISSUE] = Known(issues[0].code, issues[0].title)
    if case.category is not None:
        values[Fact.HOW_TO] = Known("yes" if case.category.how_to else "no", f"category {case.category.name}")
    carried = min((issue.priority for issue in issues if issue.priority), default="")
    return Facts(values=values, issue_priority=carried, telemetry_seen=sli is not None)


def _reading_in_words(one: Latest) -> str:
    snapshot = one.snapshot
    value = "" if snapshot.value is None else f" {snapshot.value.normalize():f}"
    limit = "" if snapshot.threshold is None else f" (threshold {snapshot.threshold.normalize():f})"
    return f"{snapshot.name} is {snapshot.status}{value}{limit} at {snapshot.taken_at:%H:%M} UTC"
