"""The proposed priority: an ordered table of rules over the facts known when a case comes in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import translation

from cases.enums import Fact, Operator, Priority
from cases.models import Case, TriageRule

NO_SIGNAL = "no signal"


@dataclass(frozen=True, slots=True)
class Known:
    """A fact's value for the rules, and where it was seen, in words."""

    value: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`values` lacks what nothing is known about. `issue_priority` is what the known issue carries, if one matched."""

    values: dict[Fact, Known] = field(default_factory=dict)
    issue_priority: str = ""
    telemetry_seen: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    priority: str
    reason: str


def propose(facts: Facts, rules: Iterable[TriageRule]) -> Proposal:
    """The first active rule that holds decides; without one it is P2. The reason names rule, fact and value."""
    blind = "" if facts.telemetry_seen else f" Telemetry: {NO_SIGNAL}."
    for rule in sorted(rules, key=lambda rule: rule.position):
        if not rule.active or not _holds(rule, facts):
            continue
        priority = rule.priority or facts.issue_priority
        if priority:
            return Proposal(priority, f"{_why(rule, facts, priority)}{blind}")
    return Proposal(Priority.P2.value, f"No rule holds, so P2.{blind}")


@dataclass(frozen=True, slots=True)
class Past:
    """A case that came in, and what was known of it then."""

    case: Case
    facts: Facts


@dataclass(frozen=True, slots=True)
class Difference:
    """A case whose `priority_proposed` would be another one now."""

    case: Case
    would_be: Proposal


def with_rule(rules: Iterable[TriageRule], rule: TriageRule) -> list[TriageRule]:
    """The table as it would stand with `rule` saved: in the place of the one it is, or beside the others."""
    return [*(one for one in rules if one.pk != rule.pk), rule]


def dry_run(past: Iterable[Past], rules: Iterable[TriageRule]) -> list[Difference]:
    """What this table would propose otherwise than was proposed, in the order of `past`."""
    table = list(rules)
    proposals = ((one.case, propose(one.facts, table)) for one in past)
    return [Difference(case, proposal) for case, proposal in proposals if proposal.priority != case.priority_proposed]


def _holds(rule: TriageRule, facts: Facts) -> bool:
    if rule.fact == Fact.ALWAYS:
        return True
    known = facts.values.get(Fact(rule.fact))
    if known is None:
        return False
    if rule.operator == Operator.PRESENT:
        return True
    if rule.operator == Operator.MENTIONS:
        return f" {_words(rule.value)} " in f" {_words(known.value)} "
    return _words(rule.value) == _words(known.value)


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def _why(rule: TriageRule, facts: Facts, priority: str) -> str:
    """Kept with the case: in the desk's own language, whoever opens it."""
    if rule.fact == Fact.ALWAYS:
        return f"{priority} by rule “{rule.name}”."
    known = facts.values[Fact(rule.fact)]
    seen = f", {known.source}" if known.source else ""
    with translation.override(settings.LANGUAGE_CODE):
        return f"{priority} by rule “{rule.name}”. {Fact(rule.fact).label}: {known.value}{seen}."
