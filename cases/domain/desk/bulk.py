"""One thing done to a selection of cases: each through its own door, in a transaction of its own.

A run is told by its token: asked twice, it goes on where it stopped and does nothing twice. Each case has its result,
written with what was done to it, or with the refusal, which changed nothing. Who gives the version of a case as they
saw it is refused where somebody was faster. ACTIONS is the whole list: one more needs an entry here and a form.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.domain import (
    editing,
    escalation,
    fields,
    incident_links,
    macro_sending,
    macros,
    merging,
    ownership,
    priorities,
    snoozing,
    talking,
    ties,
)
from cases.enums import InteractionKind, TieKind
from cases.models import BulkResult, BulkRun, Case, CaseTie, Macro
from config.db import unit_of_work
from config.errors import Absent, DomainError, Invalid, Refused
from tenants.domain.access import TABLE
from tenants.domain.actors import Actor
from tenants.enums import GrantScope, Level, Right
from tenants.models import Grant, Tenant, User

MOST = 100  # cases at once
PREVIEWED = 5
Data = Mapping[str, Any]
Door = Callable[[Case, Data, dict[str, Any]], Case]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`do` gets the case as it is, what was asked (JSON values), and what every door is told. `before`: of the case,
    what `undo` needs to put it back; without `undo` it can't be taken back together.
    """

    name: str
    label: Any
    said: Any
    do: Door
    undo: Door | None = None
    before: Callable[[Case, Data], dict[str, Any]] = lambda _case, _asked: {}


