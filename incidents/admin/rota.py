"""Who has the desk on which day, and who is on call."""

from django.contrib import admin

from incidents.models import OnCall, RotaShift
from tenants.admin.base import OfColleagues, ScopedAdmin


@admin.register(RotaShift)
class RotaShiftAdmin(OfColleagues, ScopedAdmin):
    edit_right = "hand_over"
    list_display = ["day", "user"]
    list_select_related = ["user"]
    ordering = ["-day"]


@admin.register(OnCall)
class OnCallAdmin(OfColleagues, ScopedAdmin):
    edit_right = "hand_over"
    list_display = ["user", "step", "starts_at", "ends_at"]
    list_select_related = ["user"]
    ordering = ["-starts_at"]
