"""The orders a list of cases may have, each with places in it: a page goes on after a place, and so does 'next'.

A place is what a case was ordered by when it was shown, so that it holds whatever becomes of the case.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext_lazy as _

from cases.enums import ViewOrder
from cases.models import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """By `column`, then by number; by number alone without one. Cases without a value stand last."""

    label: Any
    column: str = ""
    descending: bool = False
    nullable: bool = False

    def by(self, *, backwards: bool = False) -> tuple[OrderBy, ...]:
        if self.descending is not backwards:
            columns = [F(self.column).desc(nulls_first=True)] if self.column else []
            return (*columns, F("pk").desc())
        columns = [F(self.column).asc(nulls_last=True)] if self.column else []
        return (*columns, F("pk").asc())

    def place(self, case: Case) -> str:
        value = getattr(case, self.column) if self.column else None
        return str(case.pk) if value is None else f"{value.isoformat()}~{case.pk}"

    def beyond(self, place: str, *, backwards: bool = False) -> Q:
        """What follows; all, where the place makes no sense."""
        said, _tilde, number = place.rpartition("~")
        try:
            pk = int(number)
            value = datetime.fromisoformat(said) if said else None
        except ValueError:
            return Q()
        down = self.descending is not backwards
        further = Q(pk__lt=pk) if down else Q(pk__gt=pk)
        if not self.column:
            return further
        if value is None and self.nullable:
            nothing = Q(**{f"{self.column}__isnull": True})
            return nothing & further | (~nothing if down else Q(pk__in=[]))
        if value is None or value.tzinfo is None:
            return Q()
        way = "lt" if down else "gt"
        # The bound says nothing new, but an index begins there.
        beyond = Q(**{f"{self.column}__{way}e": value}) & (Q(**{f"{self.column}__{way}": value}) | further)
        return beyond | Q(**{f"{self.column}__isnull": True}) if self.nullable and not down else beyond


SOONEST = Order(label=ViewOrder.SOONEST.label, column="next_due_at", nullable=True)
OLDEST = Order(label=ViewOrder.OLDEST.label, column="opened_at")
NEWEST = Order(label=ViewOrder.NEWEST.label, column="opened_at", descending=True)
BY_NUMBER = Order(label=ViewOrder.NEWEST.label, descending=True)
FIRST_BACK = Order(label=_("First back first"), column="snoozed_until")
BACK_FIRST = Order(label=_("Back from snooze"), column="woken_at")
ORDERS = {ViewOrder.SOONEST: SOONEST, ViewOrder.OLDEST: OLDEST, ViewOrder.NEWEST: NEWEST}
