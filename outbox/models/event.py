from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.request_ids import current_request


class Event(models.Model):
    """A past fact that other rooms may hear of. Never changed once written, but for its number in the change feed.

    `at` is when it became true, `created_at` when it was written. `key` is the default ordering key of its
    consumptions: those of one consumer and one key run in the order of their events.
    """

    name = models.CharField(max_length=100, help_text=_("<room>.<thing>-<past>, such as cases.case-opened"))
    tenant_id = models.BigIntegerField(null=True, blank=True)
    payload = models.JSONField(default=dict, help_text=_("Ids and ISO times, never copies of rows"))
    key = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    cause = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="effects")
    in_feed = models.BooleanField(default=False)
    request_id = models.CharField(max_length=100, blank=True, db_default=current_request(), editable=False)
    feed_number = models.BigIntegerField(
        null=True, blank=True, help_text=_("Place in the change feed, given once the event is committed")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feed_number"], condition=Q(feed_number__isnull=False), name="outbox_event_feed_number"
            ),
            models.CheckConstraint(
                condition=Q(feed_number__isnull=True) | Q(in_feed=True), name="outbox_event_numbered_only_in_feed"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(in_feed=True, feed_number__isnull=True), name="outbox_event_unnumbered"
            ),
            models.Index(
                fields=["tenant_id", "feed_number"],
                condition=Q(feed_number__isnull=False),
                name="outbox_event_tenant_feed",
            ),
            models.Index(fields=["created_at"], name="outbox_event_age"),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"
