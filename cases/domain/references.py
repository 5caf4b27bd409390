"""The names that people and other systems use for rows, turned into ids for the doors."""

from django.utils.translation import gettext as _

from cases.domain.ownership import WORKS_HERE
from cases.models import Case
from config.errors import Absent, Unknown
from tenants.domain.actors import Actor
from tenants.models import Requester, User


def person_id_of(username: str, *, field: str) -> int:
    """A colleague's id. Raises Unknown, as the door does for one who does not work this tenant's cases."""
    found = User.objects.filter(username=username, is_staff=True, is_active=True).values_list("pk", flat=True).first()
    if found is None:
        raise Unknown(_(WORKS_HERE), field=field)
    return found


def requester_id_of(email: str, *, tenant_id: int, by: Actor, field: str) -> int:
    """Raises Unknown; a customer knows nobody but themselves. Addresses are compared without case."""
    known = Requester.objects.for_tenant(tenant_id).filter(email__iexact=email)
    if by.is_customer:
        known = known.filter(pk=by.requester_id)
    found = known.values_list("pk", flat=True).first()
    if found is None:
        raise Unknown(_("requester"), field=field)
    return found


def tenant_of_case(case_id: int, *, by: Actor) -> int:
    """Raises Absent."""
    found = Case.objects.visible_to(by).filter(pk=case_id).values_list("tenant_id", flat=True).first()
    if found is None:
        raise Absent(_("There is nothing here."))
    return found
