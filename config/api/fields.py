"""Serializer fields that take their own type and no other: `5` is not a text, `"true"` no truth value."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.api.references import LOOKUP, id_of
from config.errors import Absent


class Text(serializers.CharField):
    """A JSON string, trimmed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 10_000)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return bool(data)


class Whole(serializers.IntegerField):
    """A JSON integer that fits into 64 bits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", -(2**63))
        kwargs.setdefault("max_value", 2**63 - 1)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
            {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"},
        ]
    }
)
class RowId(Whole):
    """The id of a row, as the text that we answer with or as a number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and data.isascii() and data.isdigit() and len(data) < 19:
            data = int(data)
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=str(data)[:50])
        return str(super().to_internal_value(data))


class Moment(serializers.DateTimeField):
    """RFC 3339 with an offset in, UTC with `Z` out."""

    default_error_messages = {
        "invalid": "An RFC 3339 time with an offset, such as 2026-03-02T09:30:00Z.",
        "no_offset": "Say the offset: end the time with Z or +02:00.",
        "out_of_range": "A time between the years 1900 and 2200.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or "T" not in value.upper():
            self.fail("invalid", format="RFC 3339")
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="RFC 3339")
        if moment.tzinfo is None:
            self.fail("no_offset")
        if not 1900 <= moment.year <= 2200:
            self.fail("out_of_range")
        return moment.astimezone(UTC)


@extend_schema_field(
    {"oneOf": [{"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, {"type": "string", "pattern": f"^{LOOKUP}$"}]}
)
class Reference(serializers.Field[Any, Any, Any, Any]):
    """What people call a row, such as `CASE-1042`, or its id as a number or text; answers the id."""

    prefix = ""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, (int, str)):
            raise serializers.ValidationError(f"A reference such as {self.prefix}-1042.", code="invalid")
        try:
            return id_of(str(data), prefix=self.prefix)
        except Absent as exc:
            raise serializers.ValidationError(exc.message, code="does-not-exist") from None


class PlainObject(serializers.DictField):
    """Any JSON object; what is in it is the caller's."""


class Input(serializers.Serializer[Any]):
    """Base of everything a body may say. An unknown name is refused: a typo must not be taken for silence."""

    default_error_messages = {"unknown": "There is no such field here."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [name for name in data if name not in writable]
            if unknown:
                detail = serializers.ErrorDetail(str(self.error_messages["unknown"]), code="unknown-field")
                raise serializers.ValidationError({name[:50]: [detail] for name in sorted(unknown)[:20]})
        return super().to_internal_value(data)


class Nothing(Input):
    """For what takes no body: none, or an empty object. A body that is cut short or means something is refused."""


class Output(serializers.Serializer[Any]):
    """Base of everything we answer."""
