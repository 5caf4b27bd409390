"""The facts of the cadence that are not cases: what was built for a client, in the client's words."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cadence.enums import WorkKind, WorkState
from tenants.models.visibility import TenantQuerySet


class WorkItem(models.Model):
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="work_items")
    title = models.CharField(max_length=200, help_text=_("In the client's words."))
    state = models.CharField(max_length=12, choices=WorkState, default=WorkState.IN_PROGRESS)
    kind = models.CharField(max_length=8, choices=WorkKind, default=WorkKind.VALUE)
    blocked_by = models.CharField(max_length=200, blank=True, help_text=_("What it waits for."))
    source = models.CharField(max_length=200, blank=True, help_text=_("Where it is tracked: a link or a key."))
    internal = models.BooleanField(default=False, help_text=_("Never enters an update to the client."))
    shipped_on = models.DateField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["tenant", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="work_shipped_on_iff_shipped",
                condition=Q(state="shipped", shipped_on__isnull=False)
                | (~Q(state="shipped") & Q(shipped_on__isnull=True)),
                violation_error_message=_("A shipped item has the day it was shipped; any other has none."),
            ),
        ]
        indexes = [models.Index(name="work_of_tenant", fields=["tenant", "state"])]

    def __str__(self) -> str:
        return self.title
