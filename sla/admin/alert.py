from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from config.admin import actor_for
from sla.admin import acts
from sla.domain import reading
from sla.enums import AlertKind, AlertStatus
from sla.models import Alert, AlertRecipient
from tenants.admin.base import ReadOnlyInline, ScopedReadOnlyAdmin
from tenants.admin.filters import OfTenant


class RecipientInline(ReadOnlyInline):
    model = AlertRecipient
    fields = ["role", "user", "stands_in", "tell_at", "told_at"]
    verbose_name_plural = _("Who hears of it")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user")


@admin.register(Alert)
class AlertAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["title", "kind", "tenant", "status", "raised_at", "acknowledged_by", "what_to_do"]
    list_filter = [OfTenant, "status", "kind"]
    search_fields = ["title", "tenant__name", "=id"]
    search_help_text = _("A reference, a tenant or a number")
    date_hierarchy = None
    ordering = ["-raised_at", "-id"]
    fields = [
        ("kind", "status"),
        ("title", "tenant"),
        "the_clock",
        ("raised_at", "noticed_at", "tell_at"),
        ("acknowledged_by", "acknowledged_at"),
        ("resolved_by", "resolved_at"),
        ("real_risk", "reason"),
        "nobody",
        "what_to_do",
    ]
    readonly_fields = ["the_clock", "what_to_do"]
    inlines = [RecipientInline]
    custom_urls = (
        ("<int:pk>/acknowledge", "sla_alert_acknowledge", acts.Acknowledge.as_view()),
        ("<int:pk>/answer", "sla_alert_answer", acts.AnswerWarning.as_view()),
        ("<int:pk>/resolve", "sla_alert_resolve", acts.Resolve.as_view()),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return reading.alert_list(actor=actor_for(request))

    @admin.display(description=_("promise"))
    def the_clock(self, alert: Alert) -> str:
        if alert.clock is None:
            return "–"
        return format_html('<a href="{}">{}</a>', reverse("admin:sla_clock_change", args=[alert.clock_id]), alert.clock)

    @admin.display(description=_("what to do"))
    def what_to_do(self, alert: Alert) -> str:
        links = []
        if alert.status == AlertStatus.OPEN and alert.kind == AlertKind.WARNING:
            links.append(("admin:sla_alert_answer", _("Is the risk real?")))
        elif alert.status == AlertStatus.OPEN:
            links.append(("admin:sla_alert_acknowledge", _("Acknowledge")))
        if alert.status != AlertStatus.RESOLVED:
            links.append(("admin:sla_alert_resolve", _("Resolve")))
        buttons = [(reverse(name, args=[alert.pk]), said) for name, said in links]
        return format_html_join(" ", '<a class="btn small" href="{}">{}</a>', buttons) or "–"
