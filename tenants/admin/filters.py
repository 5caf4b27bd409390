from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.admin import actor_for
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
        value = self.value()
        known = value is not None and value.isascii() and value.isdecimal() and len(value) < 19
        return queryset.for_tenant(int(value)) if value is not None and known else queryset
