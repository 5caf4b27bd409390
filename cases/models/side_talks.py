from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.enums import Level, SideKind
from cases.models.cases import STRETCH
from tenants.models.visibility import TenantQuerySet

SIDE_TEXT = SearchVector("body", config="simple")


class SideTalk(models.Model):
    """A conversation beside a case: with somebody outside by mail, with colleagues, or with a support level.

    The client never reads of it: no interaction holds its words, and nothing that clients read knows it. It stays with
    the case where it was begun; after a merge it is read on the root, too, as notes are.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    kind = models.CharField(max_length=8, choices=SideKind)
    subject = models.CharField(max_length=200)
    address = models.EmailField(blank=True, help_text=_("Of somebody outside"))
    name = models.CharField(max_length=200, blank=True, help_text=_("Of somebody outside"))
    level = models.CharField(max_length=2, choices=Level, blank=True)
    third_level = models.BooleanField(default=False, help_text=_("It speaks with L3"))
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    answered_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the other side answered; empty once we spoke since")
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="cases_sidetalk_with_one",
                condition=(Q(kind=SideKind.OUTSIDE, level="") & ~Q(address=""))
                | Q(kind=SideKind.PEOPLE, level="", address="", name="")
                | (Q(kind=SideKind.LEVEL, address="", name="") & ~Q(level="")),
            )
        ]
        indexes = [models.Index(name="cases_sidetalk_case", fields=["case"])]

    def __str__(self) -> str:
        return f"CASE-{self.case_id}: {self.subject}"


class SidePerson(models.Model):
    """A colleague whom a side talk is with."""

    talk = models.ForeignKey("cases.SideTalk", models.PROTECT, related_name="people", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    user = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="cases_sideperson_once", fields=["talk", "user"])]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.talk_id}"


class SideWordQuerySet(TenantQuerySet):
    def standing(self):
        """Without what was taken back, and that it was."""
        return self.filter(retracts__isnull=True, retracted_by__isnull=True)


class SideWord(models.Model):
    """One message of a side talk. `theirs`: the other side's; without `user` it came from outside. Append-only: what
    was taken back is retracted by a later row without words.
    """

    talk = models.ForeignKey("cases.SideTalk", models.PROTECT, related_name="words", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    user = models.ForeignKey("tenants.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    name = models.CharField(max_length=254)
    theirs = models.BooleanField()
    body = models.TextField()
    delivery_id = models.BigIntegerField(null=True, blank=True, help_text=_("The mail that carried it"))
    token = models.UUIDField(null=True, blank=True, unique=True, help_text=_("Of the form that it came by"))
    held_until = models.DateTimeField(null=True, blank=True, help_text=_("Until then it can be taken back"))
    retracts = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="retracted_by")

    objects = SideWordQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(name="cases_sideword_talk", fields=["talk", "id"]),
            GinIndex(F("tenant"), STRETCH, SIDE_TEXT, name="cases_sideword_text"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.body[:60]}"


class SideLook(models.Model):
    """How far one of us has read a side talk: up to the word with this number."""

    talk = models.ForeignKey("cases.SideTalk", models.CASCADE, related_name="+", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    user = models.ForeignKey("tenants.User", models.CASCADE, related_name="+")
    word_id = models.BigIntegerField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="cases_sidelook_once", fields=["talk", "user"])]

    def __str__(self) -> str:
        return f"{self.user_id} up to {self.word_id}"
