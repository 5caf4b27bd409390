from django.contrib import admin

from config.admin import ReadOnlyAdmin
from outbox.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    view_right = "manage_desk"
    tenant_path = "tenant_id"
    list_display = ["id", "name", "tenant_id", "at", "feed_number", "cause"]
    list_filter = ["in_feed"]
    search_fields = ["=name", "=id", "=tenant_id"]
    search_help_text = "The whole name (cases.case-opened), or the number of an event or a tenant"
    ordering = ["-id"]
    list_select_related = ["cause"]
