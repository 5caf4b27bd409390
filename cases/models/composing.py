from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.enums import ComposerTab
from tenants.models.visibility import TenantQuerySet


class Draft(models.Model):
    """What somebody has begun to write on a case, or in one of its side talks, and not sent; theirs alone."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="+", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    user = models.ForeignKey("tenants.User", models.CASCADE, related_name="+")
    tab = models.CharField(max_length=5, choices=ComposerTab)
    talk = models.ForeignKey("cases.SideTalk", models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    body = models.TextField()
    saved_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="cases_draft_one_a_box", fields=["case", "user", "tab", "talk"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="cases_draft_of_a_talk",
                condition=Q(tab=ComposerTab.SIDE, talk__isnull=False) | (~Q(tab=ComposerTab.SIDE) & Q(talk=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_tab_display()} on CASE-{self.case_id}"


class Sending(models.Model):
    """One press of a send button, kept with what it said: the second press of the same form is this one, and while its
    mail is held it can be taken back.

    `before`: the case and its clocks; `after`: the columns of the case that it changed, as it left them.
    """

    token = models.UUIDField(unique=True)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    user = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    tab = models.CharField(max_length=5, choices=ComposerTab)
    at = models.DateTimeField()
    held_until = models.DateTimeField(help_text=_("Until then its mail stays in the house"))
    entries = ArrayField(models.BigIntegerField(), default=list, help_text=_("What it put on the timeline"))
    case_version = models.PositiveIntegerField(help_text=_("The version of the case that it made"))
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(name="cases_sending_of_person", fields=["user", "at"])]

    def __str__(self) -> str:
        return f"{self.get_tab_display()} on CASE-{self.case_id}"
