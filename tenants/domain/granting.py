"""Giving and taking back access. A grant is never edited: it ends, and another one begins."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused
from outbox.domain.publish import publish
from tenants.domain.access import TABLE
from tenants.domain.actors import Actor
from tenants.enums import GrantScope, Right, Role
from tenants.models import Grant, Tenant, User

BREAK_GLASS_AT_MOST = timedelta(hours=72)


def grant(
    *,
    user_id: int,
    role: str,
    scope: str,
    reason: str,
    by: Actor,
    at: datetime,
    tenant_id: int | None = None,
    segment: str = "",
    region: str = "",
    until: datetime | None = None,
) -> Grant:
    """Raises Invalid (422) for a grant that makes no sense, Refused for one that stands already.

    Somebody who grants themselves sight of cases breaks the glass: it needs an end within three days, and the leads of
    the tenants are told.
    """
    by.require(Right.MANAGE_ACCESS, tenant_id=tenant_id)
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Say why."), field="reason", code="required")
    if len(reason) > 500:
        raise Invalid(_("At most 500 characters."), field="reason", code="max_length")
    if role not in Role.values:
        raise Invalid(
            _("One of %(choices)s.") % {"choices": ", ".join(Role.values)}, field="role", code="invalid_choice"
        )
    if until is not None and until <= at:
        raise Invalid(_("This time has passed."), field="until")
    _check_place(scope=scope, tenant_id=tenant_id, segment=segment, region=region)
    breaks_glass = by.user_id == user_id and by.user_id is not None and Right.SEE_CASES in TABLE[Role(role)]
    if breaks_glass and (until is None or until > at + BREAK_GLASS_AT_MOST):
        raise Invalid(
            _("Access that one grants oneself must end within 72 hours."), field="until", code="break-glass-needs-end"
        )
    with unit_of_work(by.label):
        user = User.objects.select_for_update(no_key=True).select_related(None).filter(pk=user_id).first()
        if user is None:
            raise Absent(_("There is no such user."))
        _check_holder(user, role=role, tenant_id=tenant_id)
        place = {"scope": scope, "tenant_id": tenant_id, "segment": segment, "region": region}
        if Grant.objects.in_force(at).filter(user=user, role=role, until=until, **place).exists():
            raise Refused(_("This grant stands already."), code="already-granted")
        given = Grant.objects.create(
            user=user, role=role, until=until, reason=reason, granted_by_id=by.user_id, created_at=at, **place
        )
        publish(
            name="tenants.glass-broken" if breaks_glass else "tenants.access-granted",
            tenant_id=tenant_id,
            payload={"grant_id": given.pk, "user_id": user.pk, "by": by.label},
            at=at,
        )
    return given


def revoke(*, grant_id: int, reason: str, by: Actor, at: datetime) -> Grant:
    """Ends a grant now. Ending an ended one changes nothing. The last admin of all stays."""
    reason = reason.strip()
    with unit_of_work(by.label):
        row = Grant.objects.filter(pk=grant_id).first()
        if row is None:
            raise Absent(_("There is no such grant."))
        by.require(Right.MANAGE_ACCESS, tenant_id=row.tenant_id)
        if not reason:
            raise Invalid(_("Say why."), field="reason", code="required")
        # All who administer everything are locked, in one order, so that two revocations can't each leave the other.
        locked = Grant.objects.select_for_update(of=("self",), no_key=True).filter(
            Q(pk=grant_id) | Q(role=Role.ADMIN, scope=GrantScope.ALL, revoked_at__isnull=True)
        )
        rows = {one.pk: one for one in locked.order_by("pk")}
        row = rows[grant_id]
        if row.revoked_at is not None:
            return row
        if row.role == Role.ADMIN and row.scope == GrantScope.ALL and not _other_admins(row, at=at).exists():
            raise Refused(_("This is the last admin: grant it to somebody else first."), code="last-admin")
        row.revoked_at, row.revoked_reason = at, reason[:500]
        row.save(update_fields=["revoked_at", "revoked_reason"])
        publish(
            name="tenants.access-revoked",
            tenant_id=row.tenant_id,
            payload={"grant_id": row.pk, "user_id": row.user_id, "by": by.label},
            at=at,
        )
    return row


def by_state(rows: QuerySet[Grant], state: str | None, *, at: datetime) -> QuerySet[Grant]:
    """`now` in force, `ended`, or all."""
    if state not in ("now", "ended"):
        return rows
    in_force = Grant.objects.in_force(at).values("pk")
    return rows.filter(pk__in=in_force) if state == "now" else rows.exclude(pk__in=in_force)


def _other_admins(row: Grant, *, at: datetime) -> QuerySet[Grant]:
    """For good: one that was revoked is none, also when whoever revoked it read the clock after `at`."""
    return (
        Grant.objects.in_force(at)
        .filter(role=Role.ADMIN, scope=GrantScope.ALL, until=None, revoked_at=None, user__is_active=True)
        .exclude(pk=row.pk)
    )


def _check_place(*, scope: str, tenant_id: int | None, segment: str, region: str) -> None:
    named = {
        GrantScope.TENANT: tenant_id is not None,
        GrantScope.SEGMENT: bool(segment),
        GrantScope.REGION: bool(region),
    }
    if scope not in GrantScope.values:
        raise Invalid(
            _("One of %(choices)s.") % {"choices": ", ".join(GrantScope.values)}, field="scope", code="invalid_choice"
        )
    for kind, given in named.items():
        if given and kind != scope:
            raise Invalid(
                _("Leave this empty for the scope %(scope)s.") % {"scope": scope},
                field=kind.value,
                code="not-for-this-scope",
            )
        if not given and kind == scope:
            raise Invalid(_("The scope %(scope)s needs it.") % {"scope": scope}, field=kind.value, code="required")
    if tenant_id is not None and not Tenant.objects.filter(pk=tenant_id).exists():
        raise Absent(_("There is no such tenant."))


def _check_holder(user: User, *, role: str, tenant_id: int | None) -> None:
    if not user.is_active:
        raise Invalid(_("This user can't sign in any more."), field="user")
    requester = user.requester
    if role == Role.CLIENT:
        if requester is None or requester.tenant_id != tenant_id:
            raise Invalid(_("Client access is for a requester of this tenant, in this tenant."), field="role")
    elif requester is not None or not user.is_staff:
        raise Invalid(_("This role is for our own people."), field="role")
