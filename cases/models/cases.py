from datetime import datetime
from typing import Self

import django_fsm as fsm
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import BigIntegerField, ExpressionWrapper, F, Q
from django.utils.translation import gettext_lazy as _

from cases.enums import (
    HIGHER,
    NEVER_WORKED,
    RESOLVED_AS,
    URGENT,
    ClosedAs,
    Level,
    OpenedBy,
    Priority,
    Severity,
    Status,
    Timer,
)
from cases.models.participants import Participant
from config.any_of import AnyOf
from tenants.enums import Right
from tenants.models.visibility import Reader, TenantQuerySet

OPEN = ~Q(status__in=[Status.RESOLVED, Status.CLOSED])
WAITS_FOR_US = (
    Q(customer_waiting_since__isnull=False)
    | Q(status__in=[Status.NEW, Status.TRIAGE, Status.IN_PROGRESS])
    | Q(possible_thanks_at__isnull=False)
)
# Rows by their number, 65,536 a stretch: a text index that knows it finds the newest of many without the others.
STRETCH = ExpressionWrapper(F("id").bitrightshift(16), output_field=BigIntegerField())
# "simple": clients write in several languages, and error codes in none.
CASE_TEXT = SearchVector("subject", "description", config="simple")


class CaseQuerySet(TenantQuerySet):
    def visible_to(self, reader: Reader, right: Right | None = Right.SEE_CASES) -> Self:
        """Staff: what their grants reach. A client: their own and those that they get copies of, or all of the
        tenant's where they may see those.
        """
        requester_id = getattr(reader, "requester_id", None)
        if requester_id is None:
            return super().visible_to(reader, right)
        theirs = super().visible_to(reader, Right.CLIENT_CASES)
        if getattr(reader, "sees_all_tenant_cases", False):
            return theirs
        copied = Participant.objects.filter(requester_id=requester_id).order_by().values("case_id")
        return theirs.filter(Q(requester_id=requester_id) | Q(AnyOf("pk", ArraySubquery(copied))))

    def open(self) -> Self:
        return self.filter(OPEN)


