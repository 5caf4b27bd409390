from typing import Any

import django_filters

from config.api.filters import CommaChoiceFilter, CommaFilter, DeskFilterSet
from tenants.enums import BillingStatus, Health, SupportTier
from tenants.models import Requester, Resource, Tenant


class WordsFilter(django_filters.CharFilter):
    """`?q=`: the words in the columns that the model searches by (`matching`)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.matching(value) if value else qs


class OfTenants(CommaFilter):
    """`?tenant=acme,globex` on rows that come by the million: the slugs are looked up first, since the database knows
    how many rows a tenant has, but of a slug in another table it must guess.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(field_name="tenant", max_length=80, **kwargs)

    def filter(self, qs: Any, value: Any) -> Any:
        if not value:
            return qs
        return qs.filter(tenant__in=list(Tenant.objects.filter(slug__in=value).values_list("pk", flat=True)))


class TenantFilter(DeskFilterSet):
    q = WordsFilter()
    segment = CommaFilter(field_name="segment", lookup_expr="in")
    region = CommaFilter(field_name="region", lookup_expr="in")
    support_tier = CommaChoiceFilter(field_name="support_tier", lookup_expr="in", choices=SupportTier.choices)
    billing_status = CommaChoiceFilter(field_name="billing_status", lookup_expr="in", choices=BillingStatus.choices)

    class Meta:
        model = Tenant
        fields: list[str] = []


class RequesterFilter(DeskFilterSet):
    q = WordsFilter()
    tenant = CommaFilter(field_name="tenant__slug", lookup_expr="in")
    email = django_filters.CharFilter(field_name="email", lookup_expr="iexact", max_length=254)

    class Meta:
        model = Requester
        fields: list[str] = []


class ResourceFilter(DeskFilterSet):
    q = WordsFilter()
    tenant = CommaFilter(field_name="tenant__slug", lookup_expr="in")
    kind = CommaFilter(field_name="kind", lookup_expr="in")
    region = CommaFilter(field_name="region", lookup_expr="in")
    health = CommaChoiceFilter(field_name="health", lookup_expr="in", choices=Health.choices)

    class Meta:
        model = Resource
        fields: list[str] = []
