"""Who comes in, in which language, and whom to tell."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid
from tenants.domain.access import access_of
from tenants.domain.actors import Actor
from tenants.enums import GrantScope, PersonRole, Role
from tenants.models import Grant, Tenant, User


def comes_in(user: User, *, at: datetime) -> bool:
    """Whether one of us may use the desk at all: a grant in force, whatever it allows."""
    return user.is_active and user.is_staff and bool(access_of(user, at=at).grants)


def speak(*, user_id: int | None, language: str, by: Actor) -> None:
    """The language that a person reads the desk in: their own choice alone, of those that are shipped."""
    if user_id is None or by.user_id != user_id:
        raise Absent(_("There is nothing here."))
    shipped = [code for code, _name in settings.LANGUAGES]
    if language not in shipped:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(shipped)}, field="language")
    with unit_of_work(by.label):
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        if user.language != language:
            user.language = language
            user.save(update_fields=["language"])


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
