from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.admin import actor_for
from config.numbers import row_number
from tenants.domain import reading


class OfTenant(admin.SimpleListFilter):
    """By tenant, of those that the reader may know: Django's own filter of a foreign key names them all.

    For lists whose queryset is a `TenantQuerySet`.
    """

    title = _("tenant")
    parameter_name = "tenant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(tenant.pk), tenant.name) for tenant in reading.tenant_names(actor=actor_for(request))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        number = row_number(self.value())
        return queryset if number is None else queryset.for_tenant(number)


class KnownRowsFilter(admin.RelatedFieldListFilter):
    """Django's filter of a foreign key offers every row there is; this one those that the reader may know."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = field.remote_field.model._default_manager.visible_to(actor_for(request), right=None)
        ordering = self.field_admin_ordering(field, request, model_admin)
        return [(row.pk, str(row)) for row in (rows.order_by(*ordering) if ordering else rows)]


def points_at_scoped_rows(field: Any) -> bool:
    remote = getattr(field, "remote_field", None)
    return remote is not None and hasattr(getattr(remote.model, "_default_manager", None), "visible_to")


# For the lists of every room: a filter that names a neighbour's rows is a leak that nobody would think of.
admin.FieldListFilter.register(points_at_scoped_rows, KnownRowsFilter, take_priority=True)
