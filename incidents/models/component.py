"""What the status page lists: parts of the service as clients know them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Component(models.Model):
    name = models.CharField(max_length=120, unique=True)
    description = models.CharField(max_length=300, blank=True)
    group = models.CharField(max_length=80, blank=True, help_text=_("Heading it stands under."))
    position = models.PositiveSmallIntegerField(default=1)
    resource = models.ForeignKey(
        "tenants.Resource",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("An open public incident on this resource, or on one it depends on, shows here."),
    )
    maintenance = models.BooleanField(default=False, help_text=_("Under planned maintenance now."))
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["group", "position", "name"]

    def __str__(self) -> str:
        return self.name
