"""What the faces show. Every question is asked on behalf of a reader; rows outside their tenants are not there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from config.errors import Absent
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Grant, Requester, Resource, Tenant, User
from tenants.models.resource import ResourceQuerySet
from tenants.models.tenant import TenantRowQuerySet
from tenants.models.visibility import TenantQuerySet


def tenant_list(*, actor: Actor, q: str = "") -> TenantRowQuerySet:
    rows = Tenant.objects.visible_to(actor, right=None)
    return rows.filter(Q(name__icontains=q) | Q(slug__icontains=q)) if q else rows


def tenant_detail(slug: str, *, actor: Actor) -> Tenant:
    """With everything that belongs to it. A number is taken as the id."""
    which = Q(slug=slug) | Q(pk=int(slug)) if slug.isdecimal() and slug.isascii() and len(slug) < 19 else Q(slug=slug)
    related = ("entitlements", "contacts", "projects", "tenantpersons__user", "escalationroutes__user")
    row = Tenant.objects.visible_to(actor, right=None).filter(which).prefetch_related(*related).first()
    if row is None:
        raise Absent("There is no such tenant here, or not for you.")
    return row


def requester_list(*, actor: Actor, q: str = "") -> TenantQuerySet:
    rows = Requester.objects.visible_to(actor).select_related("tenant")
    return rows.filter(Q(name__icontains=q) | Q(email__icontains=q)) if q else rows


def requester_detail(requester_id: int, *, actor: Actor) -> Requester:
    row = Requester.objects.visible_to(actor).select_related("tenant").filter(pk=requester_id).first()
    if row is None:
        raise Absent("There is no such requester here, or not for you.")
    return row


def resource_list(*, actor: Actor, q: str = "") -> ResourceQuerySet:
    rows = Resource.objects.visible_to(actor).select_related("tenant")
    return rows.filter(Q(name__icontains=q) | Q(key__icontains=q)) if q else rows


def resource_detail(key: str, *, actor: Actor) -> Resource:
    """By key, or by id."""
    which = Q(key=key) | Q(pk=int(key)) if key.isdecimal() and key.isascii() and len(key) < 19 else Q(key=key)
    row = Resource.objects.visible_to(actor).select_related("tenant").filter(which).order_by("pk").first()
    if row is None:
        raise Absent("There is no such resource here, or not for you.")
    return row


def user_named(username: str) -> User:
    """For the command line."""
    user = User.objects.filter(username=username.replace("\x00", "")).first()
    if user is None:
        raise Absent(f"There is no user named {username!r}.")
    return user


def slugs_of(tenant_ids: Iterable[int]) -> dict[int, str]:
    return dict(Tenant.objects.filter(pk__in=list(tenant_ids)).values_list("pk", "slug"))


@dataclass(frozen=True)
class Holder:
    """One grant that reaches a tenant: who holds it, since when, and when it last showed them that tenant."""

    grant: Grant
    last_used_at: datetime | None


def who_can_see(tenant_id: int, *, actor: Actor, at: datetime) -> list[Holder]:
    """Three queries however many grants there are. For who sees the audit or manages access."""
    tenant = Tenant.objects.visible_to(actor, right=None).filter(pk=tenant_id).first()
    if tenant is None:
        raise Absent("There is no such tenant here, or not for you.")
    if not actor.can(Right.MANAGE_ACCESS, tenant_id):
        actor.require(Right.SEE_AUDIT, tenant_id=tenant_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "select grant_id, max(at) from tenants_accessentry, unnest(grant_ids) grant_id "
            "where tenant_ids @> array[%s]::bigint[] group by 1",
            [tenant_id],
        )
        used = dict(cursor.fetchall())
    reaching = (
        Q(scope="all")
        | Q(tenant=tenant)
        | (~Q(segment="") & Q(segment=tenant.segment))
        | (~Q(region="") & Q(region=tenant.region))
    )
    grants = (
        Grant.objects.in_force(at).filter(reaching, user__is_active=True).select_related("user", "tenant", "granted_by")
    )
    return [Holder(grant, used.get(grant.pk)) for grant in grants.order_by("user__username", "pk")]
