from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.enums import FieldKind

WITH_CHOICES = (FieldKind.CHOICE, FieldKind.CHOICES)
KEY = r"[a-z][a-z0-9_]{0,39}"


class CustomField(models.Model):
    """What this desk asks of a case beyond its own columns. Values stand in `Case.custom_fields` under `key`.

    Key and kind stay as they were made: values depend on them. It is archived, never deleted; what was filled in stays.
    """

    key = models.CharField(
        max_length=40, unique=True, help_text=_("Its name in the API and in the line, as in field.region:eu")
    )
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=FieldKind)
    help = models.CharField(max_length=200, blank=True, help_text=_("Said under it where it is filled in"))
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    required_to_resolve = models.BooleanField(default=False, help_text=_("A case without it is not resolved"))
    categories = models.ManyToManyField(
        "cases.Category", related_name="custom_fields", blank=True, help_text=_("Asked for these alone; none: for all")
    )
    position = models.PositiveSmallIntegerField(default=100, help_text=_("The lowest comes first"))
    archived = models.BooleanField(default=False, help_text=_("Asked no more; values that are there stay"))

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(name="cases_customfield_key", condition=Q(key__regex=rf"^{KEY}$")),
            models.CheckConstraint(
                name="cases_customfield_choices_iff_choice",
                condition=(Q(kind__in=WITH_CHOICES) & ~Q(choices=[])) | (~Q(kind__in=WITH_CHOICES) & Q(choices=[])),
            ),
        ]

    def __str__(self) -> str:
        return self.label
