"""Which cases a rule is for: its client, the line as the search box reads it, and one fact."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cases.domain.automation import states
from cases.domain.desk import filters
from cases.domain.desk.filter_keys import KEYS, wrong
from cases.enums import Fact, Operator, RuleTrigger
from cases.models import AutomationRule, Case
from cases.models.cases import CaseQuerySet
from config.errors import Invalid
from tenants.domain.actors import Actor
from tenants.enums import Right

COLUMNS = {Fact.TIER: "tier", Fact.CHANNEL: "channel", Fact.IMPACT: "impact", Fact.SEVERITY: "severity"}
LOOKUPS = {Operator.IS: "iexact", Operator.MENTIONS: "icontains"}


def read_line(line: str) -> filters.Filter:
    """Raises Invalid for what a rule, which is nobody and searches nothing, could not go by."""
    asks = filters.parse(line)
    if asks.words:
        raise wrong(
            _("A rule goes by keys, not by words: “%(words)s”. There are %(choices)s.")
            % {"words": asks.words, "choices": ", ".join(KEYS)}
        )
    if "me" in asks.given.get("owner", ()) or "mine" in asks.given.get("queue", ()):
        raise wrong(_("A rule is nobody: name the colleague."))
    return asks


def fitting(rule: AutomationRule, cases: CaseQuerySet, *, by: Actor, at: datetime) -> QuerySet[Case]:
    """Of `cases` those that the rule is for. `by`: the rule. Raises Invalid where its line names somebody who is gone.

    The line may ask a statement for tenants and one for colleagues; the rest is the caller's.
    """
    asks = read_line(rule.line)
    found = cases.visible_to(by, Right.HAND_OVER).filter(_fact(rule))
    if rule.trigger == RuleTrigger.TIME:
        found = found.filter(states.STATES[rule.state].condition)
    return filters.keyed(found, asks, filters.asked_by(asks, actor=by, at=at))


def holds(rule: AutomationRule, case: Case, *, by: Actor, at: datetime) -> bool:
    return fitting(rule, Case.objects.filter(pk=case.pk), by=by, at=at).exists()


def _fact(rule: AutomationRule) -> Q:
    if not rule.fact:
        return Q()
    fact, operator = Fact(rule.fact), Operator(rule.operator)
    if fact == Fact.HOW_TO:
        return Q(category__isnull=False) if operator == Operator.PRESENT else Q(category__how_to=_yes(rule.value))
    if operator == Operator.PRESENT:
        return ~Q(**{COLUMNS[fact]: ""})
    return Q(**{f"{COLUMNS[fact]}__{LOOKUPS[operator]}": rule.value.strip()})


def check_fact(rule: AutomationRule) -> None:
    if rule.fact and rule.operator != Operator.PRESENT and not rule.value.strip():
        raise Invalid(_("Say which."), field="value", code="required")
    if rule.fact == Fact.HOW_TO and rule.operator != Operator.PRESENT:
        _yes(rule.value)
    if not rule.fact and rule.value:
        raise Invalid(_("Say of which fact."), field="fact", code="required")


def _yes(value: str) -> bool:
    given = value.strip().lower()
    if given not in ("yes", "no"):
        raise Invalid(_("“yes” or “no”."), field="value")
    return given == "yes"
