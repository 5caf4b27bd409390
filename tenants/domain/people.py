"""Who comes in, and whom to tell."""

from datetime import datetime

from django.db.models import Q

from tenants.domain.access import access_of
from tenants.enums import GrantScope, PersonRole, Role
from tenants.models import Grant, Tenant, User


def comes_in(user: User, *, at: datetime) -> bool:
    """Whether one of us may use the desk at all: a grant in force, whatever it allows."""
    return user.is_active and user.is_staff and bool(access_of(user, at=at).grants)


def leads_of(tenant_ids: frozenset[int] | None, *, at: datetime) -> list[User]:
    """CS Leads who answer for these tenants (None: all): named on the tenant, or with a Lead's grant there."""
    granted = Grant.objects.in_force(at).filter(role=Role.LEAD)
    named = Q(tenant_roles__role=PersonRole.CS_LEAD)
    if tenant_ids is not None:
        places = Tenant.objects.filter(pk__in=tenant_ids)
        granted = granted.filter(
            Q(scope=GrantScope.ALL)
            | Q(tenant__in=tenant_ids)
            | (~Q(segment="") & Q(segment__in=places.values("segment")))
            | (~Q(region="") & Q(region__in=places.values("region")))
        )
        named &= Q(tenant_roles__tenant__in=tenant_ids)
    people = User.objects.filter(Q(pk__in=granted.values("user")) | named, is_active=True).exclude(email="")
    return list(people.distinct().order_by("pk"))
