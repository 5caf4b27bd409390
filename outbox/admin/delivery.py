from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from config.admin import ReadOnlyAdmin
from outbox.admin import acts
from outbox.admin.inlines import InterventionInline, ReadOnlyInline
from outbox.enums import DeliveryStatus
from outbox.models import Delivery, DeliveryAttempt


class AttemptInline(ReadOnlyInline):
    model = DeliveryAttempt
    fields = ["number", "started_at", "outcome", "error"]
    readonly_fields = fields
    ordering = ["number"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """How messages fare. What they say is on the Sent page, for those who may read their tenant."""

    view_right = "manage_desk"
    tenant_path = "tenant_id"
    list_display = ["id", "created_at", "to", "channel", "status", "attempts", "next_attempt_at", "why", "what_to_do"]
    list_filter = ["status", "automated"]  # channel is no choice: its filter would read every row
    search_fields = ["to", "=message_id", "=id"]
    search_help_text = _("An address, a Message-ID or a number")
    ordering = ["-id"]
    fields = [
        ("channel", "to"),
        ("about_kind", "about_id", "tenant_id"),
        "message_id",
        ("status", "sent_via", "attempts", "forgiven"),
        ("created_at", "claimed_at", "next_attempt_at", "settled_at"),
        "automated",
        "error",
        "what_to_do",
    ]
    readonly_fields = ["what_to_do"]
    inlines = [AttemptInline, InterventionInline]
    custom_urls = (
        ("<int:pk>/retry", "outbox_delivery_retry", acts.RetryDelivery.as_view()),
        ("<int:pk>/skip", "outbox_delivery_skip", acts.SkipDelivery.as_view()),
    )

    @admin.display(description=_("error"))
    def why(self, row: Delivery) -> str:
        return row.error[:120]

    @admin.display(description=_("what to do"))
    def what_to_do(self, row: Delivery) -> str:
        links = []
        if row.status in (DeliveryStatus.DEAD, DeliveryStatus.SKIPPED):
            links.append(("admin:outbox_delivery_retry", _("Send again")))
        if row.status == DeliveryStatus.DEAD:
            links.append(("admin:outbox_delivery_skip", _("Let it go with a reason")))
        return (
            format_html_join(
                " ",
                '<a class="btn small" href="{}">{}</a>',
                [(reverse(name, args=[row.pk]), said) for name, said in links],
            )
            or "–"
        )
