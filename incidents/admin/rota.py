"""Who has the desk on which day, and who is on call."""

from django.contrib import admin

from config.admin import DeskModelAdmin
from incidents.models import OnCall, RotaShift


@admin.register(RotaShift)
class RotaShiftAdmin(DeskModelAdmin):
    edit_right = "hand_over"
    list_display = ["day", "user"]
    list_select_related = ["user"]
    ordering = ["-day"]


@admin.register(OnCall)
class OnCallAdmin(DeskModelAdmin):
    edit_right = "hand_over"
    list_display = ["user", "step", "starts_at", "ends_at"]
    list_select_related = ["user"]
    ordering = ["-starts_at"]
