"""What people fill in on a case beside talking: the desk's own fields, checklists, time. Columns of the page's one
question about the case, no statement of their own.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cases.domain import checklists, custom_fields, durations, time_spent
from cases.domain.checklists import Checklist
from cases.domain.custom_fields import Definition
from cases.domain.time_spent import Booked


@dataclass(frozen=True, slots=True)
class ShownField:
    """`value`: as it is kept, None when empty. `asked`: of this case, now; else it stands from before."""

    definition: Definition
    value: Any
    asked: bool

    @property
    def words(self) -> str:
        if isinstance(self.value, bool):
            return _("yes") if self.value else _("no")
        return "" if self.value is None else custom_fields.shown(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """`times`: the newest that stand."""

    fields: list[ShownField]
    checklist: Checklist
    times: list[Booked]
    minutes: int

    @property
    def spent(self) -> str:
        return durations.in_words(self.minutes) if self.minutes else ""


def columns() -> dict[str, Any]:
    return {"definitions": custom_fields.column(), "steps": checklists.column(), **time_spent.columns()}


def of(case: Any) -> Filled:
    """Of a case read with `columns`."""
    values = case.custom_fields
    fields = [
        ShownField(one, values.get(one.key), one.asked_in(case.category_id))
        for one in custom_fields.of_column(case.definitions)
    ]
    return Filled(
        fields=[one for one in fields if one.asked or one.value is not None],
        checklist=checklists.of_column(case.steps),
        times=time_spent.of_column(case.times),
        minutes=case.minutes_spent or 0,
    )
