"""Bodies of this room's API. Targets look as in the simulator: `{"wall_seconds": 900}`, `{"business_days": 2}`."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.api.fields import Choice, Flag, Input, Moment, Output, PlainObject, RowId, Text
from config.errors import DomainError
from sla.domain.business_time import Target
from sla.enums import AlertKind, AlertStatus, Priority, PromiseKind, RecipientRole, Unit

LONGEST = 2_000_000_000  # seconds: 63 years; the engine looks 60 ahead

TARGET_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "properties": {unit: {"type": "integer", "minimum": 1, "maximum": LONGEST} for unit in Unit.values},
}
TABLE_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        priority: {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys(PromiseKind.values, TARGET_SCHEMA),
        }
        for priority in Priority.values
    },
}


@extend_schema_field(TABLE_SCHEMA)
class TableField(serializers.Field):  # type: ignore[type-arg]
    """`{priority: {kind: target}}` ↔ `{(priority, kind): Target}`."""

    default_error_messages = {
        "shape": "Targets are objects by priority and kind, such as P0, resolution.",
        "target": "{place}: a target is one of seconds, business_days, wall_seconds, a whole number from 1.",
    }

    def to_internal_value(self, data: Any) -> dict[tuple[str, str], Target]:
        if not isinstance(data, dict) or not all(isinstance(kinds, dict) for kinds in data.values()):
            self.fail("shape")
        table = {}
        for priority, kinds in data.items():
            for kind, spec in kinds.items():
                if priority not in Priority.values or kind not in PromiseKind.values:
                    self.fail("shape")
                table[priority, kind] = self._target(spec, f"{priority} {kind}")
        return table

    def _target(self, spec: Any, place: str) -> Target:
        try:
            target = Target.from_spec(spec)
        except DomainError:
            self.fail("target", place=place)
        if not 1 <= target.amount <= LONGEST:
            self.fail("target", place=place)
        return target

    def to_representation(self, value: Any) -> dict[str, dict[str, dict[str, int]]]:
        table: dict[str, dict[str, dict[str, int]]] = {}
        for row in value.all():
            table.setdefault(row.priority, {})[row.kind] = {row.unit: row.amount}
        return table


class Part(serializers.FloatField):
    """A part of a target between 0 and 1, to three places."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0.001, max_value=0.999, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:  # type: ignore[override]
        if not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        return round(Decimal(str(super().to_internal_value(data))), 3)


class CalendarOut(Output):
    id = serializers.CharField(source="pk")
    name = serializers.CharField()
    version = serializers.IntegerField()
    spec = PlainObject(help_text="As in the simulator: timezone, weekly_hours, date_hours, holidays, holiday_regions.")


class CalendarIn(Input):
    name = Text(max_length=80)
    spec = PlainObject()


class CalendarChange(CalendarIn):
    recompute_open = Flag(required=False, help_text="Open clocks under it are counted by the new hours too.")


class PolicyOut(Output):
    """Holds for one tenant, tier or segment, or (`subject: default`) for everybody else."""

    id = serializers.CharField(source="pk")
    name = serializers.CharField()
    subject = serializers.ChoiceField(choices=["tenant", "tier", "segment", "default"])
    tenant = serializers.CharField(source="tenant.slug", default=None, allow_null=True)
    tier = serializers.CharField()
    segment = serializers.CharField()
    calendar = serializers.CharField(source="calendar_id")
    valid_from = Moment()
    valid_to = Moment(allow_null=True)
    warn_steps = serializers.ListField(child=serializers.FloatField())
    escalation_meets = serializers.ListField(child=serializers.ChoiceField(choices=Priority.choices))
    meaning = PlainObject()
    targets = TableField(read_only=True)


class PolicyIn(Input):
    name = Text(max_length=120)
    tenant = Text(max_length=80, required=False, allow_null=True)
    tier = Text(max_length=40, required=False, allow_blank=True)
    segment = Text(max_length=80, required=False, allow_blank=True)
    calendar = RowId()
    valid_from = Moment()
    valid_to = Moment(required=False, allow_null=True)
    warn_steps = serializers.ListField(child=Part(), min_length=1, max_length=10, required=False)
    escalation_meets = serializers.ListField(child=Choice(choices=Priority.choices), max_length=4, required=False)
    meaning = serializers.DictField(child=Text(max_length=500), required=False)
    targets = TableField()


class PolicyChange(PolicyIn):
    recompute_open = Flag(
        required=False, help_text="Open clocks get what the new targets leave them; else new work only."
    )


class AlertClockOut(Output):
    id = serializers.CharField(source="pk")
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    window = serializers.IntegerField()
    priority = serializers.CharField()
    due_at = Moment(allow_null=True)
    breached_at = Moment(allow_null=True)
    cause_code = serializers.CharField(source="cause_code.code", default=None, allow_null=True)


class RecipientOut(Output):
    role = serializers.ChoiceField(choices=RecipientRole.choices)
    name = serializers.CharField(source="user", default="")
    stands_in = serializers.BooleanField()
    told_at = Moment(allow_null=True)


class AlertOut(Output):
    """`raised_at` is when it became true, `noticed_at` when we saw it; `nobody` names roles that nobody holds."""

    id = serializers.CharField(source="pk")
    tenant = serializers.CharField(source="tenant.slug")
    kind = serializers.ChoiceField(choices=AlertKind.choices)
    step = serializers.IntegerField()
    generation = serializers.IntegerField()
    title = serializers.CharField()
    clock = AlertClockOut(allow_null=True)
    raised_at = Moment()
    noticed_at = Moment()
    status = serializers.ChoiceField(choices=AlertStatus.choices)
    acknowledged_by = serializers.CharField(allow_null=True)
    acknowledged_at = Moment(allow_null=True)
    resolved_by = serializers.CharField(allow_null=True)
    resolved_at = Moment(allow_null=True)
    real_risk = serializers.BooleanField(allow_null=True)
    reason = serializers.CharField()
    recipients = RecipientOut(many=True)
    nobody = serializers.CharField()


class AnswerIn(Input):
    """'Is the risk real?' A no needs its reason."""

    real = Flag()
    reason = Text(max_length=2000, required=False, allow_blank=True)


class ResolveIn(Input):
    reason = Text(max_length=2000)
    cause_code = Text(max_length=40, required=False, allow_null=True)