def _assign(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return ownership.assign(owner_id=data["owner_id"], reason=data.get("reason", ""), **told)


def _take(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return ownership.assign(owner_id=told["by"].user_id, **told)


def _own_again(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return ownership.assign(owner_id=data["owner_id"], reason="taken back", **told)


def _tag(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return editing.edit_case(changes={"tags": [*case.tags, *data["tags"]]}, **told)


def _untag(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return editing.edit_case(changes={"tags": [tag for tag in case.tags if tag not in data["tags"]]}, **told)


def _tags_again(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return editing.edit_case(changes={"tags": data["tags"]}, **told)


def _prioritise(case: Case, data: Data, told: dict[str, Any]) -> Case:
    if not data.get("reason", "").strip():
        raise Invalid(gettext("Say why."), field="reason", code="required")
    return priorities.change_priority(priority=data["priority"], reason=data["reason"], **told)


def _priority_again(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return priorities.change_priority(priority=data["priority"], reason="taken back", **told)


def _escalate(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return escalation.escalate(
        to=data["to"], known_issues_searched=data["known_issues_searched"], reason=data["reason"], **told
    )


def _snooze(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return snoozing.snooze(until=datetime.fromisoformat(data["until"]), note=data.get("note", ""), **told)


def _unsnooze(case: Case, data: Data, told: dict[str, Any]) -> Case:
    if data["until"] is None:
        return snoozing.wake(**told)
    return snoozing.snooze(until=datetime.fromisoformat(data["until"]), **told)


def _answer(case: Case, data: Data, told: dict[str, Any]) -> Case:
    """The macro in each case's own words, sent as it says. What it leaves open in a case is that case's refusal."""
    return macro_sending.send(case, macro_id=data["macro_id"], **told)


def _broadcast(case: Case, data: Data, told: dict[str, Any]) -> Case:
    """The same words to everybody, one message a case."""
    talking.add_interaction(
        kind=InteractionKind.MESSAGE, public=True, body=data["body"], promise_meant="", follow=False, **told
    )
    case.refresh_from_db()
    return case


def _link(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return incident_links.link_incident(incident_id=data["incident_id"], **told)


def _linked(case: Case, data: Data) -> dict[str, Any]:
    links = case.case_incidents.filter(incident_id=data["incident_id"], removed_at=None)
    return {"incident_id": data["incident_id"], "linked": links.exists()}


def _unlink(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return case if data["linked"] else incident_links.unlink_incident(incident_id=data["incident_id"], **told)


def _merge(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return merging.merge(into=data["into"], reason=data.get("reason", ""), **told)


def _unmerge(case: Case, data: Data, told: dict[str, Any]) -> Case:
    tie = CaseTie.objects.filter(case=case, kind=TieKind.MERGED, undone_at=None).latest("pk")
    ties.untie(tie_id=tie.pk, reason="taken back", **told)
    case.refresh_from_db()
    return case


ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        Action(
            name="take",
            label=_("Take"),
            said=_("You own them."),
            do=_take,
            undo=_own_again,
            before=lambda case, _asked: {"owner_id": case.owner_id},
        ),
        Action(
            name="assign",
            label=_("Assign"),
            said=_("The owner is set."),
            do=_assign,
            undo=_own_again,
            before=lambda case, _asked: {"owner_id": case.owner_id},
        ),
        Action(
            name="tag",
            label=_("Add tags"),
            said=_("Tagged."),
            do=_tag,
            undo=_tags_again,
            before=lambda case, _asked: {"tags": case.tags},
        ),
        Action(
            name="untag",
            label=_("Remove tags"),
            said=_("The tags are gone."),
            do=_untag,
            undo=_tags_again,
            before=lambda case, _asked: {"tags": case.tags},
        ),
        Action(
            name="priority",
            label=_("Priority"),
            said=_("The priority is set; the clocks follow it."),
            do=_prioritise,
            undo=_priority_again,
            before=lambda case, _asked: {"priority": case.priority},
        ),
        Action(name="escalate", label=_("Escalate"), said=_("Escalated."), do=_escalate),
        Action(
            name="snooze",
            label=_("Snooze"),
            said=_("Snoozed: they come back by themselves."),
            do=_snooze,
            undo=_unsnooze,
            before=lambda case, _asked: {"until": case.snoozed_until and case.snoozed_until.isoformat()},
        ),
        Action(name="macro", label=_("Macro"), said=_("Sent, to each in its own words."), do=_answer),
        Action(name="message", label=_("Message"), said=_("Sent, one message a case."), do=_broadcast),
        Action(
            name="link",
            label=_("Link an incident"),
            said=_("Linked."),
            do=_link,
            undo=_unlink,
            before=_linked,
        ),
        Action(name="merge", label=_("Merge"), said=_("Merged: they go on as one."), do=_merge, undo=_unmerge),
    )
}
UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`undoable`: the run can still be taken back by who made it."""

    run: BulkRun
    label: Any
    said: Any
    done: int
    refused: list[BulkResult]
    undoable: bool


def run(*, action: str, chosen: Mapping[int, int | None], asked: Data, token: UUID, by: Actor, at: datetime) -> BulkRun:
    """`chosen`: the version each case was seen at, by its number; None: as it is. What a case refuses changes nothing
    of it and nothing of the others.

    Raises Absent for an unknown action, Forbidden for who does nothing in bulk anywhere, Invalid for no case, more
    than MOST, or values that no case could take.
    """
    if action not in ACTIONS:
        raise Absent(gettext("There is no such action."))
    by.require_any(Right.HAND_OVER)
    chosen = {case_id: version for case_id, version in chosen.items() if case_id != asked.get("into")}
    if not chosen:
        raise Invalid(gettext("Select a case first."), code="nothing-selected")
    if len(chosen) > MOST:
        raise Invalid(
            gettext("At most %(most)s cases at once; %(n)s are selected.") % {"most": MOST, "n": len(chosen)},
            code="too-many",
        )
    there = _there(chosen, by=by)
    made = _begun(token=token, action=action, asked=_checked(asked), absent=len(chosen) - len(there), by=by, at=at)
    for case_id in sorted(there - _settled(made)):
        _one(made, case_id, ACTIONS[action].do, dict(made.asked), chosen[case_id], by=by, at=at)
    return made


def undo(*, token: UUID, undone: UUID, by: Actor, at: datetime) -> BulkRun:
    """Take a run of one's own back, as far as nothing happened since: what a case refuses is told. Once only."""
    first = _run_of(undone, by=by)
    back = ACTIONS[first.action].undo if first.action in ACTIONS else None
    if back is None:
        raise Refused(gettext("This can't be taken back together; make the opposite move."), code="cannot-take-back")
    results = list(first.results.filter(refusal=""))
    there = _there([result.case_id for result in results], by=by)
    absent = len(results) - len(there)
    with unit_of_work(by.label):
        BulkRun.objects.select_for_update(no_key=True).get(pk=first.pk)
        if BulkRun.objects.filter(undoes=first).exclude(token=token).exists():
            raise Refused(gettext("It has been taken back already."), code="taken-back")
        made = _begun(token=token, action=UNDO, asked={}, absent=absent, by=by, at=at, undoes=first)
    settled = _settled(made)
    for result in reversed(results):  # the last first: each finds what it left
        if result.case_id in settled or result.case_id not in there:
            continue
        _one(made, result.case_id, back, result.before, result.version, by=by, at=at)
    return made


def outcome(*, token: UUID, by: Actor) -> Outcome:
    """Of a run of one's own; Absent otherwise. One statement, two where nothing of it is there any more."""
    known = BulkResult.objects.visible_to(by).filter(run__token=token, run__user=by.user_id or 0)
    results = list(known.select_related("case", "run__undone_by"))
    made = results[0].run if results else _run_of(token, by=by)
    done = sum(not result.refusal for result in results)
    action = ACTIONS.get(made.action)
    return Outcome(
        run=made,
        label=action.label if action else _("Taken back"),
        said=action.said if action else _("They are as before."),
        done=done,
        refused=[result for result in results if result.refusal],
        undoable=bool(action and action.undo and done and not hasattr(made, "undone_by")),
    )


def people(*, by: Actor, at: datetime, right: Right = Right.HAND_OVER) -> QuerySet[User]:
    """Whom cases may be given to where `by` has the right, as far as roles say; each case's door looks again."""
    granted = Grant.objects.in_force(at).filter(role__in=[role for role in TABLE if Right.WORK_CASES in TABLE[role]])
    tenant_ids = by.access.tenant_ids(right)
    if tenant_ids is not None:
        places = Tenant.objects.filter(pk__in=tenant_ids)
        granted = granted.filter(
            Q(scope=GrantScope.ALL)
            | Q(tenant__in=tenant_ids)
            | Q(segment__in=places.exclude(segment="").values("segment"))
            | Q(region__in=places.exclude(region="").values("region"))
        )
    found = User.objects.filter(pk__in=granted.values("user"), is_active=True, requester=None)
    found = found if by.access.any(Right.ASSIGN_L3) else found.exclude(level=Level.L3)
    return found.order_by("first_name", "last_name", "pk")


@dataclass(frozen=True, slots=True)
class InWords:
    case: Case
    text: str
    unknown: tuple[str, ...]


def sendable(*, by: Actor) -> QuerySet[Macro]:
    """Macros to choose from; each case's door looks whether it may be used there."""
    return Macro.objects.visible_to(by).filter(active=True).order_by("name", "pk")


def in_words(asked: Data, chosen: Iterable[int], *, by: Actor, at: datetime) -> list[InWords]:
    """What the macro would say to the first PREVIEWED of them. Absent where it may not be used."""
    cases = Case.objects.visible_to(by).filter(pk__in=sorted(chosen)[:PREVIEWED])
    said = []
    for case in cases.select_related("tenant", "requester", "category").order_by("pk"):
        taken = macros.take(case, macro_id=asked["macro_id"], by=by, at=at)
        said.append(InWords(case, taken.text, taken.unknown))
    return said


def chosen_cases(pks: Sequence[int], *, by: Actor) -> QuerySet[Case]:
    """For a form to name them."""
    return Case.objects.visible_to(by).filter(pk__in=pks).only("subject", "version", "tenant").order_by("pk")


def _checked(asked: Data) -> dict[str, Any]:
    """What would be refused by every case alike is refused once."""
    clean = dict(asked)
    if "tags" in clean:
        clean["tags"] = fields.words(clean["tags"], field="tags", longest=80)
        if not clean["tags"]:
            raise Invalid(gettext("Name a tag."), field="tags", code="required")
    return clean


def _begun(
    *, token: UUID, action: str, asked: Data, absent: int, by: Actor, at: datetime, undoes: BulkRun | None = None
) -> BulkRun:
    """The run of this token: a new one, or the one that the same person began before."""
    with unit_of_work(by.label):
        values = {"user_id": by.user_id, "action": action, "asked": asked, "absent": absent, "at": at}
        made, new = BulkRun.objects.get_or_create(token=token, defaults=values | {"undoes": undoes})
    if not new and (made.user_id, made.action) != (by.user_id, action):
        raise Refused(gettext("This form was used for something else: load the page again."), code="used-token")
    return made


def _there(case_ids: Iterable[int], *, by: Actor) -> set[int]:
    return set(Case.objects.visible_to(by).filter(pk__in=list(case_ids)).values_list("pk", flat=True))


def _settled(made: BulkRun) -> set[int]:
    return set(made.results.values_list("case_id", flat=True))


def _one(made: BulkRun, case_id: int, door: Door, data: Data, version: int | None, *, by: Actor, at: datetime) -> None:
    """The result is written first: the same form sent twice at once waits here for the other, and then does nothing."""
    case = Case.objects.get(pk=case_id)
    try:
        with unit_of_work(by.label):
            if (result := _result(made, case)) is None:
                return
            by.require(Right.HAND_OVER, tenant_id=case.tenant_id)
            seen = case.version if version is None else version
            action = ACTIONS.get(made.action)
            result.before = action.before(case, data) if action else {}
            result.version = door(
                case, data, {"case_id": case_id, "by": by, "at": at, "expected_version": seen}
            ).version
            result.save(update_fields=["before", "version"])
    except DomainError as refusal:
        with unit_of_work(by.label):
            if (result := _result(made, case)) is not None:
                result.refusal = refusal.message
                result.save(update_fields=["refusal"])


def _result(made: BulkRun, case: Case) -> BulkResult | None:
    """None: it has one already."""
    result, new = BulkResult.objects.get_or_create(run=made, case=case, defaults={"tenant_id": case.tenant_id})
    return result if new else None


def _run_of(token: UUID, *, by: Actor) -> BulkRun:
    found = BulkRun.objects.select_related("undone_by").filter(token=token, user=by.user_id or 0).first()
    if found is None:
        raise Absent(gettext("There is no such run, or not of yours."))
    return found
