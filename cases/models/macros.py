"""Canned answers: what to say, what it does besides, when it is worth a thought, and who may use it."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from cases.enums import MacroSends, WatchedHealth
from cases.models.interactions import Interaction
from config.counting import CountTo
from tenants.enums import Right, Role

WORKING_ROLES = [(role.value, role.label) for role in (Role.L1, Role.LEAD, Role.L2, Role.L3, Role.PO)]


class MacroQuerySet(models.QuerySet[Any]):
    def visible_to(self, reader: Any, right: Right | None = None) -> Self:
        """Those that the reader may use for some client; who keeps the desk's rules knows all of them."""
        if reader.access.any(Right.HAND_OVER):
            return self.all()
        if not reader.access.any(Right.WORK_CASES):
            return self.none()
        return self.for_roles(reader.access.roles)

    def for_roles(self, roles: Any) -> Self:
        return self.filter(Q(roles=[]) | Q(roles__overlap=sorted(roles)))

    def with_use(self, *, counted_to: int) -> Self:
        """Adds `used` (to one more than `counted_to`) and `last_use`: {at, by} or None. What was taken back is none."""
        sent = Interaction.objects.filter(macro=OuterRef("pk"), retracted_by__isnull=True).order_by("-at")
        return self.annotate(
            used=CountTo(sent.values("pk")[: counted_to + 1]),
            last_use=Subquery(sent.values(use=JSONObject(at="at", by="actor_name"))[:1]),
        )


class Macro(models.Model):
    """A canned answer of the whole desk.

    `texts` is {language: text}, the desk's own language always among them. `docs` is [{"url", "title"}]. With
    `send_as` waiting the text is what we ask, with resolved it is the summary, and the gates of a resolution come
    prefilled. Taking one fills the composer; nothing is done before its message is sent.
    """

    name = models.CharField(max_length=120, unique=True)
    active = models.BooleanField(default=True)
    public = models.BooleanField(_("for the client"), default=True, help_text=_("Off: an internal note."))
    texts = models.JSONField(default=dict)

    send_as = models.CharField(max_length=10, choices=MacroSends, blank=True)
    validated = models.TextField(blank=True, help_text=_("How it was checked that it works."))
    evidence = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    preventive_actions = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    sets_category = models.ForeignKey("cases.Category", models.PROTECT, null=True, blank=True, related_name="+")
    sets_tags = ArrayField(models.CharField(max_length=80), default=list, blank=True)

    runbook = models.ForeignKey("incidents.Runbook", models.SET_NULL, null=True, blank=True, related_name="+")
    docs = models.JSONField(default=list, blank=True)

    for_category = models.ForeignKey("cases.Category", models.PROTECT, null=True, blank=True, related_name="+")
    error_codes = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    health = models.CharField(max_length=5, choices=WatchedHealth, blank=True)
    health_of = models.CharField(
        max_length=120, blank=True, help_text=_("Part of the signal's or its resource's name. Empty: any signal.")
    )

    roles = ArrayField(
        models.CharField(max_length=10, choices=WORKING_ROLES),
        default=list,
        blank=True,
        help_text=_("Who may use it. None: everybody who works cases."),
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MacroQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="cases_macro_has_words", condition=Q(texts__has_key=settings.LANGUAGE_CODE)),
            models.CheckConstraint(name="cases_macro_notes_move_nothing", condition=Q(public=True) | Q(send_as="")),
            models.CheckConstraint(
                name="cases_macro_gates_of_a_resolution",
                condition=Q(send_as=MacroSends.RESOLVED) | Q(validated="", evidence=[], preventive_actions=[]),
            ),
            models.CheckConstraint(name="cases_macro_health_of_what", condition=~Q(health="") | Q(health_of="")),
        ]

    def __str__(self) -> str:
        return self.name