class Case(fsm.FSMModelMixin, models.Model):
    """One thing a client asked of us, from the first word to the last.

    New → Triage → In progress ⇄ Waiting on customer → Resolved → Closed. Staff accept, start and resolve; a
    customer's word ends a wait; a resolution is confirmed, rejected (back to work, same clock) or closes by itself;
    a closed case reopens with a new resolution window. `cases.domain.lifecycle` is the only caller of the moves, but
    for the closing of a merged case, which is `cases.domain.merging`'s.
    """

    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="cases", db_index=False)
    requester = models.ForeignKey("tenants.Requester", models.PROTECT, related_name="cases", db_index=False)
    subject = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    channel = models.CharField(max_length=40, default="api")
    opened_by = models.CharField(max_length=10, choices=OpenedBy, default=OpenedBy.CUSTOMER)

    status = fsm.FSMField(choices=Status, default=Status.NEW, protected=True, max_length=24)
    closed_as = models.CharField(max_length=12, choices=ClosedAs, blank=True)
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="duplicates")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False, db_constraint=False
    )
    reopened_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="follow_ups")

    priority = models.CharField(max_length=2, choices=Priority, default=Priority.P2)
    priority_reason = models.TextField(blank=True)
    priority_proposed = models.CharField(max_length=2, choices=Priority, blank=True)
    severity = models.CharField(max_length=4, choices=Severity, blank=True)
    impact = models.CharField(max_length=200, blank=True)
    tier = models.CharField(max_length=40, blank=True)
    policy = models.ForeignKey("sla.Policy", models.PROTECT, related_name="+", db_index=False)
    policy_reason = models.TextField(blank=True)

    category = models.ForeignKey(
        "cases.Category", models.PROTECT, null=True, blank=True, related_name="cases", db_index=False
    )
    tags = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    level = models.CharField(max_length=2, choices=Level, default=Level.L1)
    owner = models.ForeignKey("tenants.User", models.PROTECT, null=True, blank=True, related_name="owned_cases")
    needed_by = models.DateTimeField(null=True, blank=True, help_text=_("The client's own deadline"))
    error_ids = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    trace_links = ArrayField(models.CharField(max_length=2000), default=list, blank=True)
    telemetry = models.JSONField(default=dict, blank=True)
    custom_fields = models.JSONField(
        default=dict, blank=True, help_text=_("{key: value} of the desk's own fields; what is empty is not in it")
    )

    opened_at = models.DateTimeField()
    created_at = models.DateTimeField(help_text=_("When this desk came to know of it"))
    first_response_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopen_count = models.PositiveSmallIntegerField(default=0)
    window = models.PositiveSmallIntegerField(
        default=1, help_text=_("The resolution window it is in: one more a reopen")
    )

    resolved_as = models.CharField(max_length=12, choices=[(c.value, c.label) for c in RESOLVED_AS], blank=True)
    resolution_summary = models.TextField(blank=True)
    resolution_validated = models.TextField(blank=True)
    resolution_evidence = models.JSONField(default=list, blank=True)
    resolution_preventive_actions = models.JSONField(default=list, blank=True, help_text=_('A list, or "none needed"'))

    customer_waiting_since = models.DateTimeField(
        null=True, blank=True, help_text=_("The earliest customer message that no one of us has answered")
    )
    last_message_at = models.DateTimeField(null=True, blank=True)
    last_message_by = models.CharField(max_length=12, blank=True)
    possible_thanks_at = models.DateTimeField(
        null=True, blank=True, help_text=_("A short thank-you came after closing: a person decides whether it reopens")
    )

    next_due_at = models.DateTimeField(null=True, blank=True)
    next_due_kind = models.CharField(max_length=20, blank=True)
    breached = models.BooleanField(default=False, help_text=_("A promise of it has been broken"))
    next_timer_at = models.DateTimeField(null=True, blank=True)
    next_timer = models.CharField(max_length=20, choices=Timer, blank=True)
    timer_step = models.PositiveSmallIntegerField(
        default=0, help_text=_("Reminders sent since it began to wait or was resolved")
    )
    timer_retry_after = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(
        null=True, blank=True, help_text=_("Until then it stands in no working queue, unless a promise comes due")
    )
    woken_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it came back from snooze; empty once one of us has dealt with it")
    )

    version = models.PositiveIntegerField(default=1)
    imported = models.BooleanField(default=False)
    # Read by `domain.families`, no columns: whose words are read here.
    family_ids: list[int]
    entry_ids: list[int]

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(name="cases_case_due", fields=["next_due_at", "id"], condition=Q(next_due_at__isnull=False)),
            models.Index(name="cases_case_timer", fields=["next_timer_at"], condition=Q(next_timer_at__isnull=False)),
            models.Index(name="cases_case_tenant", fields=["tenant", "-opened_at"]),
            models.Index(name="cases_case_requester", fields=["requester", "-opened_at"]),
            # Not the new ones: for "new and answered", which is next to none, the planner would read them all.
            models.Index(
                name="cases_case_worked",
                fields=["status", "next_due_at", "id"],
                condition=OPEN & ~Q(status=Status.NEW),
            ),
            # Each standing queue in its own order: the first screen of a long one costs what that of a short one does.
            models.Index(name="cases_case_ours", fields=["next_due_at", "id"], condition=WAITS_FOR_US),
            models.Index(
                name="cases_case_no_word", fields=["next_due_at", "id"], condition=OPEN & Q(first_response_at=None)
            ),
            models.Index(name="cases_case_nobodys", fields=["next_due_at", "id"], condition=OPEN & Q(owner=None)),
            models.Index(
                name="cases_case_nobodys_oldest",
                fields=["opened_at", "id"],
                include=["level"],
                condition=OPEN & Q(owner=None),
            ),
            models.Index(name="cases_case_breached", fields=["next_due_at", "id"], condition=OPEN & Q(breached=True)),
            models.Index(
                name="cases_case_urgent", fields=["priority", "opened_at"], condition=OPEN & Q(priority__in=URGENT)
            ),
            models.Index(name="cases_case_urgent_newest", fields=["id"], condition=OPEN & Q(priority__in=URGENT)),
            models.Index(name="cases_case_open_of", fields=["tenant", "breached"], condition=OPEN),
            # What each of us and each client has open: counted without reading the cases.
            models.Index(name="cases_case_load", fields=["owner", "priority", "tenant"], condition=OPEN),
            models.Index(name="cases_case_urgent_of", fields=["tenant"], condition=OPEN & Q(priority__in=URGENT)),
            models.Index(
                name="cases_case_not_taken_up",
                fields=["next_due_at", "id"],
                condition=Q(status=Status.NEW, first_response_at__isnull=False),
            ),
            models.Index(name="cases_case_reopened", fields=["id"], condition=OPEN & Q(reopen_count__gt=0)),
            models.Index(
                name="cases_case_reopened_newest", fields=["-opened_at"], condition=OPEN & Q(reopen_count__gt=0)
            ),
            models.Index(name="cases_case_mine", fields=["owner", "next_due_at"], condition=~Q(status=Status.CLOSED)),
            models.Index(
                name="cases_case_their_word",
                fields=["customer_waiting_since"],
                condition=Q(customer_waiting_since__isnull=False),
            ),
            models.Index(
                name="cases_case_unanswered",
                fields=["customer_waiting_since", "id"],
                condition=Q(customer_waiting_since__isnull=False) & ~Q(status=Status.CLOSED),
            ),
            models.Index(
                name="cases_case_can_wait",
                fields=["owner", "next_due_at", "id"],
                condition=OPEN & ~Q(priority__in=URGENT),
            ),
            # What a saved view narrows by, in the orders that it may have. L1 is most of the desk: found by walking.
            models.Index(name="cases_case_open_soonest", fields=["next_due_at", "id"], condition=OPEN),
            models.Index(name="cases_case_open_of_soonest", fields=["tenant", "next_due_at", "id"], condition=OPEN),
            models.Index(name="cases_case_open_oldest", fields=["opened_at", "id"], condition=OPEN),
            models.Index(name="cases_case_status_oldest", fields=["status", "opened_at", "id"]),
            models.Index(name="cases_case_open_about_oldest", fields=["category", "opened_at", "id"], condition=OPEN),
            models.Index(name="cases_case_new_oldest", fields=["opened_at", "id"], condition=Q(status=Status.NEW)),
            models.Index(
                name="cases_case_handed_on", fields=["level", "next_due_at", "id"], condition=OPEN & Q(level__in=HIGHER)
            ),
            models.Index(
                name="cases_case_waits_since", fields=["waiting_since", "id"], condition=Q(waiting_since__isnull=False)
            ),
            models.Index(
                name="cases_case_snoozed", fields=["snoozed_until", "id"], condition=Q(snoozed_until__isnull=False)
            ),
            models.Index(name="cases_case_woken", fields=["woken_at", "id"], condition=Q(woken_at__isnull=False)),
            models.Index(name="cases_case_open_about", fields=["category", "next_due_at", "id"], condition=OPEN),
            # Of those that have some: one of all that is open was read through by the planner.
            GinIndex(name="cases_case_tagged", fields=["tags"], condition=~Q(tags=[])),
            GinIndex(
                name="cases_case_custom",
                fields=["custom_fields"],
                opclasses=["jsonb_path_ops"],
                condition=~Q(custom_fields={}),
            ),
            models.Index(name="cases_case_category", fields=["category", "-opened_at"]),
            # What the API's lists are ordered by, and the figures of a period cut by.
            models.Index(name="cases_case_opened", fields=["opened_at", "id"]),
            models.Index(name="cases_case_priority", fields=["priority", "id"]),
            models.Index(name="cases_case_resolved", fields=["resolved_at"], condition=Q(resolved_at__isnull=False)),
            models.Index(name="cases_case_closed", fields=["closed_at"], condition=Q(closed_at__isnull=False)),
            models.Index(
                name="cases_case_answered",
                fields=["first_response_at"],
                condition=Q(first_response_at__isnull=False),
            ),
            models.Index(name="cases_case_accepted", fields=["accepted_at"], condition=Q(accepted_at__isnull=False)),
            models.Index(
                name="cases_case_never_worked", fields=["id"], condition=Q(closed_as__in=sorted(NEVER_WORKED))
            ),
            models.Index(name="cases_case_merged", fields=["merged_into"], condition=Q(merged_into__isnull=False)),
            GinIndex(name="cases_case_errors", fields=["error_ids"]),
            GinIndex(F("tenant"), STRETCH, CASE_TEXT, name="cases_case_text"),
        ]
        constraints = [
            models.UniqueConstraint(name="cases_case_with_tenant", fields=["id", "tenant"]),
            models.CheckConstraint(
                name="cases_case_closed_iff_closed",
                condition=Q(status=Status.CLOSED, closed_at__isnull=False, closed_as__gt="")
                | (~Q(status=Status.CLOSED) & Q(closed_at__isnull=True, closed_as="")),
            ),
            models.CheckConstraint(
                name="cases_case_resolved_has_time",
                condition=~Q(status=Status.RESOLVED) | Q(resolved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="cases_case_waiting_iff_waiting",
                condition=Q(status=Status.WAITING, waiting_since__isnull=False)
                | (~Q(status=Status.WAITING) & Q(waiting_since__isnull=True)),
            ),
            models.CheckConstraint(
                name="cases_case_due_with_kind",
                condition=Q(next_due_at__isnull=True, next_due_kind="")
                | (Q(next_due_at__isnull=False) & ~Q(next_due_kind="")),
            ),
            models.CheckConstraint(
                name="cases_case_timer_with_kind",
                condition=Q(next_timer_at__isnull=True, next_timer="")
                | (Q(next_timer_at__isnull=False) & ~Q(next_timer="")),
            ),
            models.CheckConstraint(
                name="cases_case_duplicate_of_another",
                condition=Q(duplicate_of__isnull=True) | (~Q(duplicate_of=F("id")) & Q(closed_as=ClosedAs.DUPLICATE)),
            ),
            models.CheckConstraint(
                name="cases_case_merged_into_another",
                condition=Q(merged_into__isnull=True) & ~Q(closed_as=ClosedAs.MERGED)
                | ~Q(merged_into=F("id")) & Q(merged_into__isnull=False, closed_as=ClosedAs.MERGED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.subject}"

    @property
    def reference(self) -> str:
        return f"CASE-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status not in (Status.RESOLVED, Status.CLOSED)

    @fsm.transition(field=status, source=Status.NEW, target=Status.TRIAGE)
    def _to_triage(self, *, at: datetime) -> None:
        self.accepted_at = at

    @fsm.transition(field=status, source=Status.TRIAGE, target=Status.IN_PROGRESS)
    def _to_in_progress(self, *, at: datetime) -> None:
        pass

    @fsm.transition(field=status, source=[Status.TRIAGE, Status.IN_PROGRESS], target=Status.WAITING)
    def _to_waiting(self, *, at: datetime) -> None:
        self.waiting_since = at

    @fsm.transition(field=status, source=Status.WAITING, target=Status.IN_PROGRESS)
    def _from_waiting(self, *, at: datetime) -> None:
        self.waiting_since = None

    @fsm.transition(field=status, source=[Status.TRIAGE, Status.IN_PROGRESS, Status.WAITING], target=Status.RESOLVED)
    def _to_resolved(self, *, at: datetime, resolved_as: str) -> None:
        self.resolved_at = at
        self.resolved_as = resolved_as
        self.waiting_since = None

    @fsm.transition(field=status, source=Status.RESOLVED, target=Status.CLOSED)
    def _to_closed(self, *, at: datetime, closed_as: str) -> None:
        self.closed_at = at
        self.closed_as = closed_as

    @fsm.transition(
        field=status,
        source=[Status.NEW, Status.TRIAGE, Status.IN_PROGRESS, Status.WAITING, Status.RESOLVED],
        target=Status.CLOSED,
    )
    def _to_closed_without_work(self, *, at: datetime, closed_as: str) -> None:
        self.closed_at = at
        self.closed_as = closed_as
        self.waiting_since = None

    @fsm.transition(field=status, source=Status.RESOLVED, target=Status.IN_PROGRESS)
    def _to_rejected(self, *, at: datetime) -> None:
        self.resolved_at = None
        self.resolved_as = ""

    @fsm.transition(field=status, source=Status.CLOSED, target=Status.IN_PROGRESS)
    def _to_reopened(self, *, at: datetime) -> None:
        self.closed_at = None
        self.closed_as = ""
        self.resolved_at = None
        self.resolved_as = ""
        self.duplicate_of = None
        self.reopen_count += 1
        self.window += 1
