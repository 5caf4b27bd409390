from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases.enums import SPOKEN, InteractionKind, SpokenBy
from cases.models.cases import STRETCH
from outbox.enums import DeliveryStatus
from outbox.models import Delivery
from tenants.models.visibility import TenantQuerySet

INTERACTION_TEXT = SearchVector("body", config="simple")


class InteractionQuerySet(TenantQuerySet):
    def shown_to_client(self):
        """The public part: what was said openly and not taken back."""
        return self.filter(public=True, retracted_by__isnull=True)

    def out_by(self, at):
        """Without what its writer may yet take back: its mail is held until later."""
        held = Delivery.objects.filter(pk=OuterRef("delivery_id"), attempts=0, next_attempt_at__gt=at)
        return self.exclude(Exists(held.filter(status=DeliveryStatus.QUEUED)))


class Interaction(models.Model):
    """One entry of a case's timeline. Append-only: what was taken back is retracted by a later entry."""

    case = models.ForeignKey(
        "cases.Case", models.PROTECT, related_name="interactions", db_index=False, db_constraint=False
    )
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=InteractionKind)
    public = models.BooleanField(default=False)
    by_kind = models.CharField(max_length=12, choices=SpokenBy)
    user = models.ForeignKey("tenants.User", models.PROTECT, null=True, blank=True, related_name="+")
    requester = models.ForeignKey("tenants.Requester", models.PROTECT, null=True, blank=True, related_name="+")
    actor_name = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    delivery_id = models.BigIntegerField(null=True, blank=True, help_text=_("The mail that carried it"))
    macro = models.ForeignKey(
        "cases.Macro",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        db_index=False,
        help_text=_("The canned answer that it was made from"),
    )
    written_to = models.ForeignKey(
        "cases.Case",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text=_("The merged case that it was said to: it landed on the one that this had become"),
    )
    retracts = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="retracted_by")
    source_key = models.CharField(
        max_length=200, null=True, blank=True, unique=True, help_text=_("Identity in the system it was imported from")
    )

    objects = InteractionQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(name="cases_interaction_timeline", fields=["case", "at", "id"]),
            models.Index(name="cases_interaction_macro", fields=["macro", "-at"], condition=Q(macro__isnull=False)),
            models.Index(
                name="cases_interaction_written_to", fields=["written_to"], condition=Q(written_to__isnull=False)
            ),
            GinIndex(
                F("tenant"), STRETCH, INTERACTION_TEXT, name="cases_interaction_text", condition=Q(kind__in=SPOKEN)
            ),
        ]
        constraints = [
            models.CheckConstraint(name="cases_interaction_one_speaker", condition=Q(user=None) | Q(requester=None)),
            models.CheckConstraint(
                name="cases_interaction_notes_are_internal", condition=~Q(kind=InteractionKind.NOTE, public=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.actor_name}"
