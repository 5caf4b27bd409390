"""What a case is tied to: its clocks, incidents, resources, files and names in other systems.

Rows that come by the million (here and in the timeline, the log and the escalations) are held by the key to case and
tenant together, which the migrations make (`config/tenancy_sql.py`); `db_constraint=False` spares the database two more
checks a row that could find nothing else.
"""

from django.db import models
from django.db.models import Q

from cases.enums import ClockKind
from tenants.models.visibility import TenantQuerySet


class CaseClock(models.Model):
    """A promise made on a case. The clock itself knows no case."""

    case = models.ForeignKey(
        "cases.Case", models.PROTECT, related_name="case_clocks", db_index=False, db_constraint=False
    )
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    clock = models.OneToOneField("sla.Clock", models.PROTECT, related_name="case_clock", db_constraint=False)
    kind = models.CharField(max_length=20, choices=ClockKind)
    window = models.PositiveSmallIntegerField(default=1)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="cases_caseclock_once", fields=["case", "kind", "window"]),
        ]


class CaseIncident(models.Model):
    """`removed_at` keeps a link that was made by itself from being made again."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="case_incidents", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False)
    incident = models.ForeignKey("incidents.Incident", models.PROTECT, related_name="case_incidents")
    linked_by = models.CharField(max_length=80)
    linked_at = models.DateTimeField()
    automatic = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=80, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="cases_caseincident_once", fields=["case", "incident"]),
            models.CheckConstraint(
                name="cases_caseincident_removed_by_whom",
                condition=Q(removed_at__isnull=True, removed_by="") | (Q(removed_at__isnull=False) & ~Q(removed_by="")),
            ),
        ]


class CaseResource(models.Model):
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="case_resources", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False)
    resource = models.ForeignKey("tenants.Resource", models.PROTECT, related_name="case_resources")

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="cases_caseresource_once", fields=["case", "resource"])]


class Attachment(models.Model):
    """A file on a case. Without an interaction it waits to be sent with one; public ones the client can fetch."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="attachments", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False)
    interaction = models.ForeignKey(
        "cases.Interaction", models.PROTECT, null=True, blank=True, related_name="attachments"
    )
    blob = models.ForeignKey("tenants.Blob", models.PROTECT, related_name="attachments")
    public = models.BooleanField(default=False)
    added_by = models.CharField(max_length=80)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(name="cases_attachment_case", fields=["case", "id"])]


class ExternalRef(models.Model):
    """The same case under its name in another system."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="external_refs", db_constraint=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    system = models.CharField(max_length=80)
    external_id = models.CharField(max_length=200)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="cases_externalref_once", fields=["system", "external_id"])]

    def __str__(self) -> str:
        return f"{self.system}:{self.external_id}"
