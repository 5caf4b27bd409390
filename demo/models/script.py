"""The demo's script: stories, and the acts that people in them still have to do or have done."""

from django.db import models
from django.db.models import Q


class Story(models.Model):
    """One case or incident as it is meant to go."""

    name = models.CharField(max_length=80)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    case = models.OneToOneField("cases.Case", null=True, on_delete=models.CASCADE, related_name="+")
    incident = models.OneToOneField("incidents.Incident", null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "stories"

    def __str__(self) -> str:
        return self.name


class Act(models.Model):
    """What somebody does at `at`, by one domain door. `by` is a username, or empty for the customer.

    `refusal`: what the door said when the story had meanwhile gone another way; such an act is over, too.
    """

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="acts")
    at = models.DateTimeField()
    name = models.CharField(max_length=30)
    by = models.CharField(max_length=40, blank=True)
    words = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)
    refusal = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(name="demo_act_due", fields=["at"], condition=Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M}"
