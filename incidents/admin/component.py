"""What the status page lists."""

from django.contrib import admin

from incidents.models import Component
from tenants.admin.base import ScopedAdmin


@admin.register(Component)
class ComponentAdmin(ScopedAdmin):
    edit_right = "run_incidents"
    list_display = ["name", "group", "position", "resource", "maintenance"]
    list_select_related = ["resource"]
    list_filter = ["group", "maintenance"]
    search_fields = ["name"]
