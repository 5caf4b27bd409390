"""One thing done to a selection of cases: each through its own door, in a transaction of its own.

A run is told by its token: asked twice, it goes on where it stopped and does nothing twice. Each case has its result,
written with what was done to it, or with the refusal, which changed nothing. Who gives the version of a case as they
saw it is refused where somebody was faster.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.domain import fields
from cases.domain.desk import bulk_moves
from cases.domain.desk.bulk_actions import ACTIONS, Data, Door
from cases.models import BulkResult, BulkRun, Case
from config.db import unit_of_work
from config.errors import Absent, DomainError, Invalid, Refused
from tenants.domain.actors import Actor
from tenants.enums import Right

MOST = 100  # cases at once
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


def _checked(asked: Data) -> dict[str, Any]:
    """What would be refused by every case alike is refused once."""
    clean = dict(asked)
    if "move" in clean:
        bulk_moves.checked(clean["move"], clean.get("text", ""))
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
