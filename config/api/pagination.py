"""Pages by cursor: each page starts where the last row of the one before ended, however many rows come or go."""

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Q
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.errors import Invalid

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_SALT = "config.api.pagination"


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: after (or, backwards, before) the row with this value and key."""

    ordering: str
    value: str | None
    pk: str
    backwards: bool = False

    def encode(self) -> str:
        return signing.dumps([self.ordering, self.value, self.pk, int(self.backwards)], salt=_SALT)

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        try:
            ordering, value, pk, backwards = signing.loads(text, salt=_SALT)
        except (signing.BadSignature, ValueError):
            raise Invalid("This is not a cursor of ours.", field="cursor", code="bad-cursor") from None
        return cls(ordering, value, pk, bool(backwards))


class CursorPagination(BasePagination):
    """`limit` and `cursor` in, `next`, `previous` and `results` out.

    A view names its sortable columns in `orderings` (name in the address → model field) and its `default_ordering`
    (with `-` for newest first). Empty values sort last in both directions, the primary key breaks ties.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.limit = _limit(request.query_params.get("limit"))
        self.ordering = _ordering(request.query_params.get("ordering"), view)
        name = self.ordering.lstrip("-")
        self.field, self.descending = view.orderings[name], self.ordering.startswith("-")
        cursor = None
        if text := request.query_params.get("cursor"):
            cursor = Cursor.decode(text)
            if cursor.ordering != self.ordering:
                raise Invalid("The cursor belongs to another ordering.", field="cursor", code="bad-cursor")
        rows: list[Any] = []
        for part in self._parts(queryset, cursor):
            rows += part[: self.limit + 1 - len(rows)]
            if len(rows) > self.limit:
                break
        backwards = cursor is not None and cursor.backwards
        more = len(rows) > self.limit
        rows = rows[: self.limit]
        if backwards:
            rows.reverse()
        self.rows = rows
        self.has_next = more if not backwards else True
        self.has_previous = more if backwards else cursor is not None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._link(False), "previous": self._link(True), "results": data})

    def _parts(self, queryset: Any, cursor: Cursor | None) -> list[Any]:
        """What lies beyond the cursor, part after part: rows without a value are a part of their own, since no index
        is in an order that puts them last both ways.
        """
        backwards = cursor is not None and cursor.backwards
        sign, step = ("-", "lt") if self.descending != backwards else ("", "gt")
        pk_beyond = Q() if cursor is None else Q(**{f"pk__{step}": cursor.pk})
        if self.field == "pk":
            return [queryset.filter(pk_beyond).order_by(f"{sign}pk")]
        column: Any = queryset.model._meta.get_field(self.field)
        at_empty = cursor is not None and cursor.value is None
        at_value = cursor is not None and not at_empty
        parts = []
        if backwards or not at_empty:
            valued = queryset.filter(**{f"{self.field}__isnull": False}) if column.null else queryset
            if cursor is not None and at_value:
                value = column.to_python(cursor.value)
                beyond = Q(**{f"{self.field}__{step}": value}) | (Q(**{self.field: value}) & pk_beyond)
                # The redundant bound lets PostgreSQL walk the index instead of filtering an OR.
                valued = valued.filter(Q(**{f"{self.field}__{step}e": value}) & beyond)
            parts.append(valued.order_by(f"{sign}{self.field}", f"{sign}pk"))
        if column.null and not (backwards and at_value):
            empty = queryset.filter(**{f"{self.field}__isnull": True})
            parts.append((empty.filter(pk_beyond) if at_empty else empty).order_by(f"{sign}pk"))
        return parts[::-1] if backwards else parts

    def _link(self, backwards: bool) -> str | None:
        if not (self.has_previous if backwards else self.has_next):
            return None
        if not self.rows:
            return None
        row = self.rows[0 if backwards else -1]
        value = None
        if self.field != "pk":
            field = row._meta.get_field(self.field)
            value = None if getattr(row, field.attname) is None else field.value_to_string(row)
        cursor = Cursor(self.ordering, value, str(row.pk), backwards)
        return str(replace_query_param(self.request.build_absolute_uri(), "cursor", cursor.encode()))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = [sign + name for name in view.orderings for sign in ("", "-")]
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "Opaque; take it from `next` or `previous`.",
                "schema": {"type": "string"},
            },
            {
                "name": "limit",
                "in": "query",
                "description": "Rows on a page.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            },
            {
                "name": "ordering",
                "in": "query",
                "description": "What to sort by; `-` for descending.",
                "schema": {"type": "string", "enum": names, "default": view.default_ordering},
            },
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


def _limit(raw: str | None) -> int:
    if raw is None:
        return DEFAULT_LIMIT
    if raw.isascii() and raw.isdigit() and len(raw) <= 4 and 1 <= int(raw) <= MAX_LIMIT:
        return int(raw)
    raise Invalid(f"A whole number from 1 to {MAX_LIMIT}.", field="limit", code="out-of-range")


def _ordering(raw: str | None, view: Any) -> str:
    ordering = raw if raw is not None else view.default_ordering
    if ordering.removeprefix("-") not in view.orderings:
        raise Invalid(
            f"Sort by one of {', '.join(view.orderings)}, with - for descending.", field="ordering", code="unknown"
        )
    return str(ordering)
