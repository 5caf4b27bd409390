from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import TabularInline

from outbox.models import Intervention


class ReadOnlyInline(TabularInline):
    """Rows that belong to the one that is shown; whoever may see that one may see them."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class InterventionInline(ReadOnlyInline):
    """Who did what about this row, and why."""

    model = Intervention
    fields = ["at", "kind", "by", "reason"]
    readonly_fields = fields
    ordering = ["-at"]
