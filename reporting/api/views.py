"""`/metrics/` and `/events/`."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.fields import Moment, Output
from config.api.filters import CommaChoiceFilter, DeskFilterSet
from config.api.views import DeskViewSet
from config.errors import Invalid, Unknown
from reporting.domain import reading
from reporting.domain.metrics import metrics, tenant_for
from reporting.domain.period import Period
from reporting.enums import Backlog
from reporting.models import FeedbackEvent


class MetricsViewSet(DeskViewSet):
    scopes = {"figures": "reports:read"}

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, required=True, description="First day, counted."),
            OpenApiParameter("to", OpenApiTypes.DATE, required=True, description="Last day, counted."),
            OpenApiParameter("tenant", OpenApiTypes.STR, description="Slug; days are then cut in its zone."),
        ],
        responses=OpenApiTypes.OBJECT,
        operation_id="metrics_retrieve",
    )
    def figures(self, request: Request) -> Response:
        """The helpdesk's figures of a period over the cases one sees; the same numbers as `manage.py metrics`."""
        reading.require_reader(actor=self.actor)
        unknown = sorted(set(request.query_params) - {"from", "to", "tenant"})
        if unknown:
            raise Invalid("Known here: from, to, tenant.", field=unknown[0][:50], code="unknown")
        slug = request.query_params.get("tenant")
        tenant = tenant_for(slug, actor=self.actor) if slug is not None else None
        if slug is not None and tenant is None:
            raise Unknown("tenant", field="tenant")
        zone = ZoneInfo(tenant.time_zone if tenant else "UTC").key
        period = Period(self._day("from"), self._day("to"), zone)
        return Response(metrics(period=period, tenant=tenant, actor=self.actor).as_json())

    def _day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.request.query_params.get(name, ""))
        except ValueError:
            raise Invalid("A date such as 2026-01-31.", field=name, code="bad-date") from None


class CloudEventOut(Output):
    """A feedback emission as a CloudEvent 1.0; `source` and `id` are the same however often it is read."""

    specversion = serializers.SerializerMethodField()
    id = serializers.CharField(source="event_id")
    source = serializers.SerializerMethodField()  # type: ignore[assignment]  # the standard's name, not DRF's attribute
    type = serializers.SerializerMethodField()
    time = Moment(source="emitted_at")
    subject = serializers.CharField(source="case.reference")
    datacontenttype = serializers.SerializerMethodField()
    data = serializers.SerializerMethodField()  # type: ignore[assignment]  # likewise

    def get_specversion(self, event: FeedbackEvent) -> str:
        return "1.0"

    def get_source(self, event: FeedbackEvent) -> str:
        return f"{settings.DESK_URL}/api/v1/events/"

    def get_type(self, event: FeedbackEvent) -> str:
        return f"com.companyos.support.feedback.{event.backlog}.v1"

    def get_datacontenttype(self, event: FeedbackEvent) -> str:
        return "application/json"

    def get_data(self, event: FeedbackEvent) -> dict[str, Any]:
        return {"backlog": event.backlog, "segment": event.segment, "proposal": event.proposal, **event.data}


class EventFilter(DeskFilterSet):
    backlog = CommaChoiceFilter(field_name="backlog", choices=Backlog.choices)
    segment = django_filters.CharFilter(field_name="segment", max_length=80)


class EventViewSet(DeskViewSet):
    scopes = {"list": "reports:read"}
    serializer_class = CloudEventOut
    filterset_class = EventFilter
    default_ordering = "id"
    queryset = FeedbackEvent.objects.none()

    @extend_schema(responses=CloudEventOut(many=True))
    def list(self, request: Request) -> Response:
        """Feedback emissions, oldest first. Keep the last `next`: what comes later follows it, nothing twice."""
        return self.listed(CloudEventOut, reading.feedback(actor=self.actor))
