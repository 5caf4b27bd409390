from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.visibility import TenantQuerySet


class BulkRun(models.Model):
    """One thing done to a selection of cases. `token` comes with the form: sent twice, it is still one run."""

    token = models.UUIDField(unique=True)
    user = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    action = models.CharField(max_length=40)
    asked = models.JSONField(default=dict, blank=True)
    absent = models.PositiveSmallIntegerField(default=0, help_text=_("Selected, but not there for this person."))
    at = models.DateTimeField()
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.action} by {self.user}"


class BulkResult(models.Model):
    """What came of it for one case, written in the transaction that did it. `refusal` empty: done.

    `before`: what the case was, for taking all of it back; `version`: the one that the run made.
    """

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="results")
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_constraint=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    refusal = models.TextField(blank=True)
    before = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=0)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="cases_bulkresult_once", fields=["run", "case"])]

    def __str__(self) -> str:
        return self.refusal or "done"
