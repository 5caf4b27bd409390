"""Which rows a reader may know of. Every reader of tenant data starts here: no rows without a right."""

from collections.abc import Iterable
from typing import Any, Protocol, Self

from django.db import models

from tenants.enums import Right


class Places(Protocol):
    """What models need of `domain.access.Access`."""

    def tenant_ids(self, *rights: Right | None) -> frozenset[int] | None: ...

    def any(self, *rights: Right) -> bool: ...


class Reader(Protocol):
    """An `Actor`, or a `User` whose access has been read (`domain.access.access_of`)."""

    @property
    def access(self) -> Places: ...


def allowed_tenant_ids(reader: Reader, right: Right | None = Right.SEE_CASES) -> frozenset[int] | None:
    """The tenants in which `reader` holds `right` (None: any right at all). None means every tenant.

    Raises AttributeError for whoever carries no access: asking without knowing who reads is a bug.
    """
    return reader.access.tenant_ids(right)


class TenantQuerySet(models.QuerySet[Any]):
    """For rows that belong to one tenant. A model that reaches its tenant otherwise overrides `in_tenants`.

    A row without a tenant is visible only to who reads every tenant, unless the model says otherwise.
    """

    tenant_path = "tenant_id"

    def visible_to(self, reader: Reader, right: Right | None = Right.SEE_CASES) -> Self:
        return self.in_tenants(allowed_tenant_ids(reader, right))

    def known_to(self, reader: Reader, rights: Iterable[Right]) -> Self:
        """Visible by at least one of several rights."""
        return self.in_tenants(reader.access.tenant_ids(*rights))

    def in_tenants(self, tenant_ids: frozenset[int] | None) -> Self:
        """None: every tenant."""
        if tenant_ids is None:
            return self.all()
        if not tenant_ids:
            return self.none()
        return self.filter(**{f"{self.tenant_path}__in": tenant_ids})

    def for_tenant(self, tenant: Any) -> Self:
        """`tenant`: a Tenant or its id."""
        return self.filter(**{self.tenant_path: getattr(tenant, "pk", tenant)})

    def locked(self) -> Self:
        """For a door: rows locked in one order for all, without blocking inserts that point at them."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)
