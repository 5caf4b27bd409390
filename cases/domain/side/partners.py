"""With whom a side talk may be: somebody outside, colleagues, a level; who of them is out of the asker's reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from cases.domain import addresses, fields
from cases.domain.changing import Change
from cases.domain.ownership import NO_WAY_TO_L3, is_third_level
from cases.domain.people.colleagues import reached, with_access
from cases.enums import Level, SideKind
from cases.models import Case
from config.errors import Forbidden, Invalid, Unknown
from tenants.domain import requesters
from tenants.enums import Right
from tenants.models import Tenant, User

AT_MOST = 10  # colleagues in one talk


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """`columns` of the talk; `people` who are asked by name."""

    columns: dict[str, Any]
    people: list[User] = field(default_factory=list)


def partner(change: Change, *, address: str, name: str, people: Sequence[int], level: str) -> Partner:
    """Exactly one of an address (with a `name`), people, a level. Raises Invalid, Unknown, and Forbidden
    (`no-way-to-l3`) for L3 where the asker has no way there.
    """
    if sum((bool(address.strip()), bool(people), bool(level))) != 1:
        raise Invalid(
            _("With one of them: somebody outside, colleagues or a level."), field="address", code="one-of-three"
        )
    if address.strip():
        return _outside(change.case, address, name)
    if people:
        return _colleagues(change, people)
    wanted = fields.level(level, field="level")
    if wanted == Level.L3 and not change.by.can(Right.ASSIGN_L3, change.case.tenant_id):
        raise Forbidden(_(NO_WAY_TO_L3), code="no-way-to-l3")
    return Partner(columns={"kind": SideKind.LEVEL, "level": wanted, "third_level": wanted == Level.L3})


def require_outside(address: str, tenant: Tenant) -> None:
    """Invalid for one of us, and for whoever belongs to the client, as somebody may by now who did not before."""
    if addresses.is_ours(address):
        raise Invalid(
            _("%(address)s is one of us: choose them as a colleague.") % {"address": address},
            field="address",
            code="colleague",
        )
    if addresses.is_of_client(address, tenant_id=tenant.pk):
        raise Invalid(
            _("%(address)s belongs to %(tenant)s, who must not read this: write to them on the case.")
            % {"address": address, "tenant": tenant.name},
            field="address",
            code="client",
        )


def _outside(case: Case, address: str, name: str) -> Partner:
    email = requesters.checked_email(address)
    require_outside(email, case.tenant)
    called = fields.text(name, field="name", longest=200)
    return Partner(columns={"kind": SideKind.OUTSIDE, "address": email, "name": called})


def _colleagues(change: Change, people: Sequence[int]) -> Partner:
    wanted = set(people) - {change.by.user_id}
    if not wanted:
        raise Invalid(_("That is you: choose somebody else."), field="people", code="oneself")
    if len(wanted) > AT_MOST:
        raise Invalid(_("At most %(most)s colleagues.") % {"most": AT_MOST}, field="people", code="max_length")
    asked = User.objects.filter(pk__in=wanted)
    found = reached(asked, case=change.case, by=change.by, at=change.at, field="people")
    if len(found) < len(wanted):
        raise Unknown(_("colleague"), field="people")
    third = any(is_third_level(person, access) for person, access in with_access(asked, at=change.at))
    return Partner(columns={"kind": SideKind.PEOPLE, "third_level": third}, people=found)
