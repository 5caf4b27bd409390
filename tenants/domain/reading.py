"""What the faces show. Every question is asked on behalf of a reader; rows outside their tenants are not there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from config.errors import Absent, Unknown
from config.numbers import row_number
from tenants.domain.actors import Actor
from tenants.domain.newest import Latest, latest
from tenants.enums import Right
from tenants.models import Grant, Requester, Resource, Tenant, User
from tenants.models.requester import RequesterQuerySet
from tenants.models.resource import ResourceQuerySet
from tenants.models.tenant import TenantRowQuerySet

# Who may know a tenant as such. A client knows only what their cases show.
KNOWS_TENANTS = (Right.SEE_CASES, Right.SEE_AUDIT, Right.MANAGE_DESK, Right.MANAGE_ACCESS)
KNOWS_PEOPLE = (Right.SEE_CASES, Right.MANAGE_DESK)


def tenant_list(*, actor: Actor) -> TenantRowQuerySet:
    return Tenant.objects.known_to(actor, KNOWS_TENANTS).prefetch_related("entitlements", "contacts", "projects")


def tenant_names(*, actor: Actor) -> TenantRowQuerySet:
    """For a choice: the rows alone."""
    return Tenant.objects.known_to(actor, KNOWS_TENANTS).order_by("name")


def audited_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgrelid::regclass::text from pg_trigger where tgfoid = 'public.audit_row'::regproc order by 1"
        )
        return [table for (table,) in cursor.fetchall()]


def tenant_detail(slug: str, *, actor: Actor) -> Tenant:
    """By slug, or by id."""
    row = tenant_list(actor=actor).filter(_named(slug, "slug")).order_by("pk").first()
    if row is None:
        raise Absent(_("There is no such tenant here, or not for you."))
    return row


def tenant_by_id(tenant_id: int, *, actor: Actor) -> Tenant:
    row = Tenant.objects.known_to(actor, KNOWS_TENANTS).filter(pk=tenant_id).first()
    if row is None:
        raise Absent(_("There is no such tenant here, or not for you."))
    return row


def tenant_in_body(slug: str, *, actor: Actor) -> Tenant:
    """The tenant that a body or a filter names, whatever the reader may do there: that is for the door to ask.

    Raises Unknown.
    """
    row = Tenant.objects.visible_to(actor, None).filter(slug=slug).first()
    if row is None:
        raise Unknown(_("tenant"), field="tenant")
    return row


def readings(slug: str, *, actor: Actor, at: datetime) -> list[Latest]:
    """A tenant's newest readings. Raises Unknown, and Forbidden for who knows the tenant without its people."""
    tenant = tenant_in_body(slug, actor=actor)
    if not actor.can(Right.MANAGE_DESK, tenant.pk):
        actor.require(Right.SEE_CASES, tenant_id=tenant.pk)
    return latest(tenant.pk, at=at)


def requester_list(*, actor: Actor) -> RequesterQuerySet:
    return Requester.objects.known_to(actor, KNOWS_PEOPLE).select_related("tenant")


def requester_detail(requester_id: int, *, actor: Actor) -> Requester:
    row = requester_list(actor=actor).filter(pk=requester_id).first()
    if row is None:
        raise Absent(_("There is no such requester here, or not for you."))
    return row


def resource_list(*, actor: Actor) -> ResourceQuerySet:
    return Resource.objects.known_to(actor, KNOWS_PEOPLE).select_related("tenant")


def resource_by_id(resource_id: int, *, actor: Actor) -> Resource:
    row = resource_list(actor=actor).filter(pk=resource_id).first()
    if row is None:
        raise Absent(_("There is no such resource here, or not for you."))
    return row


def resource_detail(key: str, *, actor: Actor) -> Resource:
    """By key, or by id."""
    row = resource_list(actor=actor).filter(_named(key, "key")).order_by("pk").first()
    if row is None:
        raise Absent(_("There is no such resource here, or not for you."))
    return row


def _named(name: str, column: str) -> Q:
    number = row_number(name)
    return Q(**{column: name}) if number is None else Q(**{column: name}) | Q(pk=number)


def user_named(username: str) -> User:
    """For the command line."""
    user = User.objects.filter(username=username.replace("\x00", "")).first()
    if user is None:
        raise Absent(_("There is no user named %(username)s.") % {"username": repr(username)})
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
        raise Absent(_("There is no such tenant here, or not for you."))
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
