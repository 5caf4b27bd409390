"""What acts on cases by itself: the rules people write, what each did, and when one that waits is due."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.enums import Fact, Level, Operator, Priority, RuleTrigger, RunOutcome, Status, TimedState
from cases.models.views import LINE_LENGTH
from tenants.models.visibility import TenantQuerySet

#: What is known of a case at any time; health and incidents are looked at when it comes in, by the triage rules.
FACTS = (Fact.TIER, Fact.CHANNEL, Fact.IMPACT, Fact.SEVERITY, Fact.HOW_TO)
LONGEST_WAIT = 60 * 24 * 90  # minutes
ACTIONS = ("sets_owner", "adds_tags", "sets_priority", "sets_level", "note", "macro")


class AutomationRuleQuerySet(TenantQuerySet):
    def running(self) -> Any:
        return self.filter(active=True, paused_at__isnull=True)


class AutomationRule(models.Model):
    """On an event, or once a case has been in a state for a time: if it is one of these cases, do that.

    Rules for the same event act in the order of `position`. It acts with the rights of `saved_by`, looked at each time.
    What it does to a case it does whole or not at all.
    """

    position = models.PositiveSmallIntegerField(default=100, help_text=_("The lower, the earlier"))
    name = models.CharField(max_length=120, unique=True)
    tenant = models.ForeignKey(
        "tenants.Tenant",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Whose cases alone it may touch; empty: every client's"),
    )
    active = models.BooleanField(default=False)
    stops = models.BooleanField(
        _("no further rule"), default=False, help_text=_("Where it holds, later rules for the same event don't act")
    )

    trigger = models.CharField(_("when"), max_length=20, choices=RuleTrigger)
    to_status = models.CharField(
        _("status"), max_length=24, choices=Status, blank=True, help_text=_("Moved to which; empty: any")
    )
    state = models.CharField(max_length=20, choices=TimedState, blank=True, help_text=_("In which state"))
    minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_WAIT)],
        help_text=_("For how many minutes; a day has 1440"),
    )
    business_time = models.BooleanField(
        default=False,
        help_text=_("Open time of the calendar that the case's promises follow, not round the clock"),
    )

    line = models.CharField(
        _("which cases"),
        max_length=LINE_LENGTH,
        blank=True,
        help_text=_("In keys as the search line says it, such as priority:P0,P1 tenant:acme tag:quota"),
    )
    fact = models.CharField(
        max_length=20, choices=[(fact.value, fact.label) for fact in FACTS], blank=True, help_text=_("And one fact")
    )
    operator = models.CharField(max_length=12, choices=Operator, default=Operator.IS)
    value = models.CharField(max_length=200, blank=True)

    sets_owner = models.ForeignKey(
        "tenants.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    adds_tags = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    sets_priority = models.CharField(_("priority"), max_length=2, choices=Priority, blank=True)
    sets_level = models.CharField(_("level"), max_length=2, choices=Level, blank=True)
    note = models.TextField(_("internal note"), blank=True, max_length=10_000)
    macro = models.ForeignKey("cases.Macro", models.PROTECT, null=True, blank=True, related_name="+")

    most_a_minute = models.PositiveSmallIntegerField(
        _("most cases a minute"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("A rule that would change more pauses itself and says so"),
    )
    scanned_to = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("Up to when the rule has looked for who reaches its time")
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_why = models.TextField(blank=True)
    saved_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AutomationRuleQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="cases_automationrule_time_has_state",
                condition=Q(trigger=RuleTrigger.TIME, minutes__gte=1) & ~Q(state="")
                | ~Q(trigger=RuleTrigger.TIME) & Q(state="", minutes__isnull=True, business_time=False),
            ),
            models.CheckConstraint(
                name="cases_automationrule_status_of_a_move",
                condition=Q(to_status="") | Q(trigger=RuleTrigger.MOVED),
            ),
            models.CheckConstraint(
                name="cases_automationrule_paused_why",
                condition=Q(paused_at__isnull=True, paused_why="") | Q(paused_at__isnull=False) & ~Q(paused_why=""),
            ),
            models.CheckConstraint(
                name="cases_automationrule_does_something",
                condition=Q(sets_owner__isnull=False)
                | Q(adds_tags__len__gt=0)
                | ~Q(sets_priority="")
                | ~Q(sets_level="")
                | ~Q(note="")
                | Q(macro__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AutomationRun(models.Model):
    """What came of a rule for a case at one event. `chain`: the event that it all began with.

    `did` is [{"what", "before", "after"}]; `words`: why not, where nothing was done.
    """

    rule = models.ForeignKey(AutomationRule, models.CASCADE, related_name="runs", db_index=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    event_id = models.BigIntegerField()
    event = models.CharField(max_length=100)
    chain = models.BigIntegerField()
    outcome = models.CharField(max_length=10, choices=RunOutcome)
    did = models.JSONField(default=list, blank=True)
    words = models.TextField(blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="cases_automationrun_once", fields=["event_id", "rule", "case"]),
            models.UniqueConstraint(
                name="cases_automationrun_once_a_chain",
                fields=["chain", "rule", "case"],
                condition=Q(outcome=RunOutcome.DONE),
            ),
        ]
        indexes = [
            models.Index(name="cases_automationrun_chain", fields=["chain"]),
            models.Index(name="cases_automationrun_rule", fields=["rule", "-at"]),
            models.Index(name="cases_automationrun_case", fields=["case"]),
            models.Index(name="cases_automationrun_age", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: CASE-{self.case_id} {self.get_outcome_display().lower()}"


class AutomationTimer(models.Model):
    """That a case comes or came due for a rule that waits: once for each time it gets into the state (`since`)."""

    rule = models.ForeignKey(AutomationRule, models.CASCADE, related_name="timers", db_index=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="cases_automationtimer_once", fields=["rule", "case", "since"]),
        ]
        indexes = [
            models.Index(name="cases_automationtimer_due", fields=["due_at", "id"], condition=Q(told_at__isnull=True)),
            models.Index(name="cases_automationtimer_case", fields=["case"]),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: CASE-{self.case_id} due {self.due_at:%Y-%m-%d %H:%M}"
