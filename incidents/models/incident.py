"""An incident (`INC-204`): what broke, whom it hurts, who leads, and every word and act on it."""

from __future__ import annotations

from datetime import date

import django_fsm as fsm
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from incidents.enums import (
    OPEN_STATUSES,
    ChainLevel,
    DetectedBy,
    EntryKind,
    IncidentStatus,
    Severity,
)
from tenants.enums import Right
from tenants.models.visibility import TenantQuerySet, allowed_tenant_ids


class IncidentQuerySet(TenantQuerySet):
    def visible_to(self, reader, right=Right.SEE_CASES):
        """Incidents that touch a tenant of the reader; a reader of all tenants sees every one."""
        tenant_ids = allowed_tenant_ids(reader, right)
        if tenant_ids is None:
            return self
        return self.filter(Exists(IncidentTenant.objects.filter(incident=OuterRef("pk"), tenant_id__in=tenant_ids)))

    def for_tenant(self, tenant):
        """Those that touch it. `tenant`: a Tenant or its id."""
        touches = IncidentTenant.objects.filter(incident=OuterRef("pk"), tenant_id=getattr(tenant, "pk", tenant))
        return self.filter(Exists(touches))

    def open(self):
        return self.filter(status__in=OPEN_STATUSES)


class Incident(fsm.FSMModelMixin, models.Model):
    """Investigating → identified → monitoring → resolved; a resolved one may be reopened.

    Only `incidents.domain.lifecycle` moves `status`. `version` rises with every door.
    """

    title = models.CharField(max_length=200)
    severity = models.CharField(max_length=4, choices=Severity)
    priority = models.CharField(max_length=2, help_text=_("What the next-word clock uses: P0 to P3."))
    status = fsm.FSMField(choices=IncidentStatus, default=IncidentStatus.INVESTIGATING, protected=True)
    commander = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    communicator = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    comms_channel = models.CharField(max_length=120, blank=True, help_text=_("Where the responders talk."))
    detected_by = models.CharField(max_length=6, choices=DetectedBy)
    started_at = models.DateTimeField(help_text=_("When the harm began, as far as known."))
    detected_at = models.DateTimeField()
    declared_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    root_cause = models.TextField(blank=True)
    chain_level = models.CharField(max_length=10, choices=ChainLevel, blank=True)
    public = models.BooleanField(default=False, help_text=_("Shown on the public status page."))
    version = models.PositiveIntegerField(default=1)
    tenants = models.ManyToManyField("tenants.Tenant", through="IncidentTenant", related_name="incidents")
    resources = models.ManyToManyField("tenants.Resource", through="IncidentResource", related_name="incidents")

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="incident_resolved_at_iff_resolved",
                condition=Q(status="resolved", resolved_at__isnull=False)
                | (~Q(status="resolved") & Q(resolved_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="incident_resolved_with_cause", condition=~Q(status="resolved") | ~Q(root_cause="")
            ),
            models.CheckConstraint(name="incident_severity_known", condition=Q(severity__in=Severity.values)),
            models.CheckConstraint(name="incident_priority_known", condition=Q(priority__in=["P0", "P1", "P2", "P3"])),
        ]
        indexes = [
            models.Index(name="incident_open", fields=["-declared_at"], condition=Q(status__in=OPEN_STATUSES)),
            models.Index(name="incident_resolved_at", fields=["-resolved_at"]),
            models.Index(name="incident_declared_at", fields=["declared_at", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def reference(self) -> str:
        return f"INC-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @fsm.transition(field=status, source=IncidentStatus.INVESTIGATING, target=IncidentStatus.IDENTIFIED)
    def _to_identified(self):
        pass

    @fsm.transition(
        field=status,
        source=[IncidentStatus.INVESTIGATING, IncidentStatus.IDENTIFIED],
        target=IncidentStatus.MONITORING,
    )
    def _to_monitoring(self):
        pass

    @fsm.transition(
        field=status, source=[IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING], target=IncidentStatus.INVESTIGATING
    )
    def _to_investigating(self):
        pass

    @fsm.transition(field=status, source=list(OPEN_STATUSES), target=IncidentStatus.RESOLVED)
    def _to_resolved(self, *, at):
        self.resolved_at = at

    @fsm.transition(field=status, source=IncidentStatus.RESOLVED, target=IncidentStatus.INVESTIGATING)
    def _to_reopened(self):
        self.resolved_at = None


class IncidentTenant(models.Model):
    """Whom the incident hurts; through this row a tenant's people see it, and its clock holds us to the next word."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="tenant_links")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    word_clock = models.OneToOneField(
        "sla.Clock", null=True, blank=True, on_delete=models.PROTECT, related_name="incident_tenant"
    )

    class Meta:
        constraints = [models.UniqueConstraint(name="incident_tenant_once", fields=["incident", "tenant"])]


class IncidentResource(models.Model):
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="resource_links")
    resource = models.ForeignKey("tenants.Resource", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="incident_resource_once", fields=["incident", "resource"])]


class IncidentUpdate(models.Model):
    """A word to the clients: we are seeing X, we are doing Y, we will tell you Z by W (the next word, not a fix)."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="updates")
    status = models.CharField(max_length=13, choices=IncidentStatus)
    seeing = models.TextField()
    doing = models.TextField(blank=True)
    next_word = models.TextField(blank=True, help_text=_("What they hear next."))
    next_word_at = models.DateTimeField(null=True, blank=True)
    public = models.BooleanField()
    published_at = models.DateTimeField()
    by_label = models.CharField(max_length=40)
    by_name = models.CharField(max_length=150)

    class Meta:
        ordering = ["-published_at", "-pk"]
        indexes = [models.Index(name="incident_update_order", fields=["incident", "-published_at"])]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.published_at:%Y-%m-%d %H:%M}"


class TimelineEntry(models.Model):
    """What happened, append-only; when it became true and when it was written are kept apart."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="timeline")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=EntryKind)
    by_label = models.CharField(max_length=40)
    by_name = models.CharField(max_length=150)
    body = models.TextField()
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(name="incident_timeline_order", fields=["incident", "at"])]


class Action(models.Model):
    """A corrective action: what changes so that this does not come back, who does it, by when."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="actions")
    what = models.CharField(max_length=300)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    chain_level = models.CharField(max_length=10, choices=ChainLevel, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by_label = models.CharField(max_length=40, blank=True)
    done_by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="action_done_by_somebody",
                condition=Q(Q(done_at__isnull=False), ~Q(done_by_label=""))
                | Q(done_at__isnull=True, done_by_label="", done_by_name=""),
            )
        ]

    def __str__(self) -> str:
        return self.what

    def overdue(self, *, on: date) -> bool:
        """`on` is the reader's own day; what is due today is not late yet."""
        return self.done_at is None and self.due_on < on
