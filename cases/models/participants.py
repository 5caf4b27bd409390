from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.enums import ParticipantKind
from tenants.models.visibility import TenantQuerySet


class Participant(models.Model):
    """Somebody beside requester and owner: a requester of the tenant who gets copies (cc), one of us who follows, or
    one of us who only reads here otherwise and may note (noter).

    Who gets copies reads the case's public part and may answer; moving it stays with who asked.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="participants", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=ParticipantKind)
    requester = models.ForeignKey("tenants.Requester", models.PROTECT, null=True, blank=True, related_name="+")
    user = models.ForeignKey("tenants.User", models.PROTECT, null=True, blank=True, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=80, help_text=_("Who: user:7, system"))

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="cases_participant_who",
                condition=Q(kind=ParticipantKind.CC, requester__isnull=False, user=None)
                | Q(kind__in=[ParticipantKind.FOLLOWER, ParticipantKind.NOTER], requester=None, user__isnull=False),
            ),
            models.UniqueConstraint(
                name="cases_participant_copy_once", fields=["case", "requester"], condition=Q(requester__isnull=False)
            ),
            models.UniqueConstraint(
                name="cases_participant_ours_once",
                fields=["case", "user", "kind"],
                condition=Q(user__isnull=False),
            ),
        ]
        indexes = [models.Index(name="cases_participant_case", fields=["case"])]

    def __str__(self) -> str:
        return f"CASE-{self.case_id}: {self.get_kind_display()}"
