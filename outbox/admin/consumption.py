from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from config.admin import ReadOnlyAdmin
from outbox.admin import acts
from outbox.admin.inlines import InterventionInline
from outbox.enums import ConsumptionStatus
from outbox.models import Consumption


@admin.register(Consumption)
class ConsumptionAdmin(ReadOnlyAdmin):
    """Who heard what. The dead letters are those with the status Dead."""

    view_right = "manage_desk"
    tenant_path = "event__tenant_id"
    list_display = ["event", "consumer", "key", "status", "attempts", "next_attempt_at", "why", "what_to_do"]
    list_filter = ["status"]
    list_select_related = ["event"]
    search_fields = ["=consumer", "=key", "=event__id", "=event__name"]
    search_help_text = _("A whole consumer, ordering key or event name, or the number of an event")
    ordering = ["-id"]
    inlines = [InterventionInline]
    custom_urls = (
        ("<int:pk>/retry", "outbox_consumption_retry", acts.RetryConsumption.as_view()),
        ("<int:pk>/skip", "outbox_consumption_skip", acts.SkipConsumption.as_view()),
    )
    readonly_fields = ["what_to_do"]

    @admin.display(description=_("error"))
    def why(self, row: Consumption) -> str:
        return row.error[:120]

    @admin.display(description=_("what to do"))
    def what_to_do(self, row: Consumption) -> str:
        if row.status != ConsumptionStatus.DEAD:
            return "–"
        return format_html(
            '<a class="btn small" href="{}">{}</a> <a class="btn small" href="{}">{}</a>',
            reverse("admin:outbox_consumption_retry", args=[row.pk]),
            _("Try again"),
            reverse("admin:outbox_consumption_skip", args=[row.pk]),
            _("Skip with a reason"),
        )
