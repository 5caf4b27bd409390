import django_filters

from config.api.filters import CommaChoiceFilter, CommaFilter, DeskFilterSet
from sla.enums import AlertKind, AlertStatus
from sla.models import Alert, Policy
from tenants.api.filters import OfTenants


class PolicyFilter(DeskFilterSet):
    tenant = CommaFilter(field_name="tenant__slug", max_length=80)
    tier = CommaFilter(field_name="tier", max_length=40)
    segment = CommaFilter(field_name="segment", max_length=80)

    class Meta:
        model = Policy
        fields: list[str] = []


class AlertFilter(DeskFilterSet):
    tenant = OfTenants()
    kind = CommaChoiceFilter(field_name="kind", choices=AlertKind.choices)
    status = CommaChoiceFilter(field_name="status", choices=AlertStatus.choices)
    clock = django_filters.NumberFilter(field_name="clock_id", min_value=1, max_value=2**63 - 1)

    class Meta:
        model = Alert
        fields: list[str] = []
