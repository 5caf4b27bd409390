"""Tenants with their people; who can see a tenant."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from config.admin import actor_for, to_row
from tenants.admin.base import OfColleagues, OwnedInline, ReadingPage, ScopedAdmin, ScopedReadOnlyAdmin
from tenants.admin.filters import OfTenant
from tenants.domain import reading
from tenants.domain.access_log import note_view
from tenants.domain.actors import Actor
from tenants.domain.newest import latest
from tenants.enums import Right
from tenants.models import Contact, Entitlement, EscalationRoute, HealthSnapshot, Project, Tenant, TenantPerson


class PersonInline(OfColleagues, OwnedInline):
    model = TenantPerson
    verbose_name_plural = _("Our people")


class ContactInline(OwnedInline):
    model = Contact


class EntitlementInline(OwnedInline):
    model = Entitlement


class ProjectInline(OwnedInline):
    model = Project


class RouteInline(OfColleagues, OwnedInline):
    model = EscalationRoute


class WhoSees(ReadingPage):
    """Who can see a tenant, since when, until when, why, and when they last did."""

    template_name = "tenants/admin/who_sees.html"

    def context_of(self, *, actor: Actor, at: datetime, **kwargs: Any) -> dict[str, Any]:
        holders = reading.who_can_see(kwargs["pk"], actor=actor, at=at)
        tenant = reading.tenant_by_id(kwargs["pk"], actor=actor)
        return {"title": _("Who can see %(tenant)s") % {"tenant": tenant}, "tenant": tenant, "holders": holders}


class Health(ReadingPage):
    """The newest readings of a tenant; what is older than a day says so."""

    template_name = "tenants/admin/health.html"

    def context_of(self, *, actor: Actor, at: datetime, **kwargs: Any) -> dict[str, Any]:
        tenant = reading.tenant_by_id(kwargs["pk"], actor=actor)
        actor.require(Right.SEE_CASES, tenant_id=tenant.pk)
        note_view(self.request, [tenant.pk], 1)
        return {
            "title": _("Health of %(tenant)s") % {"tenant": tenant},
            "tenant": tenant,
            "readings": latest(tenant.pk, at=at),
        }


@admin.register(Tenant)
class TenantAdmin(ScopedAdmin):
    view_right = "see_cases"
    edit_right = "manage_desk"
    list_display = ["client", "slug", "support_tier", "plan", "segment", "region", "billing_status"]
    list_display_links = ["slug"]
    list_filter = ["support_tier", "billing_status", "segment", "region"]
    search_fields = ["name", "slug"]
    readonly_fields = ["version"]
    inlines = [PersonInline, ContactInline, EntitlementInline, ProjectInline, RouteInline]
    actions_detail = ["console", "who_sees", "health"]
    custom_urls = (
        ("<int:pk>/who-sees", "tenants_tenant_who_sees_page", WhoSees.as_view()),
        ("<int:pk>/health", "tenants_tenant_health_page", Health.as_view()),
    )
    fieldsets = [
        (None, {"fields": [("name", "slug"), ("plan", "support_tier"), ("segment", "region"), "data_residency"]}),
        (
            _("Business"),
            {"fields": ["billing_status", ("arr", "arr_currency"), ("time_zone", "language"), "closed_at", "notes"]},
        ),
        (
            _("Timers of its cases"),
            {
                "fields": [
                    ("reminder_days", "no_answer_days"),
                    ("auto_close_days", "auto_close_reminder_days"),
                    "reopen_days",
                ],
                "description": _("Counted in the tenant's own zone."),
            },
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Tenant | None = None) -> list[str]:
        return ["slug"] if obj else []  # addresses and programs know it by heart

    @admin.display(description=_("name"), ordering="name")
    def client(self, tenant: Tenant) -> str:
        return format_html('<a href="{}">{}</a>', reverse("tenants:console", args=[tenant.slug]), tenant.name)

    @action(description=_("Console"), url_path="at-a-glance")
    def console(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_row("tenants:console", object_id)

    @action(description=_("Who can see it"), url_path="see", permissions=["who_sees"])
    def who_sees(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_row("admin:tenants_tenant_who_sees_page", object_id)

    def has_who_sees_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(actor_for(request).access.any("see_audit", "manage_access"))

    @action(description=_("Health"), url_path="newest-health")
    def health(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_row("admin:tenants_tenant_health_page", object_id)


@admin.register(HealthSnapshot)
class HealthSnapshotAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["taken_at", "tenant", "resource", "kind", "name", "value", "threshold", "status"]
    list_filter = [OfTenant, "kind", "status"]
    list_select_related = ["tenant", "resource"]
    search_fields = ["name", "resource__key", "tenant__slug"]
