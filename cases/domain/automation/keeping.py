"""How a rule is saved: by whom, with which rights, and that nothing stands in it that it could not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.domain import fields, ownership
from cases.domain.automation import acting, conditions
from cases.domain.desk import filters
from cases.enums import Level, RuleTrigger
from cases.models import AutomationRule, AutomationTimer, Macro
from cases.models.automation import ACTIONS
from config.db import unit_of_work
from config.errors import DomainError, Forbidden, Invalid
from tenants.domain.access import access_of
from tenants.domain.actors import Actor
from tenants.enums import Right

Problem = dict[str, str]
NO_WAY_TO_L3 = gettext_noop("L3 is reached through L2: who saves this may not send cases there.")


def keep(rule: AutomationRule, *, by: Actor, at: datetime) -> AutomationRule:
    """Save a new rule or all of one that is there. It acts with the rights of `by` from now on, runs again if it had
    paused itself, and, where it waits, looks anew at who has been in its state long enough.

    Raises Forbidden, and Invalid with what `problems` finds.
    """
    if by.user_id is None:
        raise Forbidden(_("A rule is kept by a person: it acts with their rights."))
    by.require(Right.HAND_OVER, tenant_id=rule.tenant_id)
    found = problems(rule, by=by, at=at)
    if found:
        raise Invalid(found[0]["message"], field=found[0]["field"], code=found[0]["code"])
    rule.saved_by_id, rule.saved_at = by.user_id, at
    rule.paused_at, rule.paused_why, rule.scanned_to = None, "", None
    with unit_of_work(by.label):
        if rule.pk is None:
            rule.save()
            return rule
        rule.version += 1
        rule.save(update_fields=[field.name for field in rule._meta.concrete_fields if not field.primary_key])
        AutomationTimer.objects.filter(rule=rule, told_at=None).delete()
    return rule


def problems(rule: AutomationRule, *, by: Actor, at: datetime) -> list[Problem]:
    """What keeps `by` from saving the rule as it stands: [{"field", "code", "message"}]."""
    return [problem for check in CHECKS for problem in check(rule, by, at)]


def _problem(field: str, message: str, code: str = "invalid") -> Problem:
    return {"field": field, "code": code, "message": message}


def _place(rule: AutomationRule, by: Actor, at: datetime) -> Iterator[Problem]:
    if not by.can(Right.HAND_OVER, rule.tenant_id):
        yield _problem("tenant", _("Name a client whose rules you keep: for all of them one must keep all of theirs."))


def _time(rule: AutomationRule, by: Actor, at: datetime) -> Iterator[Problem]:
    waits = rule.trigger == RuleTrigger.TIME
    for field, given in (("state", rule.state), ("minutes", rule.minutes)):
        if waits and not given:
            yield _problem(field, _("A rule that waits needs a state and for how long."), "required")
    for field, given in (("state", rule.state), ("minutes", rule.minutes), ("business_time", rule.business_time)):
        if not waits and given:
            yield _problem(field, _("Only for a rule that waits for a time."))
    if rule.to_status and rule.trigger != RuleTrigger.MOVED:
        yield _problem("to_status", _("Only for a rule that hears of moves."))


def _conditions(rule: AutomationRule, by: Actor, at: datetime) -> Iterator[Problem]:
    def line() -> None:
        asks = conditions.read_line(rule.line)
        rule.line = str(asks)
        filters.asked_by(asks, actor=acting.acting_for(rule, by.access), at=at)

    yield from _told_by("line", line)
    yield from _told_by("value", lambda: conditions.check_fact(rule))


def _actions(rule: AutomationRule, by: Actor, at: datetime) -> Iterator[Problem]:
    if not any(getattr(rule, name) for name in ACTIONS):
        yield _problem("__all__", _("Say what the rule does."), "required")

    def tags() -> None:
        rule.adds_tags = fields.words(rule.adds_tags, field="adds_tags", longest=80)

    yield from _told_by("adds_tags", tags)
    if rule.sets_level == Level.L3 and not by.can(Right.ASSIGN_L3, rule.tenant_id):
        yield _problem("sets_level", _(NO_WAY_TO_L3), "no-way-to-l3")


def _owner(rule: AutomationRule, by: Actor, at: datetime) -> Iterator[Problem]:
    owner = rule.sets_owner
    if owner is None:
        return
    access = access_of(owner, at=at)
    works_there = (
        access.any(Right.WORK_CASES) if rule.tenant_id is None else access.can(Right.WORK_CASES, rule.tenant_id)
    )
    if not works_there or owner.requester_id is not None:
        yield _problem("sets_owner", _("There is no %(who)s like that.") % {"who": _(ownership.WORKS_HERE)}, "unknown")
    elif not by.can(ownership.right_to_choose(owner, access), rule.tenant_id):
        yield _problem("sets_owner", _(NO_WAY_TO_L3), "no-way-to-l3")


def _macro(rule: AutomationRule, by: Actor, at: datetime) -> Iterator[Problem]:
    macro = rule.macro
    if macro is None:
        return
    if not macro.active or not Macro.objects.for_roles(by.access.roles).filter(pk=macro.pk).exists():
        yield _problem("macro", _("There is no such macro in use, or not for you."), "unknown")
    elif macro.send_as:
        yield _problem("macro", _("This one moves the case as it is sent; a rule moves nothing."))


def _told_by(field: str, check: Callable[[], None]) -> Iterator[Problem]:
    try:
        check()
    except DomainError as refusal:
        named = [error.get("field") for error in refusal.extra.get("errors", [])]
        yield _problem(named[0] if named and named[0] else field, refusal.message)


CHECKS = (_place, _time, _conditions, _actions, _owner, _macro)
