"""Who owns a case."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.domain.changing import Change, changing
from cases.enums import InteractionKind
from cases.models import Case
from config.errors import Forbidden, Refused, Unknown
from tenants.domain.access import TABLE, Access, access_of
from tenants.domain.actors import Actor
from tenants.enums import GrantScope, Level, Right, Role
from tenants.models import Grant, Tenant, User

NO_WAY_TO_L3 = gettext_noop("L3 is reached through L2: escalate to L2 first.")
WORKS_HERE = gettext_noop("colleague who works cases of this tenant")


def assign(
    *,
    case_id: int,
    owner_id: int | None,
    reason: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
    from_nobody: bool = False,
) -> Case:
    """Give the case to somebody who sees its tenant; None puts it back. Assigning whom it has changes nothing.

    Anybody who works cases may take one over for themselves; moving somebody else's to a third person is handing over.
    `from_nobody` claims it: Refused (`taken`) for one that has an owner by now.
    """
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        case = change.case
        if from_nobody and case.owner_id is not None:
            raise Refused(
                _("%(case)s has an owner already: %(owner)s.") % {"case": case.reference, "owner": case.owner},
                code="taken",
            )
        if owner_id == case.owner_id:
            return case
        if case.status == "closed":
            raise Refused(_("%(case)s is closed; reopen it first.") % {"case": case.reference}, code="closed")
        if case.owner_id not in (None, by.user_id) and owner_id != by.user_id:
            change.require(Right.HAND_OVER)
        before = str(case.owner) if case.owner is not None else "nobody"
        set_owner(change, owner_id)
        after = str(case.owner) if case.owner is not None else "nobody"
        change.say(
            InteractionKind.SYSTEM,
            f"Owner: {before} → {after}" + (f" ({reason.strip()})" if reason.strip() else ""),
            data={"owner_id": owner_id},
        )
    return case


def set_owner(change: Change, owner_id: int | None) -> None:
    """Checks the new owner and the caller's right to choose them; writes no history."""
    if owner_id is None:
        change.case.owner = None
        return
    owner = User.objects.filter(pk=owner_id, is_active=True, requester=None).first()
    if owner is None:
        raise Unknown(_(WORKS_HERE), field="owner")
    access = access_of(owner, at=change.at)
    if not access.can(Right.WORK_CASES, change.case.tenant_id):
        raise Unknown(_(WORKS_HERE), field="owner")
    if owner_id != change.by.user_id:
        require_way_to(owner, access, by=change.by, tenant_id=change.case.tenant_id)
        change.tell("cases.case-assigned", owner_id=owner.pk, by=change.by.label, by_name=change.by.name)
    change.case.owner = owner


def workers(tenants: QuerySet[Tenant] | None, *, reach_l3: bool, at: datetime) -> QuerySet[User]:
    """Who may work cases of one of these tenants (None: of any), as far as roles say; the door looks again. L3 only
    where it may be reached.
    """
    granted = Grant.objects.in_force(at).filter(role__in=[role for role in TABLE if Right.WORK_CASES in TABLE[role]])
    if tenants is not None:
        granted = granted.filter(
            Q(scope=GrantScope.ALL)
            | Q(tenant__in=tenants)
            | Q(segment__in=tenants.exclude(segment="").values("segment"))
            | Q(region__in=tenants.exclude(region="").values("region"))
        )
    found = User.objects.filter(pk__in=granted.values("user"), is_active=True, requester=None)
    return found if reach_l3 else found.exclude(level=Level.L3)


def require_way_to(person: User, access: Access, *, by: Actor, tenant_id: int) -> None:
    """Forbidden where `by` may not reach this colleague by hand: L3 for L1 and the CS Lead."""
    if not by.can(right_to_choose(person, access), tenant_id):
        raise Forbidden(_(NO_WAY_TO_L3), code="no-way-to-l3")


def right_to_choose(owner: User, access: Access) -> Right:
    """What it takes to give a case to them, who have this access."""
    return Right.ASSIGN_L3 if is_third_level(owner, access) else Right.ASSIGN_L1_L2


def is_third_level(person: User, access: Access) -> bool:
    """By where cases are assigned to them, or by what they may do."""
    return person.level == Level.L3 or bool(access.roles & {Role.L3, Role.PO})


def is_at_third_level(case: Case, *, at: datetime) -> bool:
    """By its level, or by whose it is."""
    if case.level == Level.L3:
        return True
    return case.owner is not None and is_third_level(case.owner, access_of(case.owner, at=at))
