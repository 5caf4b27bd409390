"""`/sla/policies/`, `/sla/calendars/` and `/alerts/`."""

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.fields import Nothing
from config.api.references import LOOKUP, id_of
from config.api.views import DeskViewSet, conditional, idempotent
from sla.api import bodies, filters
from sla.domain import alerts, calendars, policy_editing, reading
from sla.models import Alert, Calendar, Policy
from tenants.domain.reading import tenant_in_body


class CalendarViewSet(DeskViewSet):
    lookup_url_kwarg = "id"
    lookup_value_regex = LOOKUP
    serializer_class = bodies.CalendarOut
    queryset = Calendar.objects.none()
    orderings = {"name": "name", "id": "pk"}
    default_ordering = "name"
    scopes = {"list": "sla:read", "retrieve": "sla:read", "create": "sla:write", "partial_update": "sla:write"}

    @extend_schema(responses=bodies.CalendarOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(bodies.CalendarOut, reading.calendar_list(actor=self.actor))

    @extend_schema(responses=bodies.CalendarOut)
    def retrieve(self, request: Request, id: str) -> Response:
        return self._shown(reading.calendar_detail(id_of(id, prefix="CAL"), actor=self.actor))

    @extend_schema(request=bodies.CalendarIn, responses={201: bodies.CalendarOut})
    @idempotent
    def create(self, request: Request) -> Response:
        row = calendars.create(**self.values(bodies.CalendarIn), by=self.actor, at=self.at)
        return self._shown(row, status=201)

    @extend_schema(request=bodies.CalendarChange, responses=bodies.CalendarOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:
        """New hours are a new version, for new work only unless `recompute_open`."""
        row = reading.calendar_detail(id_of(id, prefix="CAL"), actor=self.actor)
        changes = self.values(bodies.CalendarChange, partial=True)
        return self._shown(
            policy_editing.edit_calendar(
                calendar_id=row.pk,
                recompute=changes.pop("recompute_open", False),
                **changes,
                by=self.actor,
                at=self.at,
                expected_version=self.expected_version,
            )
        )

    def _shown(self, row: Calendar, status: int = 200) -> Response:
        return self.shown(bodies.CalendarOut, row, status=status, version=row.version)


class PolicyViewSet(DeskViewSet):
    lookup_url_kwarg = "id"
    lookup_value_regex = LOOKUP
    serializer_class = bodies.PolicyOut
    filterset_class = filters.PolicyFilter
    queryset = Policy.objects.none()
    orderings = {"name": "name", "valid_from": "valid_from", "id": "pk"}
    default_ordering = "name"
    scopes = {"list": "sla:read", "retrieve": "sla:read", "create": "sla:write", "partial_update": "sla:write"}

    @extend_schema(responses=bodies.PolicyOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(bodies.PolicyOut, reading.policy_list(actor=self.actor))

    @extend_schema(responses=bodies.PolicyOut)
    def retrieve(self, request: Request, id: str) -> Response:
        return self._shown(id_of(id, prefix="POL"))

    @extend_schema(request=bodies.PolicyIn, responses={201: bodies.PolicyOut})
    @idempotent
    def create(self, request: Request) -> Response:
        terms = policy_editing.PolicyTerms(**self._terms(self.values(bodies.PolicyIn)))
        row = policy_editing.create(terms=terms, by=self.actor, at=self.at)
        return self._shown(row.pk, status=201)

    @extend_schema(request=bodies.PolicyChange, responses=bodies.PolicyOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:
        """What is left out stays; of `targets`, too."""
        row = reading.policy_detail(id_of(id, prefix="POL"), actor=self.actor)
        changes = self.values(bodies.PolicyChange, partial=True)
        recompute = changes.pop("recompute_open", False)
        terms = policy_editing.terms_of(row)
        changes["targets"] = {**terms.targets, **changes.get("targets", {})}
        policy_editing.edit(
            policy_id=row.pk,
            terms=replace(terms, **self._terms(changes)),
            recompute=recompute,
            by=self.actor,
            at=self.at,
            expected_version=self.expected_version,
        )
        return self._shown(row.pk)

    def _terms(self, values: dict[str, Any]) -> dict[str, Any]:
        if "tenant" in values:
            slug = values.pop("tenant")
            values["tenant_id"] = tenant_in_body(slug, actor=self.actor).pk if slug else None
        if "calendar" in values:
            values["calendar_id"] = values.pop("calendar")
        return values

    def _shown(self, policy_id: int, status: int = 200) -> Response:
        row = reading.policy_detail(policy_id, actor=self.actor)
        return self.shown(bodies.PolicyOut, row, status=status, version=row.version)


class AlertViewSet(DeskViewSet):
    lookup_url_kwarg = "id"
    lookup_value_regex = LOOKUP
    serializer_class = bodies.AlertOut
    filterset_class = filters.AlertFilter
    queryset = Alert.objects.none()
    orderings = {"raised_at": "raised_at", "id": "pk"}
    default_ordering = "-raised_at"
    scopes = {
        "list": "sla:read",
        "retrieve": "sla:read",
        "acknowledge": "sla:write",
        "answer": "sla:write",
        "resolve": "sla:write",
    }

    @extend_schema(responses=bodies.AlertOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(bodies.AlertOut, reading.alert_list(actor=self.actor))

    @extend_schema(responses=bodies.AlertOut)
    def retrieve(self, request: Request, id: str) -> Response:
        return self._shown(id_of(id, prefix="ALERT"))

    @extend_schema(request=None, responses=bodies.AlertOut)
    @action(detail=True, methods=["post"])
    @idempotent
    def acknowledge(self, request: Request, id: str) -> Response:
        """'I have it.' The first one has it; again changes nothing."""
        self.values(Nothing)
        alert_id = id_of(id, prefix="ALERT")
        alerts.acknowledge(alert_id=alert_id, by=self.actor, at=self.at)
        return self._shown(alert_id)

    @extend_schema(request=bodies.AnswerIn, responses=bodies.AlertOut)
    @action(detail=True, methods=["post"])
    @idempotent
    def answer(self, request: Request, id: str) -> Response:
        """Is the risk of a warning real? A no resolves it, with its reason."""
        alert_id = id_of(id, prefix="ALERT")
        values = {"reason": "", **self.values(bodies.AnswerIn)}
        alerts.answer_warning(alert_id=alert_id, **values, by=self.actor, at=self.at)
        return self._shown(alert_id)

    @extend_schema(request=bodies.ResolveIn, responses=bodies.AlertOut)
    @action(detail=True, methods=["post"])
    @idempotent
    def resolve(self, request: Request, id: str) -> Response:
        """A breach needs its cause code unless the clock has one."""
        alert_id = id_of(id, prefix="ALERT")
        alerts.resolve(alert_id=alert_id, **self.values(bodies.ResolveIn), by=self.actor, at=self.at)
        return self._shown(alert_id)

    def _shown(self, alert_id: int) -> Response:
        return self.shown(bodies.AlertOut, reading.alert_detail(alert_id, actor=self.actor))
