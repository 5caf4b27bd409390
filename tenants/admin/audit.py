"""What was changed and what was looked at; for who may see the audit, of their tenants."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from tenants.admin.base import ScopedReadOnlyAdmin
from tenants.admin.filters import OfTenant
from tenants.domain import reading
from tenants.models import AccessEntry, AuditEntry


class OfTable(admin.SimpleListFilter):
    title = _("table")
    parameter_name = "table"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name.replace("_", " · ", 1)) for name in reading.audited_tables()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(table_name=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ScopedReadOnlyAdmin):
    view_right = "see_audit"
    list_display = ["at", "actor", "op", "table_name", "row_id", "changed", "ip"]
    list_filter = [OfTenant, OfTable, "op", ("at", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["=actor", "=row_id", "=request_id"]
    search_help_text = _("An actor (user:7), a row's id, or a request's id")

    @admin.display(description=_("columns"))
    def changed(self, entry: AuditEntry) -> str:
        return ", ".join(sorted({*entry.old, *entry.new}))


@admin.register(AccessEntry)
class AccessEntryAdmin(ScopedReadOnlyAdmin):
    view_right = "see_audit"
    list_display = ["at", "actor", "method", "path", "rows", "tenant_ids", "grant_ids", "ip"]
    list_filter = [OfTenant, ("at", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["=actor", "=request_id", "path"]
    search_help_text = _("An actor (user:7), a request's id, or a part of the address")
