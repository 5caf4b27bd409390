"""What the status page lists."""

from django.contrib import admin

from config.admin import DeskModelAdmin
from incidents.models import Component


@admin.register(Component)
class ComponentAdmin(DeskModelAdmin):
    edit_right = "run_incidents"
    list_display = ["name", "group", "position", "resource", "maintenance"]
    list_select_related = ["resource"]
    list_filter = ["group", "maintenance"]
    search_fields = ["name"]
