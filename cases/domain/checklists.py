"""Checklists of a case: steps from a template or added by hand, ticked with who and when.

Ticking does not raise the case's version: a reply that somebody is writing is not held for it. Each door repeats
harmlessly. Raises Absent, Forbidden without the right to work the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Max, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.domain.locking import locked, not_here
from cases.models import Case, ChecklistStep, ChecklistTemplate
from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused
from config.inserting import insert
from outbox.domain.publish import publish
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right

MOST = 100  # steps of a case
STEP_LENGTH = 300  # characters
NO_STEP = gettext_noop("There is no such step on this case.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`template`: the name of the checklist that it came with, empty for one added by hand."""

    pk: int
    text: str
    template: str
    holds: bool
    done_at: datetime | None
    done_name: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """All steps that stand on a case, in their order."""

    steps: list[Step]

    @property
    def done(self) -> int:
        return sum(step.done_at is not None for step in self.steps)

    @property
    def next_step(self) -> Step | None:
        return next((step for step in self.steps if step.done_at is None), None)


def column() -> ArraySubquery:
    """A column of a question about cases, for `of_column`."""
    return ArraySubquery(_told(OuterRef("pk")))


def of_column(told: Iterable[Mapping[str, Any]]) -> Checklist:
    return Checklist(
        [
            Step(
                pk=one["pk"],
                text=one["text"],
                template=one["template"] or "",
                holds=one["holds"],
                done_at=None if one["done_at"] is None else datetime.fromisoformat(one["done_at"]),
                done_name=one["done_name"],
            )
            for one in told
        ]
    )


def checklist_of(case: Case) -> Checklist:
    """One statement; the case has been found for the reader."""
    return of_column(_told(case.pk))


def templates_for(case: Case) -> QuerySet[ChecklistTemplate]:
    """What may be applied by hand: those that fit first, then the others."""
    return ChecklistTemplate.objects.filter(active=True).exclude(pk__in=_applied_to(case)).order_by("name")


def open_steps(case: Case) -> list[ChecklistStep]:
    return list(ChecklistStep.objects.standing().filter(case_id=case.pk, done_at__isnull=True))


def apply_template(*, case_id: int, template_id: int, by: Actor, at: datetime) -> None:
    """All steps of a checklist on the case, once: asked again, or after they were taken off, it adds nothing."""
    with _working(case_id, by=by) as case:
        template = templates_for(case).filter(pk=template_id).first()
        if template is not None:
            _add(case, [template], by=by, at=at)
        elif not ChecklistTemplate.objects.filter(pk=template_id, active=True).exists():
            raise Absent(_("There is no such checklist."))


def apply_by_itself(*, case_id: int, at: datetime) -> None:
    """What the case's category and priority bring with them. An open case only; each checklist once a case."""
    with unit_of_work(SYSTEM.label):
        case = locked(SYSTEM).filter(pk=case_id).first()
        if case is None or not case.is_open:
            return
        fits = (Q(for_category=None) | Q(for_category=case.category_id)) & (
            Q(for_priorities=[]) | Q(for_priorities__contains=[case.priority])
        )
        _add(case, templates_for(case).filter(fits, by_itself=True), by=SYSTEM, at=at)


def add_step(*, case_id: int, text: str, by: Actor, at: datetime) -> None:
    """One of its own, which holds nothing."""
    clean = " ".join(text.split())
    if not clean:
        raise Invalid(_("Say what is to be done."), field="text", code="required")
    if len(clean) > STEP_LENGTH:
        raise Invalid(_("At most %(most)s characters.") % {"most": STEP_LENGTH}, field="text", code="max_length")
    with _working(case_id, by=by) as case:
        _write(case, [_step(case, clean, by=by, at=at)], by=by, at=at)


def tick(*, case_id: int, step_id: int, done: bool, by: Actor, at: datetime) -> None:
    """Done, or open again. Who came first stands; the audit keeps both."""
    with _working(case_id, by=by) as case:
        step = _standing(case, step_id)
        if (step.done_at is not None) == done:
            return
        step.done_at = at if done else None
        step.done_by, step.done_name = (by.label, by.name[:200]) if done else ("", "")
        step.save(update_fields=["done_at", "done_by", "done_name"])
        _tell(case, by=by, at=at)


def remove_step(*, case_id: int, step_id: int, by: Actor, at: datetime) -> None:
    """Takes it off the case. One that holds the resolution stays: it is done, or the lead changes the checklist."""
    with _working(case_id, by=by) as case:
        step = ChecklistStep.objects.filter(case_id=case.pk, pk=step_id).first()
        if step is None:
            raise Absent(_(NO_STEP))
        if step.removed_at is not None:
            return
        if step.holds and not by.can(Right.HAND_OVER, case.tenant_id):
            raise Refused(_("This step must be done before the case is resolved; the lead may take it off."))
        step.removed_at, step.removed_by = at, by.label
        step.save(update_fields=["removed_at", "removed_by"])
        _tell(case, by=by, at=at)


@contextmanager
def _working(case_id: int, *, by: Actor) -> Iterator[Case]:
    with unit_of_work(by.label):
        case = locked(by).filter(pk=case_id).first()
        if case is None:
            raise not_here()
        by.require(Right.WORK_CASES, tenant_id=case.tenant_id)
        yield case


def _told(case_id: Any) -> QuerySet[ChecklistStep, Any]:
    told = JSONObject(
        pk="pk", text="text", template="template__name", holds="holds", done_at="done_at", done_name="done_name"
    )
    steps = ChecklistStep.objects.standing().filter(case_id=case_id)
    return steps.order_by("place", "pk").values_list(told, flat=True)


def _applied_to(case: Case) -> QuerySet[ChecklistStep, Any]:
    return ChecklistStep.objects.filter(case_id=case.pk, template__isnull=False).values("template_id")


def _standing(case: Case, step_id: int) -> ChecklistStep:
    found = ChecklistStep.objects.standing().filter(case_id=case.pk, pk=step_id).first()
    if found is None:
        raise Absent(_(NO_STEP))
    return found


def _add(
    case: Case, templates: QuerySet[ChecklistTemplate] | Sequence[ChecklistTemplate], *, by: Actor, at: datetime
) -> None:
    steps = [_step(case, text, template=template, by=by, at=at) for template in templates for text in template.steps]
    if steps:
        _write(case, steps, by=by, at=at)


def _step(
    case: Case, text: str, *, template: ChecklistTemplate | None = None, by: Actor, at: datetime
) -> ChecklistStep:
    return ChecklistStep(
        case=case,
        tenant_id=case.tenant_id,
        template=template,
        text=text,
        holds=template is not None and template.holds_resolution,
        added_at=at,
        added_by=by.label,
    )


def _write(case: Case, steps: list[ChecklistStep], *, by: Actor, at: datetime) -> None:
    """Behind those that are there, also those taken off: a place is given once. The case is locked."""
    last = ChecklistStep.objects.filter(case_id=case.pk).aggregate(last=Max("place"))["last"] or 0
    if last + len(steps) > MOST:
        raise Refused(_("A case has %(most)s steps at most.") % {"most": MOST}, code="too-many-steps")
    for place, step in enumerate(steps, last + 1):
        step.place = place
    insert(steps)
    _tell(case, by=by, at=at)


def _tell(case: Case, *, by: Actor, at: datetime) -> None:
    publish(
        name="cases.checklist-changed",
        tenant_id=case.tenant_id,
        payload={"case_id": case.pk, "by": by.label},
        at=at,
        key=f"case:{case.pk}",
    )
