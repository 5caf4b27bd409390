"""The weekly update to a client: same day, same shape, three sections, under 200 words, sent by a person."""

from datetime import datetime

import django_fsm as fsm
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cadence.enums import UpdateStatus
from tenants.models.visibility import TenantQuerySet


class WeeklyUpdate(fsm.FSMModelMixin, models.Model):
    """Draft → sent, once. Each section is `[{"text", "fact": {"kind", "label", "url"} | null}]`.

    `clock` is the promise that it is sent before the Friday wrap: it warns and breaches like any other.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="weekly_updates")
    week = models.DateField(help_text=_("The Friday it is for."))
    status = fsm.FSMField(choices=UpdateStatus, default=UpdateStatus.DRAFT, protected=True)
    shipped = models.JSONField(default=list)
    in_progress = models.JSONField(default=list)
    blocked = models.JSONField(default=list)
    drafted_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_text = models.TextField(blank=True, help_text=_("Word for word what the client got."))
    clock = models.OneToOneField("sla.Clock", on_delete=models.PROTECT, related_name="weekly_update")
    version = models.PositiveIntegerField(default=1)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-week", "tenant"]
        constraints = [
            models.UniqueConstraint(name="weekly_one_a_week", fields=["tenant", "week"]),
            models.CheckConstraint(
                name="weekly_sent_whole",
                condition=Q(status="sent", sent_at__isnull=False, sent_by__isnull=False) & ~Q(sent_text="")
                | (~Q(status="sent") & Q(sent_at__isnull=True, sent_by__isnull=True, sent_text="")),
            ),
        ]
        indexes = [
            models.Index(name="weekly_of_week", fields=["-week", "tenant"]),
            models.Index(name="weekly_drafts", fields=["week"], condition=Q(status=UpdateStatus.DRAFT)),
        ]

    def __str__(self) -> str:
        return f"{self.tenant}, {self.week:%-d %B %Y}"

    @fsm.transition(field=status, source=UpdateStatus.DRAFT, target=UpdateStatus.SENT)
    def _to_sent(self, *, at: datetime, by_id: int, text: str) -> None:
        self.sent_at, self.sent_by_id, self.sent_text = at, by_id, text
