"""The names that people and other systems use for rows, turned into ids for the doors."""

from cases.models import Case
from config.errors import Absent, Invalid
from tenants.domain.actors import Actor
from tenants.models import Requester, Tenant, User


def tenant_id_of(slug: str, *, by: Actor) -> int:
    """Raises Absent, for a tenant that is not there as for one that `by` does not see."""
    found = Tenant.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if found is None or not by.access.sees(found):
        raise Absent("There is no such tenant, or not for you.")
    return found


def person_id_of(username: str, *, field: str) -> int:
    """A colleague's id. Raises Invalid."""
    found = User.objects.filter(username=username, is_staff=True, is_active=True).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid("There is no colleague of this name.", field=field, code="unknown")
    return found


def requester_id_of(email: str, *, tenant_id: int, field: str) -> int:
    """Raises Invalid. Addresses are compared without case."""
    found = Requester.objects.filter(tenant_id=tenant_id, email__iexact=email).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid("This tenant has no requester with this address.", field=field, code="unknown")
    return found


def tenant_of_case(case_id: int, *, by: Actor) -> int:
    """Raises Absent."""
    found = Case.objects.visible_to(by).filter(pk=case_id).values_list("tenant_id", flat=True).first()
    if found is None:
        raise Absent("There is nothing here.")
    return found
