"""Whose time and open cases somebody looks after: their own, and with the right to hand over those of their people."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cases.models import OPEN, Case
from config.errors import Absent, Forbidden
from tenants.domain.access import access_of
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import User


def colleague(user_id: int, *, by: Actor, at: datetime) -> User:
    """Absent for whoever neither works in a tenant that `by` sees nor owns an open case there; Forbidden where `by` may
    not hand over what they have.
    """
    by.require_any(Right.WORK_CASES)
    person: User | None = User.objects.filter(pk=user_id, requester=None).first()
    if person is None:
        raise Absent(_("There is no such colleague."))
    if user_id == by.user_id:
        return person
    places = access_of(person, at=at).tenant_ids(Right.WORK_CASES)
    for right, refusal in (
        (Right.SEE_CASES, Absent(_("There is no such colleague."))),
        (Right.HAND_OVER, Forbidden(_("Only the lead looks after somebody else's time and cases."))),
    ):
        held = Case.objects.visible_to(by, right).filter(OPEN, owner=person)
        if not meet(places, by.access.tenant_ids(right)) and not held.exists():
            raise refusal
    return person


def meet(one: frozenset[int] | None, other: frozenset[int] | None) -> bool:
    """Whether two sets of tenants share one; None: every tenant."""
    if one is None or other is None:
        return one != frozenset() and other != frozenset()
    return bool(one & other)
