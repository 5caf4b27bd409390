from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import TabularInline

from outbox.models import Intervention


class InterventionInline(TabularInline):
    """Who did what about this row, and why."""

    model = Intervention
    fields = ["at", "kind", "by", "reason"]
    readonly_fields = fields
    ordering = ["-at"]
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True  # whoever may see the row itself

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
