"""A rule as somebody who acts, and what it does to a case: through the doors that people use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases.domain import editing, escalation, macros, ownership, priorities, talking
from cases.domain.enrichment import known_issues_of
from cases.enums import InteractionKind, RunOutcome
from cases.models import AutomationRule, Case, Macro
from config.db import unit_of_work
from config.errors import DomainError, Refused
from tenants.domain.access import Access, access_of
from tenants.domain.actors import Actor

Step = dict[str, str]  # what, before, after
SHOWN = 200  # characters of a text


@dataclass(frozen=True, slots=True)
class Result:
    outcome: RunOutcome
    did: tuple[Step, ...] = ()
    words: str = ""


def actor_of(rule: AutomationRule, *, at: datetime) -> Actor:
    """The rule, with the rights that who saved it last holds at `at`. One statement."""
    return acting_for(rule, access_of(rule.saved_by, at=at))


def acting_for(rule: AutomationRule, access: Access) -> Actor:
    """In its own client alone, where it has one."""
    there = access if rule.tenant_id is None else access.within(rule.tenant_id)
    return Actor(kind="rule", name=f"rule: {rule.name}", access=there, rule_id=rule.pk)


def act(rule: AutomationRule, case: Case, *, by: Actor, at: datetime) -> Result:
    """All that the rule does, or nothing of it and why. `case`: locked, as it stands."""
    told = {"case_id": case.pk, "by": by, "at": at}
    try:
        with unit_of_work(by.label):
            did = tuple(step for do in STEPS if (step := do(rule, case, told)) is not None)
    except DomainError as refusal:
        return Result(RunOutcome.REFUSED, words=refusal.message)
    return Result(RunOutcome.DONE if did else RunOutcome.NOTHING, did)


def _step(what: str, before: object, after: object) -> Step:
    return {"what": what, "before": str(before)[:SHOWN], "after": str(after)[:SHOWN]}


def _owner(rule: AutomationRule, case: Case, told: Mapping[str, Any]) -> Step | None:
    if rule.sets_owner_id in (None, case.owner_id):
        return None
    before = str(case.owner) if case.owner is not None else "nobody"
    ownership.assign(owner_id=rule.sets_owner_id, **told)
    return _step("owner", before, rule.sets_owner)


def _tags(rule: AutomationRule, case: Case, told: Mapping[str, Any]) -> Step | None:
    tags = list(dict.fromkeys([*case.tags, *rule.adds_tags]))
    if tags == case.tags:
        return None
    editing.edit_case(changes={"tags": tags}, **told)
    return _step("tags", ", ".join(case.tags) or "none", ", ".join(tags))


def _priority(rule: AutomationRule, case: Case, told: Mapping[str, Any]) -> Step | None:
    if rule.sets_priority in ("", case.priority):
        return None
    priorities.change_priority(priority=rule.sets_priority, **told)
    return _step("priority", case.priority, rule.sets_priority)


def _level(rule: AutomationRule, case: Case, told: Mapping[str, Any]) -> Step | None:
    """The known issues are searched as the frontline would, by the case's error ids, and what was found is said."""
    if rule.sets_level in ("", case.level):
        return None
    found = ", ".join(issue.code for issue in known_issues_of(case))
    reason = f"known issues with its error ids: {found or 'none'}"
    escalation.escalate(to=rule.sets_level, known_issues_searched=True, reason=reason, **told)
    return _step("level", case.level, rule.sets_level)


def _note(rule: AutomationRule, case: Case, told: Mapping[str, Any]) -> Step | None:
    if not rule.note:
        return None
    talking.add_interaction(kind=InteractionKind.NOTE, public=False, body=rule.note, **told)
    return _step("note", "", rule.note)


def _macro(rule: AutomationRule, case: Case, told: Mapping[str, Any]) -> Step | None:
    """A public one is an automatic message: it answers nothing and meets no clock."""
    macro: Macro | None = rule.macro
    if macro is None:
        return None
    if macro.send_as:
        raise Refused(
            _("“%(macro)s” moves the case as it is sent; a rule moves nothing.") % {"macro": macro}, code="macro-moves"
        )
    taken = macros.take(case, macro_id=macro.pk, by=told["by"], at=told["at"])
    if taken.unknown:
        raise Refused(
            _("“%(macro)s” names what has no value: %(names)s.") % {"macro": macro, "names": ", ".join(taken.unknown)},
            code="macro-unknown",
        )
    kind = InteractionKind.MESSAGE if macro.public else InteractionKind.NOTE
    talking.add_interaction(kind=kind, public=macro.public, body=taken.text, macro_id=macro.pk, **told)
    return _step("message" if macro.public else "note", "", f"{macro}: {taken.text}")


#: In this order.
STEPS = (_owner, _tags, _priority, _level, _note, _macro)
