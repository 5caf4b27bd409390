"""`/tenants/`, `/requesters/`, `/resources/` and `/telemetry/`."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.references import id_of
from config.api.views import DeskViewSet, conditional, idempotent
from config.errors import Invalid
from tenants.api import bodies, filters
from tenants.domain import contracts, reading, requesters, resources, telemetry, tenants
from tenants.domain.blast_radius import radius
from tenants.models import Requester, Resource, Tenant

KEY = r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}"


class TenantViewSet(DeskViewSet):
    lookup_url_kwarg = "slug"
    lookup_value_regex = KEY
    serializer_class = bodies.TenantOut
    filterset_class = filters.TenantFilter
    queryset = Tenant.objects.none()
    orderings = {"name": "name", "slug": "slug", "id": "pk"}
    default_ordering = "name"
    scopes = {"list": "cases:read", "retrieve": "cases:read", "partial_update": "admin"}

    @extend_schema(responses=bodies.TenantOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(bodies.TenantOut, reading.tenant_list(actor=self.actor))

    @extend_schema(responses=bodies.TenantOut)
    def retrieve(self, request: Request, slug: str) -> Response:
        row = reading.tenant_detail(slug, actor=self.actor)
        return self.shown(bodies.TenantOut, row, version=row.version)

    @extend_schema(request=bodies.TenantIn, responses=bodies.TenantOut)
    @conditional
    def partial_update(self, request: Request, slug: str) -> Response:
        row = reading.tenant_detail(slug, actor=self.actor)
        changed = tenants.edit(
            tenant_id=row.pk,
            changes=self.values(bodies.TenantIn, partial=True),
            by=self.actor,
            at=self.at,
            expected_version=self.expected_version,
        )
        return self.shown(bodies.TenantOut, changed, version=changed.version)


class RequesterViewSet(DeskViewSet):
    lookup_url_kwarg = "id"
    lookup_value_regex = r"[A-Za-z0-9-]{1,32}"
    serializer_class = bodies.RequesterOut
    filterset_class = filters.RequesterFilter
    queryset = Requester.objects.none()
    orderings = {"name": "name", "email": "email", "id": "pk"}
    default_ordering = "name"
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "create": "cases:write",
        "partial_update": "cases:write",
    }

    @extend_schema(responses=bodies.RequesterOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(bodies.RequesterOut, reading.requester_list(actor=self.actor))

    @extend_schema(responses=bodies.RequesterOut)
    def retrieve(self, request: Request, id: str) -> Response:
        return self._shown(reading.requester_detail(id_of(id, prefix="REQ"), actor=self.actor))

    @extend_schema(request=bodies.RequesterIn, responses={201: bodies.RequesterOut})
    @idempotent
    def create(self, request: Request) -> Response:
        values = self.values(bodies.RequesterIn)
        tenant = reading.tenant_in_body(values.pop("tenant"), actor=self.actor)
        row = requesters.create(tenant_id=tenant.pk, values=values, by=self.actor, at=self.at)
        return self._shown(row, status=201)

    @extend_schema(request=bodies.RequesterChange, responses=bodies.RequesterOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:
        row = reading.requester_detail(id_of(id, prefix="REQ"), actor=self.actor)
        changed = requesters.edit(
            requester_id=row.pk,
            changes=self.values(bodies.RequesterChange, partial=True),
            by=self.actor,
            at=self.at,
            expected_version=self.expected_version,
        )
        return self._shown(changed)

    def _shown(self, row: Requester, status: int = 200) -> Response:
        return self.shown(bodies.RequesterOut, row, status=status, version=row.version)


class ResourceViewSet(DeskViewSet):
    lookup_url_kwarg = "key"
    lookup_value_regex = KEY
    serializer_class = bodies.ResourceOut
    filterset_class = filters.ResourceFilter
    queryset = Resource.objects.none()
    orderings = {"key": "key", "name": "name", "health_at": "health_at", "id": "pk"}
    default_ordering = "key"
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "blast_radius": "cases:read",
        "create": "incidents:write",
        "partial_update": "incidents:write",
    }

    @extend_schema(responses=bodies.ResourceOut(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(bodies.ResourceOut, reading.resource_list(actor=self.actor))

    @extend_schema(responses=bodies.ResourceOut)
    def retrieve(self, request: Request, key: str) -> Response:
        return self._shown(reading.resource_detail(key, actor=self.actor))

    @extend_schema(request=bodies.ResourceIn, responses={201: bodies.ResourceOut})
    @idempotent
    def create(self, request: Request) -> Response:
        values = self.values(bodies.ResourceIn)
        slug = values.pop("tenant")
        tenant_id = None if slug is None else reading.tenant_in_body(slug, actor=self.actor).pk
        row = resources.create(tenant_id=tenant_id, key=values.pop("key"), values=values, by=self.actor, at=self.at)
        return self._shown(row, status=201)

    @extend_schema(request=bodies.ResourceChange, responses=bodies.ResourceOut)
    @conditional
    def partial_update(self, request: Request, key: str) -> Response:
        row = reading.resource_detail(key, actor=self.actor)
        changed = resources.edit(
            resource_id=row.pk,
            changes=self.values(bodies.ResourceChange, partial=True),
            by=self.actor,
            at=self.at,
            expected_version=self.expected_version,
        )
        return self._shown(changed)

    @extend_schema(responses=bodies.RadiusOut)
    @action(detail=True, url_path="blast-radius")
    def blast_radius(self, request: Request, key: str) -> Response:
        row = reading.resource_detail(key, actor=self.actor)
        reached = radius([row.pk], actor=self.actor)
        self.note([row])
        return Response(bodies.RadiusOut(reached).data)

    def _shown(self, row: Resource, status: int = 200) -> Response:
        return self.shown(bodies.ResourceOut, row, status=status, version=row.revision)


class TelemetryViewSet(DeskViewSet):
    serializer_class = bodies.TelemetryIn
    queryset = Tenant.objects.none()
    pagination_class = None
    other_parameters = frozenset({"tenant"})
    scopes = {"list": "cases:read", "create": "telemetry:write", "schemas": "telemetry:write"}

    @extend_schema(
        parameters=[OpenApiParameter("tenant", str, required=True, description="Slug.")],
        responses=bodies.ReadingOut(many=True),
    )
    def list(self, request: Request) -> Response:
        """The newest reading of each kind, name and resource; `stale` after 24 hours."""
        slug = request.query_params.get("tenant")
        if not slug:
            raise Invalid("Say which tenant.", field="tenant", code="required")
        readings = reading.readings(slug, actor=self.actor, at=self.at)
        self.note([one.snapshot for one in readings])
        return Response(bodies.ReadingOut(readings, many=True).data)

    @extend_schema(request=bodies.TelemetryIn, responses={201: bodies.RecordedOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Readings by data contract, all or none."""
        values = self.values(bodies.TelemetryIn)
        tenant_id = reading.tenant_in_body(values["tenant"], actor=self.actor).pk
        recorded = telemetry.record(tenant_id=tenant_id, snapshots=values["snapshots"], by=self.actor, at=self.at)
        return Response(bodies.RecordedOut(recorded).data, status=201)

    @extend_schema(responses=bodies.SchemasOut, filters=False)
    @action(detail=False)
    def schemas(self, request: Request) -> Response:
        """The data contracts: by kind, the JSON Schema (2020-12) of one snapshot."""
        return Response(contracts.schemas())
