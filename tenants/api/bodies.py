"""Bodies of this room's API: what callers may say, and what we answer."""

from typing import Any

from rest_framework import serializers

from config.api.fields import Choice, Flag, Input, Moment, Output, PlainObject, Text, Whole
from tenants.domain.contracts import MAX_SNAPSHOTS
from tenants.enums import BillingStatus, ContactRole, Health, SnapshotKind, SnapshotStatus, SupportTier


class Number(serializers.FloatField):
    """A JSON number."""

    def to_internal_value(self, data: Any) -> float:
        if not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        return float(super().to_internal_value(data))


class EntitlementOut(Output):
    feature = serializers.CharField()
    entitled = serializers.BooleanField()
    used = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)


class ContactOut(Output):
    name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.ChoiceField(choices=ContactRole.choices)
    language = serializers.CharField()
    time_zone = serializers.CharField()


class ProjectOut(Output):
    name = serializers.CharField()
    sprint = serializers.CharField()
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)


class TenantOut(Output):
    id = serializers.CharField(source="pk")
    slug = serializers.CharField()
    name = serializers.CharField()
    plan = serializers.CharField()
    segment = serializers.CharField()
    region = serializers.CharField()
    data_residency = serializers.CharField()
    support_tier = serializers.ChoiceField(choices=SupportTier.choices)
    billing_status = serializers.ChoiceField(choices=BillingStatus.choices)
    arr = serializers.DecimalField(max_digits=12, decimal_places=2)
    arr_currency = serializers.CharField()
    time_zone = serializers.CharField()
    language = serializers.CharField()
    reminder_days = serializers.ListField(child=serializers.IntegerField())
    no_answer_days = serializers.IntegerField(allow_null=True)
    auto_close_days = serializers.IntegerField()
    auto_close_reminder_days = serializers.IntegerField()
    reopen_days = serializers.IntegerField()
    closed_at = Moment(allow_null=True)
    entitlements = EntitlementOut(many=True)
    contacts = ContactOut(many=True)
    projects = ProjectOut(many=True)


class TenantIn(Input):
    name = Text(max_length=200)
    plan = Text(max_length=80, allow_blank=True)
    segment = Text(max_length=80, allow_blank=True)
    region = Text(max_length=80, allow_blank=True)
    data_residency = Text(max_length=80, allow_blank=True)
    support_tier = Choice(choices=SupportTier.choices)
    billing_status = Choice(choices=BillingStatus.choices)
    arr = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0)
    arr_currency = Text(max_length=3)
    time_zone = Text(max_length=50)
    language = Text(max_length=20)
    reminder_days = serializers.ListField(child=Whole(min_value=1, max_value=365), max_length=10)
    no_answer_days = Whole(min_value=1, max_value=365, allow_null=True)
    auto_close_days = Whole(min_value=1, max_value=365)
    auto_close_reminder_days = Whole(min_value=0, max_value=365)
    reopen_days = Whole(min_value=0, max_value=365)


class RequesterOut(Output):
    id = serializers.CharField(source="pk")
    tenant = serializers.CharField(source="tenant.slug")
    name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.CharField()
    channel = serializers.CharField()
    language = serializers.CharField()
    time_zone = serializers.CharField()
    authentication = serializers.CharField()
    sees_all_tenant_cases = serializers.BooleanField()
    anonymised_at = Moment(allow_null=True)


class RequesterChange(Input):
    name = Text(max_length=200)
    email = Text(max_length=254)
    role = Text(max_length=80, allow_blank=True, required=False)
    channel = Text(max_length=40, allow_blank=True, required=False)
    language = Text(max_length=20, required=False)
    time_zone = Text(max_length=50, required=False)
    authentication = Text(max_length=40, allow_blank=True, required=False)
    sees_all_tenant_cases = Flag(required=False)


class RequesterIn(RequesterChange):
    tenant = Text(max_length=80)


class ResourceOut(Output):
    """`tenant` is empty for a part of the shared platform."""

    id = serializers.CharField(source="pk")
    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    tenant = serializers.CharField(source="tenant.slug", default=None, allow_null=True)
    region = serializers.CharField()
    version = serializers.CharField()
    config_snapshot = PlainObject()
    health = serializers.ChoiceField(choices=Health.choices)
    health_at = Moment(allow_null=True)


class ResourceChange(Input):
    name = Text(max_length=200)
    kind = Text(max_length=80)
    region = Text(max_length=80, allow_blank=True, required=False)
    version = Text(max_length=80, allow_blank=True, required=False)
    config_snapshot = PlainObject(required=False)


class ResourceIn(ResourceChange):
    key = Text(max_length=120)
    tenant = Text(max_length=80, allow_null=True)


class NodeOut(Output):
    id = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    health = serializers.ChoiceField(choices=Health.choices)
    distance = serializers.IntegerField()


class RadiusOut(Output):
    """What lies downstream. `edges` are pairs of keys; `more_…` count what is reached but not for you to name."""

    resources = NodeOut(many=True, source="nodes")
    edges = serializers.SerializerMethodField()
    tenants: Any = serializers.SlugRelatedField(slug_field="slug", many=True, read_only=True)
    more_resources = serializers.IntegerField()
    more_tenants = serializers.IntegerField()

    def get_edges(self, radius: Any) -> list[list[str]]:
        keys = {node.id: node.key for node in radius.nodes}
        return [[keys[upstream], keys[downstream]] for upstream, downstream in radius.edges]


class SnapshotIn(Input):
    kind = Choice(choices=SnapshotKind.choices)
    name = Text(max_length=120)
    resource = Text(max_length=120, required=False, allow_null=True)
    value = Number(required=False, allow_null=True)
    threshold = Number(required=False, allow_null=True)
    status = Choice(choices=SnapshotStatus.choices)
    data = PlainObject(required=False)  # type: ignore[assignment]
    taken_at = Moment()


class TelemetryIn(Input):
    tenant = Text(max_length=80)
    snapshots = serializers.ListField(child=SnapshotIn(), min_length=1, max_length=MAX_SNAPSHOTS)


class SchemasOut(Output):
    """A JSON Schema a kind."""

    def get_fields(self) -> dict[str, Any]:
        return {kind.value: PlainObject() for kind in SnapshotKind}


class RecordedOut(Output):
    stored = serializers.IntegerField()
    known_already = serializers.IntegerField()


class ReadingOut(Output):
    kind = serializers.ChoiceField(source="snapshot.kind", choices=SnapshotKind.choices)
    name = serializers.CharField(source="snapshot.name")
    resource = serializers.CharField(source="snapshot.resource.key", default=None, allow_null=True)
    value = serializers.FloatField(source="snapshot.value", allow_null=True)
    threshold = serializers.FloatField(source="snapshot.threshold", allow_null=True)
    status = serializers.ChoiceField(source="snapshot.status", choices=SnapshotStatus.choices)
    data = PlainObject(source="snapshot.data")  # type: ignore[assignment]
    taken_at = Moment(source="snapshot.taken_at")
    received_at = Moment(source="snapshot.received_at")
    stale = serializers.BooleanField()
