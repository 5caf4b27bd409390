from typing import Protocol, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.enums import ViewColumn, ViewOrder
from tenants.enums import Right
from tenants.models.visibility import Reader, allowed_tenant_ids

LINE_LENGTH = 400  # characters of a filter


class Person(Reader, Protocol):
    @property
    def user_id(self) -> int | None: ...


def usual_columns() -> list[str]:
    return [
        column.value
        for column in (
            ViewColumn.TENANT,
            ViewColumn.SPOKE,
            ViewColumn.PROMISE,
            ViewColumn.OWNER,
            ViewColumn.LEVEL,
        )
    ]


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, reader: Person, right: Right | None = Right.SEE_CASES) -> Self:
        """One's own, and those shared with everybody whose line names no tenant that the reader may not know of."""
        shared = Q(owner=None)
        tenant_ids = allowed_tenant_ids(reader, right)
        if tenant_ids is not None:
            shared &= Q(tenant_ids__contained_by=sorted(tenant_ids))
        return self.filter(shared | Q(owner_id=reader.user_id))


class SavedView(models.Model):
    """A list of cases that somebody looks at again: which, in which order, with which columns."""

    name = models.CharField(max_length=60)
    owner = models.ForeignKey(
        "tenants.User",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="saved_views",
        help_text=_("Whose own it is; empty: shared with everybody"),
    )
    shared_by = models.ForeignKey(
        "tenants.User", models.SET_NULL, null=True, blank=True, related_name="+", help_text=_("Who shared it")
    )
    line = models.CharField(max_length=LINE_LENGTH, blank=True, help_text=_("Which cases, as the search line says it"))
    order = models.CharField(max_length=10, choices=ViewOrder, default=ViewOrder.SOONEST)
    columns = ArrayField(models.CharField(max_length=20, choices=ViewColumn), default=usual_columns, blank=True)
    position = models.PositiveSmallIntegerField(default=100)
    pinned = models.BooleanField(default=True, help_text=_("Stands in the sidebar, with its count"))
    # Whom the line names, as it was when it was saved: who may know of the view, and no look-up to count it.
    tenant_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    owner_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    changed_at = models.DateTimeField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="cases_savedview_own_names", fields=["owner", "name"], condition=Q(owner__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None
