"""`/incidents/`, `/runbooks/` and `/rota/today/`."""

from collections.abc import Callable, Iterable
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.fields import Nothing
from config.api.filters import CommaChoiceFilter, DeskFilterSet
from config.api.references import LOOKUP, id_of
from config.api.views import DeskViewSet, conditional, idempotent
from config.errors import Invalid
from incidents.api import serializers as body
from incidents.domain import actions, communicate, lifecycle, reading, rota, runbooks
from incidents.domain.declare import declare
from incidents.enums import IncidentStatus, Severity
from incidents.models import Action, Incident, Runbook
from tenants.domain.reading import tenant_in_body

# Each move with the members of its body that it takes beside `reason`.
MOVES: dict[str, tuple[Callable[..., Incident], dict[str, bool]]] = {
    "identify": (lifecycle.identify, {"cause": True}),
    "monitor": (lifecycle.monitor, {}),
    "investigate": (lifecycle.investigate, {}),
    "resolve": (lifecycle.resolve, {"root_cause": True, "closing_word": True, "chain_level": False}),
    "reopen": (lifecycle.reopen, {}),
}

TICKS: dict[str, Callable[..., Action]] = {"done": actions.finish, "reopen": actions.reopen}


class IncidentFilter(DeskFilterSet):
    status = CommaChoiceFilter(field_name="status", choices=IncidentStatus.choices)
    severity = CommaChoiceFilter(field_name="severity", choices=Severity.choices)
    tenant = django_filters.CharFilter(field_name="tenants__slug", max_length=80)

    class Meta:
        model = Incident
        fields: list[str] = []


