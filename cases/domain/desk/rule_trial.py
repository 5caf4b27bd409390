"""A triage rule tried on what came in lately. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cases.domain.enrichment import WORSE, facts_of
from cases.domain.triage_rules import Difference, Known, Past, dry_run, with_rule
from cases.enums import InteractionKind
from cases.models import Case, Interaction, KnownIssue, TriageRule
from incidents.models import Incident
from tenants.domain.actors import Actor
from tenants.enums import SnapshotStatus

LAST = 200  # cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    tried: int
    differences: list[Difference]


def try_rule(rule: TriageRule, *, actor: Actor, last: int = LAST) -> Trial:
    """What the table with `rule`, saved or not, would have proposed for the last cases that the reader may see."""
    past = list(came_in(actor=actor, last=last))
    return Trial(tried=len(past), differences=dry_run(past, with_rule(TriageRule.objects.all(), rule)))


def came_in(*, actor: Actor, last: int) -> Iterator[Past]:
    """The newest cases first, without imported ones, for which nothing was proposed.

    Health, incidents and known issues are those that were noted when the case came in; what people changed since
    (impact, severity, category, tier, what a known issue carries) counts as it stands. Four statements.
    """
    proposed = Case.objects.visible_to(actor).exclude(priority_proposed="")
    cases = list(proposed.select_related("tenant", "category").order_by("-pk")[:last])
    noted = _noted(cases)
    incidents = Incident.objects.in_bulk({pk for data in noted.values() for pk in data["incident_ids"]})
    codes = {code for data in noted.values() for code in data["known_issues"]}
    issues = {issue.code: issue for issue in KnownIssue.objects.filter(code__in=codes)}
    for case in cases:
        data = noted.get(case.pk, {"incident_ids": [], "known_issues": [], "health": []})
        touching = [incidents[pk] for pk in data["incident_ids"] if pk in incidents]
        yield Past(
            case,
            facts_of(
                case,
                sli=_worst(data["health"]),
                running=[one for one in touching if one.resolved_at is None or one.resolved_at > case.opened_at],
                issues=[issues[code] for code in data["known_issues"] if code in issues],
            ),
        )


def _noted(cases: Iterable[Case]) -> dict[int, dict]:
    """By case, what the desk wrote down of its surroundings when it came in (`Enrichment.as_data`)."""
    said = Interaction.objects.filter(
        case__in=[case.pk for case in cases], kind=InteractionKind.AUTOMATION, data__has_keys=["incident_ids", "health"]
    )
    return dict(said.order_by("-pk").values_list("case_id", "data"))


def _worst(health: Iterable[dict[str, str]]) -> Known | None:
    worst = max(health, key=lambda one: WORSE.index(SnapshotStatus(one["status"])), default=None)
    return None if worst is None else Known(worst["status"], f"{worst['name']} is {worst['status']}")
