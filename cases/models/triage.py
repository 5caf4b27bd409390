from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.enums import Fact, Operator, Priority


class TriageRule(models.Model):
    """One line of the ordered table that proposes a priority: the first that holds decides."""

    position = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(max_length=120, unique=True)
    fact = models.CharField(max_length=20, choices=Fact)
    operator = models.CharField(max_length=12, choices=Operator, default=Operator.IS)
    value = models.CharField(max_length=200, blank=True)
    priority = models.CharField(
        max_length=2, choices=Priority, blank=True, help_text=_("Empty: the priority that the known issue carries")
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class KnownIssue(models.Model):
    """The frontline's first look-up. Named KI-<number>."""

    code = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=300)
    symptoms = models.TextField(blank=True)
    error_codes = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    workaround = models.TextField(blank=True)
    affected_versions = models.CharField(max_length=200, blank=True)
    priority = models.CharField(max_length=2, choices=Priority, blank=True)
    bug_url = models.URLField(max_length=500, blank=True)
    active = models.BooleanField(default=True)
    noted_at = models.DateTimeField(
        null=True,
        db_default=Now(),
        editable=False,
        help_text=_("When it was written down; empty for what was there before anybody asked"),
    )

    class Meta:
        ordering = ["code"]
        indexes = [GinIndex(name="cases_knownissue_errors", fields=["error_codes"])]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
