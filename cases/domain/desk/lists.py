"""A list of cases as the desk opens it: a standing queue or a saved view, narrowed by a line, with its order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.domain.desk import filters
from cases.domain.desk.filter_keys import Asked
from cases.domain.desk.filters import Filter
from cases.domain.desk.orders import ORDERS, SOONEST, Order
from cases.domain.desk.queues import QUEUES, Queue, awake
from cases.enums import ViewOrder
from cases.models import OPEN, Case, SavedView
from cases.models.views import usual_columns
from config.errors import Absent, Invalid
from tenants.domain.actors import Actor

VIEW = "view-"  # and its number: what a view is called where a queue has its name
NOTHING_NARROWS = Filter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """`cases` in no order yet. `asks`: what narrows it beside its own condition. `back_first`: what is back from
    snooze stands before the rest. `cut`: words are so common that only the newest cases that say so were looked for.
    """

    name: str
    label: Any
    help: Any
    nothing: Any
    cases: QuerySet[Case]
    order: Order
    asks: Filter
    back_first: bool
    columns: Sequence[str]
    cut: bool = False
    view: SavedView | None = None


def listed(name: str, *, asks: Filter = NOTHING_NARROWS, actor: Actor, at: datetime) -> Listed:
    """`name`: a queue's, or `view-` and the number of a view. Raises Absent; Invalid for whom the line names."""
    if name.startswith(VIEW):
        number = name.removeprefix(VIEW)
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            raise Absent(gettext("There is no such view."))
        return of_view(view_of(int(number), actor=actor), asks=asks, actor=actor, at=at)
    if name not in QUEUES:
        raise Absent(gettext("There is no such queue."))
    queue = QUEUES[name]
    every = Case.objects.visible_to(actor).filter(queue.condition(actor, at))
    asked = filters.asked_by(asks, actor=actor, at=at)
    cases, cut = filters.narrowed(every, asks, asked, short=name != "all")
    return Listed(
        name=name,
        label=queue.label,
        help=queue.help,
        nothing=queue.nothing,
        cases=cases,
        cut=cut,
        order=_order(queue, asks),
        asks=asks,
        back_first=queue.work and queue.order is SOONEST and not asks.words,
        columns=usual_columns(),
    )


def _order(queue: Queue, asks: Filter) -> Order:
    """All of them narrowed to one queue stand as they do there: its index finds them, however few they are."""
    if queue.name == "all" and (named := asks.given.get("queue")):
        return QUEUES[named[0]].order
    return queue.order


def of_view(view: SavedView, *, asks: Filter = NOTHING_NARROWS, actor: Actor, at: datetime) -> Listed:
    """One whose own line can't be read any more, as of a field that is gone, holds nothing and says why."""
    nothing: Any = _("No case fits this view just now.")
    try:
        own = filters.parse(view.line)
        every, own_cut = _in_view(view, own, actor=actor, at=at)
    except Invalid as refusal:
        own, every, own_cut, nothing = NOTHING_NARROWS, Case.objects.none(), False, refusal.message
    asked = filters.asked_by(asks, actor=actor, at=at)
    cases, cut = filters.narrowed(every, asks, asked, short=_is_short(own))
    return Listed(
        name=f"{VIEW}{view.pk}",
        label=view.name,
        help=view.line,
        nothing=nothing,
        cases=cases,
        cut=cut or own_cut,
        order=ORDERS[ViewOrder(view.order)],
        asks=asks,
        back_first=view.order == ViewOrder.SOONEST and "snoozed" not in own.given and not (own.words or asks.words),
        columns=view.columns,
        view=view,
    )


def in_view(view: SavedView, *, actor: Actor, at: datetime) -> QuerySet[Case]:
    """In no order. A line that names neither a status nor a queue means open cases; one that does not say `snoozed:`
    leaves out what is. Raises Invalid for a line that can't be read any more.
    """
    return _in_view(view, filters.parse(view.line), actor=actor, at=at)[0]


def _in_view(view: SavedView, asks: Filter, *, actor: Actor, at: datetime) -> tuple[QuerySet[Case], bool]:
    asked = Asked(
        actor=actor,
        at=at,
        tenant_ids=tuple(view.tenant_ids),
        owner_ids=tuple(view.owner_ids),
        fields=filters.fields_of(asks),
    )
    base = Q() if {"status", "queue"} & set(asks.given) else OPEN
    if not {"snoozed", "queue"} & set(asks.given):
        base &= awake(at)
    return filters.narrowed(Case.objects.visible_to(actor).filter(base), asks, asked, short=_is_short(asks))


def _is_short(own: Filter) -> bool:
    """Of a view's own line: one that names no status is of open cases."""
    return "status" not in own.given or filters.is_short(own)


def view_of(pk: int, *, actor: Actor, locked: bool = False) -> SavedView:
    views = SavedView.objects.visible_to(actor).filter(pk=pk)
    view = (views.select_for_update(no_key=True, of=("self",)) if locked else views).first()
    if view is None:
        raise Absent(gettext("There is no such view here, or not for you."))
    return view


def nothing_of(found: Listed) -> Listed:
    """The same list, holding nothing: what it was to be narrowed by can't be read."""
    return replace(found, cases=found.cases.none(), back_first=False)
