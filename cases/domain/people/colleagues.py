"""Our own people around a case: who may be named or added there, and by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext as _

from cases.domain.ownership import is_third_level, require_way_to
from cases.models import Case
from config.errors import Forbidden, Invalid, Unknown
from tenants.domain.access import Access, access_of, grants_in_force
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import User


def with_access(people: QuerySet[User], *, at: datetime) -> list[tuple[User, Access]]:
    """One statement. Only our own, who may sign in."""
    granted = ArraySubquery(grants_in_force(at).filter(user=OuterRef("pk")))
    ours: Any = people.filter(requester=None, is_active=True).order_by("pk")
    return [(person, access_of(person, at=at)) for person in ours.annotate(granted=granted)]


def reached(people: QuerySet[User], *, case: Case, by: Actor, at: datetime, field: str) -> list[User]:
    """Those that `by` may bring to the case. Unknown for nobody, Invalid for one who may not see the client, Forbidden
    for one who is not in reach.
    """
    found = with_access(people, at=at)
    if not found:
        raise Unknown(_("colleague"), field=field)
    for person, access in found:
        if not access.can(Right.SEE_CASES, case.tenant_id):
            raise Invalid(
                _("%(person)s may not see %(tenant)s.") % {"person": person, "tenant": case.tenant.name},
                field=field,
                code="no-access",
            )
        if person.pk != by.user_id:
            try:
                _require_reach(person, access, case=case, by=by)
            except Forbidden as refusal:
                raise Forbidden(
                    _("%(person)s: %(message)s") % {"person": person, "message": refusal.message}, code=refusal.code
                ) from None
    return [person for person, _access in found]


def nameable(case: Case, *, by: Actor, at: datetime) -> list[User]:
    """Whom `by` may mention on the case or have follow it, by name."""
    found = []
    for person, access in with_access(User.objects.filter(is_staff=True), at=at):
        if person.pk == by.user_id or not access.can(Right.SEE_CASES, case.tenant_id):
            continue
        if _in_reach(person, access, case=case, by=by):
            found.append(person)
    return sorted(found, key=lambda person: str(person).lower())


def _in_reach(person: User, access: Access, *, case: Case, by: Actor) -> bool:
    try:
        _require_reach(person, access, case=case, by=by)
    except Forbidden:
        return False
    return True


def _require_reach(person: User, access: Access, *, case: Case, by: Actor) -> None:
    """Whoever may speak on the case reaches those below L3; who goes on to L3, `require_way_to` says."""
    if is_third_level(person, access):
        require_way_to(person, access, by=by, tenant_id=case.tenant_id)
