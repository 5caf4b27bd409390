from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from tenants.models.visibility import TenantQuerySet

GOOD_SCORE = 4  # of five; below it somebody should read the comment


class Survey(models.Model):
    """What the requester thought of it: asked once a closing, one answer, editable for a while."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="surveys", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False)
    requester = models.ForeignKey("tenants.Requester", models.PROTECT, related_name="surveys")
    window = models.PositiveSmallIntegerField(default=1)
    sent_at = models.DateTimeField()
    asks_nps = models.BooleanField(default=False)
    csat = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(5)])
    nps = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(10)])
    words = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    editable_until = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(name="cases_survey_requester", fields=["requester", "sent_at"]),
            models.Index(name="cases_survey_bad", fields=["tenant", "answered_at"], condition=Q(csat__lt=GOOD_SCORE)),
            models.Index(name="cases_survey_answered", fields=["answered_at"], condition=Q(answered_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(name="cases_survey_once", fields=["case", "window"]),
            models.CheckConstraint(name="cases_survey_csat", condition=Q(csat=None) | Q(csat__gte=1, csat__lte=5)),
            models.CheckConstraint(name="cases_survey_nps", condition=Q(nps=None) | Q(nps__gte=0, nps__lte=10)),
            models.CheckConstraint(
                name="cases_survey_answered_whole",
                condition=Q(
                    answered_at__isnull=True, csat__isnull=True, nps__isnull=True, words="", editable_until__isnull=True
                )
                | Q(answered_at__isnull=False, csat__isnull=False, editable_until__isnull=False),
            ),
        ]
