"""Work for clients, in their words."""

from django.contrib import admin

from cadence.models import WorkItem
from tenants.admin.base import ScopedAdmin


@admin.register(WorkItem)
class WorkItemAdmin(ScopedAdmin):
    view_right = "see_cases"
    edit_right = "client_words"
    list_display = ["title", "tenant", "state", "kind", "shipped_on", "internal"]
    list_select_related = ["tenant"]
    list_filter = ["state", "kind", "internal", "tenant"]
    search_fields = ["title", "source"]
    fields = ["tenant", "title", "state", "shipped_on", "blocked_by", "kind", "internal", "source"]
