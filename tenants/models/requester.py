from typing import Any, ClassVar, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from tenants.models.fields import LanguageField, TimeZoneField
from tenants.models.tenant import TenantOwned
from tenants.models.visibility import TenantQuerySet


class RequesterQuerySet(TenantQuerySet):
    def matching(self, words: str) -> Self:
        return self.filter(Q(name__icontains=words) | Q(email__icontains=words))


class Requester(TenantOwned):
    """Somebody at a client's who opens cases. One row per tenant and address, however the address is written."""

    name = models.CharField(max_length=200)
    email = models.EmailField()
    role = models.CharField(max_length=80, blank=True, help_text=_("What they do at the client's."))
    channel = models.CharField(max_length=40, blank=True, help_text=_("Where they first came from: api, mail, panel."))
    language = LanguageField()
    time_zone = TimeZoneField()
    authentication = models.CharField(
        max_length=40, blank=True, help_text=_("How we know it is them: sso, password, signed link, mail only.")
    )
    sees_all_tenant_cases = models.BooleanField(
        default=False, help_text=_("May follow every case of the tenant, not only their own.")
    )
    anonymised_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[Any] = RequesterQuerySet.as_manager()

    class Meta:
        ordering = ["tenant_id", "name", "pk"]
        indexes = [  # of what `icontains` compares
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="requester_name_parts"),
            GinIndex(OpClass(Upper("email"), "gin_trgm_ops"), name="requester_email_parts"),
        ]
        constraints = [
            models.UniqueConstraint(
                "tenant",
                Lower("email"),
                name="requester_email_once",
                violation_error_message=_("This tenant has a requester with this address already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"
