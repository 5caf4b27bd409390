"""What closed cases taught the backlogs, and which category feeds which."""

from django.contrib import admin

from reporting.models import CategoryBacklog, FeedbackEvent
from tenants.admin.base import ScopedAdmin, ScopedReadOnlyAdmin


@admin.register(FeedbackEvent)
class FeedbackEventAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["proposal", "backlog", "segment", "case", "emitted_at"]
    list_select_related = ["case"]
    list_filter = ["backlog", "segment"]
    search_fields = ["proposal"]
    ordering = ["-pk"]


@admin.register(CategoryBacklog)
class CategoryBacklogAdmin(ScopedAdmin):
    view_right = "see_cases"
    edit_right = "hand_over"
    list_display = ["category", "backlog"]
    list_select_related = ["category"]
