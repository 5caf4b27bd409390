"""One's inbox: what one was told of, read and unread. Nobody sees another one's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cases.models import Notice
from config.db import unit_of_work
from config.errors import Absent
from tenants.domain.actors import Actor

SHOWN = 50


def told_to(actor: Actor) -> QuerySet[Notice]:
    """Newest first; nothing of clients whose cases they see no more."""
    if actor.user_id is None or actor.is_customer:
        return Notice.objects.none()
    return Notice.objects.visible_to(actor).filter(user_id=actor.user_id, in_inbox=True)


def unread(actor: Actor) -> QuerySet[Notice]:
    return told_to(actor).filter(read_at__isnull=True)


def page(*, actor: Actor, before: int | None = None, only_unread: bool = False) -> tuple[list[Any], int | None]:
    """A screenful with its cases, and the number before which the next one begins; None when that is all."""
    rows = unread(actor) if only_unread else told_to(actor)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("case", "tenant").order_by("-pk")[: SHOWN + 1])
    return found[:SHOWN], found[SHOWN - 1].pk if len(found) > SHOWN else None


def read(*, notice_id: int, by: Actor, at: datetime) -> Notice:
    """One has read it; again changes nothing. Absent for what is not in one's own inbox."""
    with unit_of_work(by.label):
        row = told_to(by).filter(pk=notice_id).first()
        if row is None:
            raise Absent(_("There is no such notice here, or not for you."))
        unread(by).filter(pk=notice_id).update(read_at=at)
    return row


def read_all(*, up_to: int | None = None, by: Actor, at: datetime) -> int:
    """All, or those up to the newest that the person had before their eyes; how many."""
    with unit_of_work(by.label):
        rows = unread(by) if up_to is None else unread(by).filter(pk__lte=up_to)
        return rows.update(read_at=at)
