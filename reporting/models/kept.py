"""The figures of past days, kept by tenant and UTC day, so that a period is summed from days and not from cases.

What the days say of the time before `kept_until` is right unless a day is marked. A mark is written by the database
with the change that makes it (`marking_sql.py`); a marked day is read from its cases until it has been summed again.
"""

from django.db import models
from django.db.models import Q

from tenants.models.visibility import TenantQuerySet


class Keeping(models.Model):
    """How far we are; one row. Changes of facts before `watched_until` leave marks. `barrier`: the first transaction
    that cannot have overlooked this watch; facts are summed once all before it have ended. The day of `kept_until` is
    kept up to this moment.
    """

    watched_until = models.DateTimeField()
    barrier = models.BigIntegerField(null=True)
    kept_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "keeping"
        constraints = [models.CheckConstraint(name="reporting_keeping_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return f"kept until {self.kept_until}"


class DayMark(models.Model):
    """Something of this day changed in the transaction `by_xid`. Two transactions never write the same row, so that
    neither waits for the other.
    """

    day = models.DateField()
    by_xid = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="reporting_daymark_once", fields=["day", "by_xid"])]

    def __str__(self) -> str:
        return str(self.day)


class DayCount(models.Model):
    """`n` facts of this sort. `detail` is the move, the category's id, the kind and outcome of a promise, the score."""

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    figure = models.CharField(max_length=20)
    priority = models.CharField(max_length=2)
    detail = models.CharField(max_length=40)
    n = models.IntegerField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="reporting_daycount_once",
                fields=["figure", "day", "tenant", "priority", "detail"],
                include=["n"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.priority} {self.detail}: {self.n}"


class DayValues(models.Model):
    """Each fact's own number, ascending: microseconds, or the id of the escalated case. 8 bytes each, little end first:
    medians want every one of them, and as numbers they would take ten times as long to fetch.
    """

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    figure = models.CharField(max_length=20)
    priority = models.CharField(max_length=2)
    packed = models.BinaryField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="reporting_dayvalues_once", fields=["figure", "day", "tenant", "priority"])
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.priority}: {len(self.packed) // 8}"
