from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from config.admin import actor_for, to_row
from tenants.admin.base import OwnedInline, ReadingPage, ScopedAdmin
from tenants.domain import reading
from tenants.domain.access_log import note_view
from tenants.domain.actors import Actor
from tenants.domain.blast_radius import radius
from tenants.enums import Right
from tenants.models import Resource, ResourceEdge, ResourceTenant


class UserInline(OwnedInline):
    model = ResourceTenant
    verbose_name_plural = _("Tenants that use it")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).visible_to(actor_for(request)).select_related("tenant")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "tenant":
            kwargs["queryset"] = db_field.remote_field.model.objects.visible_to(actor_for(request), Right.RUN_INCIDENTS)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class EdgeInline(OwnedInline):
    """What depends on this; only resources that the reader sees are named or can be chosen."""

    model = ResourceEdge
    fk_name = "upstream"
    verbose_name_plural = _("Downstream: trouble here reaches")

    def get_queryset(self, request: HttpRequest) -> Any:
        visible = Resource.objects.visible_to(actor_for(request))
        return super().get_queryset(request).filter(downstream__in=visible).select_related("downstream")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "downstream":
            kwargs["queryset"] = Resource.objects.visible_to(actor_for(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class BlastRadius(ReadingPage):
    template_name = "tenants/admin/blast_radius.html"

    def context_of(self, *, actor: Actor, at: datetime, **kwargs: Any) -> dict[str, Any]:
        row = reading.resource_by_id(kwargs["pk"], actor=actor)
        reached = radius([row.pk], actor=actor)
        note_view(self.request, [tenant.pk for tenant in reached.tenants], len(reached.nodes))
        return {"title": _("Blast radius of %(name)s") % {"name": row}, "resource": row, "radius": reached}


@admin.register(Resource)
class ResourceAdmin(ScopedAdmin):
    view_right = "see_cases"
    edit_right = "run_incidents"
    list_display = ["key", "name", "kind", "tenant", "region", "version", "health", "health_at"]
    list_filter = ["health", "kind", "region"]
    list_select_related = ["tenant"]
    search_fields = ["key", "name"]
    inlines = [UserInline, EdgeInline]
    actions_detail = ["blast_radius"]
    custom_urls = (("<int:pk>/radius", "tenants_resource_radius", BlastRadius.as_view()),)

    def get_readonly_fields(self, request: HttpRequest, obj: Resource | None = None) -> list[str]:
        told = ["health", "health_at"]  # by telemetry
        return ["key", "tenant", *told] if obj else told

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "tenant":
            kwargs["queryset"] = db_field.remote_field.model.objects.visible_to(actor_for(request), Right.RUN_INCIDENTS)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @action(description=_("Blast radius"), url_path="blast-radius")
    def blast_radius(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_row("admin:tenants_resource_radius", object_id)
