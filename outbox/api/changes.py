"""`GET /changes/`: what happened to cases and incidents, in the order of commits."""

from collections.abc import Iterable
from typing import Any

from django.core import signing
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.api.fields import Moment, Output, PlainObject
from config.api.views import DeskViewSet
from config.errors import Invalid
from outbox.domain import feed, reading
from outbox.hooks import feed_tenants
from outbox.models import Event

SALT = "outbox.changes"
DEFAULT_LIMIT = 50
MAX_LIMIT = 200
PARAMETERS = frozenset({"cursor", "limit", "wait"})


class ChangeOut(Output):
    id = serializers.CharField()
    type = serializers.CharField(source="name", help_text="Such as cases.case-moved; docs/events.md lists them.")
    tenant = serializers.SerializerMethodField(help_text="Its slug; null where it is of several, or of nobody.")
    occurred_at = Moment(source="at")
    data = PlainObject(source="payload")  # type: ignore[assignment]  # Serializer has a property of this name

    def get_tenant(self, change: feed.Change) -> str | None:
        slugs: dict[int, str] = self.context["slugs"]
        return None if change.tenant_id is None else slugs[change.tenant_id]


def _whole(name: str, default: int, most: int, said: str) -> OpenApiParameter:
    schema = {"type": "integer", "minimum": 0 if default == 0 else 1, "maximum": most, "default": default}
    return OpenApiParameter(name, schema, description=said)


class ChangeViewSet(DeskViewSet):
    serializer_class = ChangeOut
    queryset = Event.objects.none()
    scopes = {"list": "cases:read"}
    pagination_class = None

    @extend_schema(
        parameters=[
            OpenApiParameter("cursor", str, description="Opaque: the last answer's. Absent: from the first one kept."),
            _whole("limit", DEFAULT_LIMIT, MAX_LIMIT, "Changes in one answer."),
            _whole("wait", 0, int(feed.LONGEST_WAIT), "Seconds to wait when there is nothing new yet."),
        ],
        responses=inline_serializer(
            "ChangePage",
            {
                "next": serializers.URLField(help_text="Always there: ask it for what comes after."),
                "previous": serializers.URLField(allow_null=True, help_text="Always null: the feed goes forward."),
                "cursor": serializers.CharField(),
                "results": ChangeOut(many=True),
            },
        ),
    )
    def list(self, request: Request) -> Response:
        """In commit order, nothing skipped and nothing twice. 410 when the cursor is older than what is kept."""
        asked = request.query_params
        if unknown := sorted(set(asked) - PARAMETERS):
            raise Invalid("Unknown parameter; known here: cursor, limit, wait.", field=unknown[0][:50], code="unknown")
        found = feed.read(
            after=number_in(asked["cursor"]) if "cursor" in asked else 0,
            limit=whole(asked.get("limit"), name="limit", least=1, most=MAX_LIMIT, default=DEFAULT_LIMIT),
            wait=whole(asked.get("wait"), name="wait", least=0, most=int(feed.LONGEST_WAIT), default=0),
            tenant_ids=feed_tenants.ask_one(request=request),
        )
        self.note(found.changes)
        cursor = cursor_at(found.last)
        context = {"slugs": reading.slugs([one.tenant_id for one in found.changes])}
        answer: dict[str, Any] = {
            "next": replace_query_param(request.build_absolute_uri(), "cursor", cursor),
            "previous": None,
            "cursor": cursor,
            "results": ChangeOut(found.changes, many=True, context=context).data,
        }
        return Response(answer)

    def tenant_ids_of(self, row: feed.Change) -> Iterable[int | None]:
        return [row.tenant_id, *row.payload.get("tenant_ids", [])]


def cursor_at(number: int) -> str:
    return signing.dumps(number, salt=SALT)


def number_in(cursor: str) -> int:
    try:
        number: int = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError):
        raise Invalid("This is not a cursor of ours.", field="cursor", code="bad-cursor") from None
    return number


def whole(raw: str | None, *, name: str, least: int, most: int, default: int) -> int:
    if raw is None:
        return default
    if raw.isascii() and raw.isdigit() and len(raw) <= 4 and least <= int(raw) <= most:
        return int(raw)
    raise Invalid(f"A whole number from {least} to {most}.", field=name, code="out-of-range")