class IncidentViewSet(DeskViewSet):
    lookup_url_kwarg = "ref"
    lookup_value_regex = LOOKUP
    serializer_class = body.IncidentOut
    filterset_class = IncidentFilter
    orderings = {"declared_at": "declared_at"}
    default_ordering = "-declared_at"
    queryset = Incident.objects.none()
    scopes = {
        "list": "incidents:read",
        "retrieve": "incidents:read",
        "create": "incidents:write",
        "move": "incidents:write",
        "updates": "incidents:read",
        "publish": "incidents:write",
        "add_action": "incidents:write",
        "tick_action": "incidents:write",
    }

    def tenant_ids_of(self, row: Any) -> Iterable[int | None]:
        return [link.tenant_id for link in row.tenant_links.all()] if isinstance(row, Incident) else []

    @extend_schema(responses=body.IncidentOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(body.IncidentOut, reading.incident_rows(actor=self.actor))

    @extend_schema(responses=body.IncidentOut)
    def retrieve(self, request: Request, ref: str) -> Response:
        return self._one(id_of(ref, prefix="INC"))

    @extend_schema(request=body.DeclareIn, responses={201: body.IncidentOut})
    @idempotent
    def create(self, request: Request) -> Response:
        values = self.values(body.DeclareIn)
        tenant_ids = reading.tenant_ids(values.pop("tenants"), actor=self.actor)
        resource_ids = reading.resource_ids(values.pop("resources"), actor=self.actor)
        incident = declare(**values, tenant_ids=tenant_ids, resource_ids=resource_ids, by=self.actor, at=self.at)
        return self._one(incident.pk, status=201)

    @extend_schema(request=body.MoveIn, responses=body.IncidentOut)
    @conditional
    @idempotent
    def move(self, request: Request, ref: str, move: str) -> Response:
        door, takes = MOVES[move]
        incident_id = id_of(ref, prefix="INC")
        reading.require_visible(incident_id=incident_id, actor=self.actor)
        values = self.values(body.MoveIn)
        reason = values.pop("reason")
        surplus = sorted(set(values) - set(takes))
        if surplus:
            raise Invalid(f"'{move}' does not take this.", field=surplus[0], code="unknown-field")
        missing = sorted(name for name, needed in takes.items() if needed and name not in values)
        if missing:
            raise Invalid(
                f"'{move}' needs this.",
                errors=[{"field": name, "code": "required", "message": f"'{move}' needs this."} for name in missing],
            )
        door(
            incident_id=incident_id,
            **values,
            reason=reason,
            expected_version=self.expected_version,
            by=self.actor,
            at=self.at,
        )
        return self._one(incident_id)

    @extend_schema(responses=body.UpdateOut(many=True))
    @action(detail=True, methods=["get"])
    def updates(self, request: Request, ref: str) -> Response:
        rows = reading.updates(incident_id=id_of(ref, prefix="INC"), actor=self.actor)
        return Response({"results": body.UpdateOut(rows, many=True).data})

    @extend_schema(request=body.UpdateIn, responses={201: body.UpdateOut})
    @updates.mapping.post
    @idempotent
    def publish(self, request: Request, ref: str) -> Response:
        values: dict[str, Any] = self.values(body.UpdateIn)
        update = communicate.publish_update(
            incident_id=id_of(ref, prefix="INC"),
            next_word_text=values.pop("next_word"),
            **values,
            by=self.actor,
            at=self.at,
        )
        return self.shown(body.UpdateOut, update, status=201)

    @extend_schema(request=body.ActionIn, responses={201: body.ActionOut})
    @idempotent
    def add_action(self, request: Request, ref: str) -> Response:
        """A corrective action, with an owner and a date."""
        values = self.values(body.ActionIn)
        incident_id = id_of(ref, prefix="INC")
        reading.require_visible(incident_id=incident_id, actor=self.actor)
        owner_id = reading.colleague_id(values.pop("owner"))
        made = actions.add(incident_id=incident_id, owner_id=owner_id, **values, by=self.actor, at=self.at)
        return self.shown(body.ActionOut, made, status=201)

    @extend_schema(request=None, responses=body.ActionOut)
    @idempotent
    def tick_action(self, request: Request, ref: str, action_id: str, tick: str) -> Response:
        """Done, or open again after all. Saying so twice changes nothing."""
        self.values(Nothing)
        changed = TICKS[tick](incident_id=id_of(ref, prefix="INC"), action_id=int(action_id), by=self.actor, at=self.at)
        return self.shown(body.ActionOut, changed)

    def _one(self, incident_id: int, *, status: int = 200) -> Response:
        incident = reading.require_visible(incident_id=incident_id, actor=self.actor)
        return self.shown(body.IncidentOut, incident, status=status, version=incident.version)


class RunbookFilter(DeskFilterSet):
    error_code = django_filters.CharFilter(field_name="error_codes", lookup_expr="contains", method="with_code")
    q = django_filters.CharFilter(field_name="title", lookup_expr="icontains", max_length=100)

    class Meta:
        model = Runbook
        fields: list[str] = []

    def with_code(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(error_codes__contains=[value])


class RunbookViewSet(DeskViewSet):
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = body.RunbookOut
    filterset_class = RunbookFilter
    orderings = {"title": "title"}
    default_ordering = "title"
    scopes = {"list": "incidents:read", "retrieve": "incidents:read", "run": "incidents:write"}

    @extend_schema(responses=body.RunbookOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(body.RunbookOut, reading.runbook_rows(actor=self.actor))

    @extend_schema(responses=body.RunbookOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        runbook = reading.runbook(runbook_id=int(pk), actor=self.actor)
        return self.shown(body.RunbookOut, runbook, version=runbook.version)

    @extend_schema(request=body.RunIn, responses={201: body.RunOut})
    @action(detail=True, methods=["post"])
    @idempotent
    def run(self, request: Request, pk: str) -> Response:
        """Start a run: a frozen copy of the steps, to be worked off on the desk."""
        values = self.values(body.RunIn)
        tenant_id = tenant_in_body(values["tenant"], actor=self.actor).pk
        run = runbooks.start_run(
            runbook_id=int(pk),
            tenant_id=tenant_id,
            incident_id=values.get("incident"),
            by=self.actor,
            at=self.at,
        )
        return self.shown(body.RunOut, run, status=201)


class RotaViewSet(DeskViewSet):
    scopes = {"today": "incidents:read"}
    serializer_class = body.RotaOut

    @extend_schema(responses=body.RotaOut)
    def today(self, request: Request) -> Response:
        """Who has the desk today, who is on call, and which weekdays of the next seven nobody has."""
        reading.require_staff(actor=self.actor)
        return self.shown(body.RotaOut, rota.today(at=self.at))
