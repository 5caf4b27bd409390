from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from config.admin import DeskModelAdmin
from sla.models import CauseCode


@admin.register(CauseCode)
class CauseCodeAdmin(DeskModelAdmin):
    view_right = "see_cases"
    edit_right = "edit_promises"
    list_display = ["code", "name", "active"]
    list_filter = ["active"]
    search_fields = ["code", "name"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # breaches keep their cause: a code out of use is made inactive
