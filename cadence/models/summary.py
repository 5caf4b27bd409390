"""L2's week as L3 reads it."""

from datetime import datetime

import django_fsm as fsm
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cadence.enums import SummarySection, SummaryStatus
from tenants.models.visibility import TenantQuerySet


class LevelSummary(fsm.FSMModelMixin, models.Model):
    """Draft → published, once, of [covers_from, covers_to). It holds no word itself: its lines belong to clients, its
    figures are counted for each reader. `published_by` empty: nobody of L2 did, so the desk published its draft.
    """

    week = models.DateField(unique=True, help_text=_("The Friday it is of."))
    covers_from = models.DateTimeField()
    covers_to = models.DateTimeField()
    publish_at = models.DateTimeField(help_text=_("When the desk publishes it by itself."))
    status = fsm.FSMField(choices=SummaryStatus, default=SummaryStatus.DRAFT, protected=True, max_length=12)
    drafted_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("week of L2")
        verbose_name_plural = _("weeks of L2")
        ordering = ["-week"]
        constraints = [
            models.CheckConstraint(
                name="summary_published_at_iff_published",
                condition=Q(status=SummaryStatus.PUBLISHED, published_at__isnull=False)
                | (~Q(status=SummaryStatus.PUBLISHED) & Q(published_at__isnull=True, published_by__isnull=True)),
            ),
            models.CheckConstraint(name="summary_covers_a_time", condition=Q(covers_to__gt=F("covers_from"))),
        ]
        indexes = [
            models.Index(name="summary_to_publish", fields=["publish_at"], condition=Q(status=SummaryStatus.DRAFT))
        ]

    def __str__(self) -> str:
        return f"{self.week:%-d %B %Y}"

    @fsm.transition(field=status, source=SummaryStatus.DRAFT, target=SummaryStatus.PUBLISHED)
    def _to_published(self, *, at: datetime, by_id: int | None) -> None:
        self.published_at, self.published_by_id = at, by_id


class SummaryLine(models.Model):
    """What L3 should know of one case of the week. `written_by` empty: as the desk drafted it."""

    summary = models.ForeignKey(LevelSummary, models.PROTECT, related_name="lines")
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+")
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    section = models.CharField(max_length=12, choices=SummarySection)
    text = models.CharField(max_length=500)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="summary_line_once", fields=["summary", "section", "case"]),
            models.CheckConstraint(name="summary_line_says_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.text


class SummaryReader(models.Model):
    """One of L3 who was told of a summary."""

    summary = models.ForeignKey(LevelSummary, models.PROTECT, related_name="readers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="summary_reader_once", fields=["summary", "user"])]
        indexes = [models.Index(name="summary_unread", fields=["user"], condition=Q(read_at=None))]

    def __str__(self) -> str:
        return str(self.user)
