"""Who may do what, where. TABLE is the one piece of code that says it: permissions, token scopes and the page in the
admin come from here.

Access is the sum of a user's grants in force at `at`; a token's scopes only narrow it. A row outside one's tenants does
not exist (Absent); a right that is missing in a tenant one sees is Forbidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from tenants.enums import GrantScope, Right, Role, TokenScope
from tenants.models import Grant, User

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "SCOPES",
    "TABLE",
    "Access",
    "GrantInForce",
    "Right",
    "Role",
    "access_by",
    "access_of",
    "grants_in_force",
    "with_grants",
]

SEES = frozenset({Right.SEE_CASES, Right.READ_PROMISES})
WORKS = SEES | {Right.WORK_CASES, Right.ASSIGN_L1_L2, Right.DECLARE_INCIDENT, Right.SEND_TELEMETRY}
ENGINEERS = WORKS | {Right.LOWER_P0_P1, Right.ASSIGN_L3, Right.RUN_INCIDENTS}

TABLE: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.L1: WORKS | {Right.CLIENT_WORDS_WITH_HAT},
        Role.LEAD: WORKS | {Right.LOWER_P0_P1, Right.HAND_OVER, Right.CLIENT_WORDS_WITH_HAT},
        Role.L2: ENGINEERS | {Right.CLIENT_WORDS_WITH_HAT},
        Role.L3: ENGINEERS | {Right.CLIENT_WORDS_WITH_HAT},
        Role.PO: ENGINEERS | {Right.HAND_OVER, Right.CLIENT_WORDS, Right.EDIT_PROMISES},
        Role.AUDITOR: SEES | {Right.SEE_AUDIT},
        Role.CLIENT: frozenset({Right.CLIENT_CASES}),
        Role.ADMIN: frozenset({Right.MANAGE_ACCESS, Right.MANAGE_DESK, Right.SEND_TELEMETRY}),
    }
)

# What a token may at most do. Which face belongs to which scope is said by the face (`incidents:read` opens no case).
SCOPES: Mapping[TokenScope, frozenset[Right]] = MappingProxyType(
    {
        TokenScope.CASES_READ: frozenset({Right.SEE_CASES, Right.CLIENT_CASES}),
        TokenScope.CASES_WRITE: frozenset(
            {
                *(Right.SEE_CASES, Right.CLIENT_CASES, Right.WORK_CASES, Right.LOWER_P0_P1),
                *(Right.ASSIGN_L1_L2, Right.ASSIGN_L3, Right.HAND_OVER, Right.DECLARE_INCIDENT),
            }
        ),
        TokenScope.INCIDENTS_READ: frozenset({Right.SEE_CASES}),
        TokenScope.INCIDENTS_WRITE: frozenset(
            {
                *(Right.SEE_CASES, Right.DECLARE_INCIDENT, Right.RUN_INCIDENTS),
                *(Right.CLIENT_WORDS, Right.CLIENT_WORDS_WITH_HAT),
            }
        ),
        TokenScope.SLA_READ: frozenset({Right.SEE_CASES, Right.READ_PROMISES}),
        TokenScope.SLA_WRITE: frozenset({Right.SEE_CASES, Right.READ_PROMISES, Right.EDIT_PROMISES, Right.WORK_CASES}),
        TokenScope.TELEMETRY_WRITE: frozenset({Right.SEND_TELEMETRY}),
        TokenScope.REPORTS_READ: frozenset({Right.SEE_CASES}),
        TokenScope.ADMIN: frozenset({Right.SEE_AUDIT, Right.MANAGE_ACCESS, Right.MANAGE_DESK, Right.EDIT_PROMISES}),
    }
)


@dataclass(frozen=True)
class GrantInForce:
    id: int
    role: Role
    tenant_ids: frozenset[int] | None  # None: every tenant
    until: datetime | None = None

    def reaches(self, tenant_id: int) -> bool:
        return self.tenant_ids is None or tenant_id in self.tenant_ids


@dataclass(frozen=True)
class Access:
    """What somebody may do, as read at one moment. `scopes` None: no token narrows it."""

    grants: tuple[GrantInForce, ...] = ()
    scopes: frozenset[TokenScope] | None = None
    everything: bool = False

    @cached_property
    def _places(self) -> Mapping[Right, frozenset[int] | None]:
        """Where each right holds; a right that is held nowhere is not in it."""
        if self.everything:
            return dict.fromkeys(Right)
        allowed = (
            frozenset(Right)
            if self.scopes is None
            else frozenset[Right]().union(*(SCOPES[scope] for scope in self.scopes))
        )
        places: dict[Right, frozenset[int] | None] = {}
        for grant in self.grants:
            for right in TABLE[grant.role] & allowed:
                places[right] = _union(places.get(right, frozenset()), grant.tenant_ids)
        return places

    def tenant_ids(self, *rights: Right | None) -> frozenset[int] | None:
        """The tenants in which at least one of the rights holds (asked for None: any right). None: every tenant."""
        places: frozenset[int] | None = frozenset()
        for right, place in self._places.items():
            if right in rights or None in rights:
                places = _union(places, place)
        return places

    def can(self, right: Right, tenant_id: int | None) -> bool:
        """`tenant_id` None: a thing that belongs to no tenant, for which the right must hold everywhere."""
        place = self.tenant_ids(right)
        return place is None or tenant_id in place

    def sees(self, tenant_id: int | None) -> bool:
        """Whether the tenant exists for this reader at all."""
        place = self.tenant_ids(None)
        return place is None or tenant_id in place

    def any(self, *rights: Right) -> bool:
        """Whether at least one of the rights is held somewhere."""
        return any(right in self._places for right in rights)

    def has_scope(self, scope: str) -> bool:
        """Whether a token allows the face of `scope`; people without a token are narrowed by nothing."""
        return self.scopes is None or scope in self.scopes

    def within(self, tenant_id: int) -> Access:
        """The same, in one tenant alone."""
        there = (grant for grant in self.grants if grant.reaches(tenant_id))
        return Access(
            grants=tuple(replace(grant, tenant_ids=frozenset({tenant_id})) for grant in there), scopes=self.scopes
        )

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def grant_ids(self) -> frozenset[int]:
        return frozenset(grant.id for grant in self.grants)

    def grants_for(self, tenant_ids: Iterable[int]) -> list[int]:
        """The ids of the grants that reach one of these tenants, in order."""
        wanted = list(tenant_ids)
        return sorted(grant.id for grant in self.grants if any(grant.reaches(tenant_id) for tenant_id in wanted))


NOTHING = Access()
EVERYTHING = Access(everything=True)


def access_of(user: User, *, at: datetime) -> Access:
    """What the user may do at `at`. One query; kept as `user.access` as well.

    Somebody who may not sign in any more (`is_active`) has no access.
    """
    grants: Iterable[Mapping[str, Any]]
    if hasattr(user, "granted"):  # taken once: whoever asks again asks the database
        grants = user.granted
        del user.granted
    else:
        grants = grants_in_force(at).filter(user=user)
    user.access = access = access_by(grants)
    return access


def with_grants(user_id: int, *, at: datetime) -> User | None:
    """Somebody who may sign in, with what they may do at `at`, in one query: the first `access_of` asks no other."""
    granted = ArraySubquery(grants_in_force(at).filter(user=OuterRef("pk")))
    people = User.objects.select_related("requester").filter(pk=user_id, is_active=True)
    return people.annotate(granted=granted).first()


def grants_in_force(at: datetime) -> QuerySet[Grant, Any]:
    """What `access_by` needs of them, as JSON values: to be asked for itself or as a column of another question."""
    told = JSONObject(id="pk", role="role", scope="scope", until="until", reach="reach")
    in_force = Grant.objects.in_force(at).with_reach().filter(user__is_active=True)
    return in_force.order_by("pk").values_list(told, flat=True)


def access_by(grants: Iterable[Mapping[str, Any]], *, scopes: Iterable[str] | None = None) -> Access:
    """`grants`: as `grants_in_force` tells them, of one user. `scopes`: of the token that narrows them."""
    return Access(
        grants=tuple(
            GrantInForce(
                id=grant["id"],
                role=Role(grant["role"]),
                tenant_ids=None if grant["scope"] == GrantScope.ALL else frozenset(grant["reach"]),
                until=None if grant["until"] is None else datetime.fromisoformat(grant["until"]),
            )
            for grant in grants
        ),
        scopes=None if scopes is None else frozenset(TokenScope(scope) for scope in scopes),
    )


def _union(one: frozenset[int] | None, other: frozenset[int] | None) -> frozenset[int] | None:
    return None if one is None or other is None else one | other
