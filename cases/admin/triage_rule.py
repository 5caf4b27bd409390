from django.contrib import admin

from cases.models import TriageRule
from config.admin import DeskModelAdmin


@admin.register(TriageRule)
class TriageRuleAdmin(DeskModelAdmin):
    """The ordered table that proposes a priority: the first rule that holds decides."""

    view_right = "see_cases"
    edit_right = "hand_over"
    list_display = ("position", "name", "fact", "operator", "value", "priority", "active")
    list_display_links = ("name",)
    list_filter = ("active", "fact", "priority")
    ordering = ("position",)
