"""Saved views: what people look at again, their own and those shared with everybody.

A view is shared by who leads the desk somewhere (bulk and rules are theirs, too) or manages it, and changed by who
shared it and by who leads or manages all that it is about: the tenants that it names, or every one. One that names a
tenant is shown only to who may know of that tenant.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from cases.domain.desk import filters
from cases.domain.desk.filters import Filter
from cases.domain.desk.lists import VIEW, in_view, view_of
from cases.domain.desk.orders import ORDERS
from cases.enums import ViewColumn, ViewOrder
from cases.models import SavedView
from config.db import unit_of_work
from config.errors import Forbidden, Invalid, Refused
from tenants.domain.actors import Actor
from tenants.enums import Right

IN_THE_SIDEBAR = 12
MOST = 100  # of one person
SAVED = (
    "name",
    "line",
    "order",
    "columns",
    "position",
    "pinned",
    "owner",
    "shared_by",
    "tenant_ids",
    "owner_ids",
    "changed_at",
)
NAME_LENGTH = 60  # characters
DONE = {"closed", "resolved", "any"}  # nothing of them is promised, and they are all there ever was


def views_for(actor: Actor) -> list[SavedView]:
    """All that the reader may open, their own first. One statement."""
    return list(SavedView.objects.visible_to(actor).order_by(F("owner").asc(nulls_last=True), "position", "name", "pk"))


def in_the_sidebar(views: Sequence[SavedView]) -> list[SavedView]:
    return [view for view in views if view.pinned][:IN_THE_SIDEBAR]


def counted(views: Sequence[SavedView], *, actor: Actor, at: datetime) -> dict[str, QuerySet[Any]]:
    """By the views' names, in their orders. One with words is not counted: it would have to be searched for; nor is one
    whose line can't be read any more: its list says why.
    """
    found = {}
    for view in views:
        try:
            if not filters.parse(view.line).words:
                listed = in_view(view, actor=actor, at=at)
                found[f"{VIEW}{view.pk}"] = listed.order_by(*ORDERS[ViewOrder(view.order)].by())
        except Invalid:
            continue
    return found


def may_share(by: Actor) -> bool:
    return by.access.any(Right.HAND_OVER, Right.MANAGE_DESK)


def may_change(view: SavedView, by: Actor) -> bool:
    if not view.is_shared:
        return view.owner_id == by.user_id
    if view.shared_by_id is not None and view.shared_by_id == by.user_id:
        return may_share(by)
    places = by.access.tenant_ids(Right.HAND_OVER, Right.MANAGE_DESK)
    return places is None or (bool(view.tenant_ids) and places.issuperset(view.tenant_ids))


def as_a_view(queue: str, asks: Filter) -> Filter:
    """What a view has to say to hold what the queue holds, narrowed by the line."""
    return asks.having(status=["any"]) if queue == "all" else asks.having(queue=[queue])


def save_view(
    *,
    view_id: int | None = None,
    name: str,
    line: str,
    order: str = ViewOrder.SOONEST,
    columns: Sequence[str] = (),
    position: int = 100,
    pinned: bool = True,
    shared: bool = False,
    by: Actor,
    at: datetime,
) -> SavedView:
    """A new one, or another shape of `view_id`. Raises Absent, Forbidden, and Invalid for each field."""
    with unit_of_work(by.label):
        view = _to_be_changed(view_id, by=by) if view_id is not None else _new(by)
        if shared and not may_share(by):
            raise Forbidden(_("Sharing a view with everybody is for the CS Lead."), code="no-sharing")
        asks = filters.parse(line)
        asked = filters.asked_by(asks, actor=by, at=at)
        view.name = _name(name)
        view.line = str(asks)
        view.order = _order(order, asks)
        view.columns = _columns(columns)
        view.position, view.pinned = position, pinned
        if shared and not view.is_shared:
            view.owner_id, view.shared_by_id = None, by.user_id
        elif view.is_shared and not shared:
            view.owner_id, view.shared_by_id = by.user_id, None
        view.tenant_ids, view.owner_ids = sorted(asked.tenant_ids), sorted(asked.owner_ids)
        view.changed_at = at
        try:
            with transaction.atomic():
                view.save(update_fields=None if view.pk is None else SAVED)
        except IntegrityError as taken:
            raise Invalid(_("You have a view of this name."), field="name", code="unique") from taken
    return view


def delete_view(*, view_id: int, by: Actor, at: datetime) -> None:
    """Raises Absent and Forbidden."""
    with unit_of_work(by.label):
        _to_be_changed(view_id, by=by).delete()


def _new(by: Actor) -> SavedView:
    if by.user_id is None:
        raise Forbidden(_("Only people of ours keep views."))
    if SavedView.objects.filter(owner_id=by.user_id).count() >= MOST:
        raise Refused(_("You have %(most)s views: delete one first.") % {"most": MOST}, code="too-many")
    return SavedView(owner_id=by.user_id)


def _to_be_changed(view_id: int, *, by: Actor) -> SavedView:
    view = view_of(view_id, actor=by, locked=True)
    if not may_change(view, by):
        raise Forbidden(
            _("This view is everybody’s: who shared it changes it, or who leads all that it is about."), code="shared"
        )
    return view


def _name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean:
        raise Invalid(_("Give it a name."), field="name", code="required")
    if len(clean) > NAME_LENGTH:
        raise Invalid(_("At most %(most)s characters.") % {"most": NAME_LENGTH}, field="name", code="max_length")
    return clean


def _order(order: str, asks: Filter) -> str:
    if order not in ViewOrder.values:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(ViewOrder.values)}, field="order")
    if order != ViewOrder.SOONEST and "queue" in asks.given:
        raise Invalid(_("A queue is sorted by time left."), field="order")
    if order != ViewOrder.NEWEST and DONE & set(asks.given.get("status", ())):
        raise Invalid(_("Cases that are done are listed newest first."), field="order")
    return order


def _columns(columns: Sequence[str]) -> list[str]:
    if unknown := [column for column in columns if column not in ViewColumn.values]:
        raise Invalid(_("“%(unknown)s” is no column.") % {"unknown": unknown[0]}, field="columns")
    return [column for column in ViewColumn.values if column in columns]
