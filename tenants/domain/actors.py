"""Who acts: handed to every door as `by`, so that rights, history and audit speak of the same somebody."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Literal

from django.utils.translation import gettext as _

from config.errors import Absent, Forbidden
from tenants.domain.access import EVERYTHING, Access, GrantInForce, access_by, access_of
from tenants.enums import Right, Role
from tenants.models import ApiToken, Requester, User

Kind = Literal["user", "customer", "system", "automation", "importer", "rule"]


DESK = "CompanyOS Support"


@dataclass(frozen=True)
class Actor:
    """A client's sign-in is a `customer` with `requester_id`; a token marked automation an `automation`."""

    kind: Kind
    name: str
    access: Access = field(repr=False)
    user_id: int | None = None
    requester_id: int | None = None
    token_id: int | None = None
    rule_id: int | None = None
    sees_all_tenant_cases: bool = False

    @property
    def label(self) -> str:
        """`user:7`, `customer:12` (a requester's id), `automation:3` (a token's), `rule:5`, `system`, `importer`."""
        ids = {
            "user": self.user_id,
            "customer": self.requester_id,
            "automation": self.token_id,
            "rule": self.rule_id,
        }
        return f"{self.kind}:{ids[self.kind]}" if self.kind in ids else self.kind

    @cached_property
    def sight(self) -> Actor:
        """A reader who sees the same rows and is nobody: equal for all who see the same."""
        grants = {replace(grant, id=0, until=None) for grant in self.access.grants}
        ordered = sorted(grants, key=lambda grant: (grant.role, sorted(grant.tenant_ids or ())))
        return replace(
            self, name="", access=replace(self.access, grants=tuple(ordered)), user_id=None, token_id=None, rule_id=None
        )

    @property
    def told_as(self) -> str:
        """The name under which clients read it: what a desk calls its rules is its own matter."""
        return DESK if self.kind == "rule" else self.name

    @property
    def is_person(self) -> bool:
        """A human of ours: what they say publicly meets a clock."""
        return self.kind == "user"

    @property
    def is_customer(self) -> bool:
        return self.kind == "customer"

    def can(self, right: Right, tenant_id: int | None) -> bool:
        return self.access.can(right, tenant_id)

    def require(self, right: Right, *, tenant_id: int | None) -> None:
        """Absent when the tenant does not exist for the actor, Forbidden without the right in it."""
        if self.access.can(right, tenant_id):
            return
        if tenant_id is not None and not self.access.sees(tenant_id):
            raise Absent(_("There is nothing here."))
        raise Forbidden(_("You may not do this: %(label)s.") % {"label": right.label})

    def require_any(self, *rights: Right) -> None:
        """For a page or list that is not bound to one tenant."""
        if not self.access.any(*rights):
            raise Forbidden(_("You may not do this: %(label)s.") % {"label": rights[0].label})


SYSTEM = Actor(kind="system", name=DESK, access=EVERYTHING)
IMPORTER = Actor(kind="importer", name="Import", access=EVERYTHING)


def actor_of_user(user: User, *, at: datetime) -> Actor:
    """One query; a second one for a client's requester when the user came without it."""
    return _actor(user, access_of(user, at=at))


def actor_of_token(token: ApiToken) -> Actor:
    """Of one that `tokens.token_for` has read: no query more."""
    token.user.access = access = access_by(token.grants, scopes=token.scopes)
    return _actor(token.user, access, token=token)


def _actor(user: User, access: Access, *, token: ApiToken | None = None) -> Actor:
    token_id = None if token is None else token.pk
    if (requester := user.requester) is not None:
        return Actor(
            kind="customer",
            name=requester.name,
            access=access,
            user_id=user.pk,
            requester_id=requester.pk,
            token_id=token_id,
            sees_all_tenant_cases=requester.sees_all_tenant_cases,
        )
    automated = token is not None and token.automation
    return Actor(
        kind="automation" if automated else "user",
        name=token.name if token is not None and automated else str(user),
        access=access,
        user_id=user.pk,
        token_id=token_id,
    )


def actor_of_requester(requester: Requester) -> Actor:
    """For a client who proved to be this requester by a signed link or mail: a client's rights in their tenant."""
    reach = GrantInForce(id=0, role=Role.CLIENT, tenant_ids=frozenset({requester.tenant_id}))
    return Actor(
        kind="customer",
        name=requester.name,
        access=Access(grants=(reach,)),
        requester_id=requester.pk,
        sees_all_tenant_cases=requester.sees_all_tenant_cases,
    )
