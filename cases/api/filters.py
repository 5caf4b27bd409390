from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from cases.domain import search
from cases.domain.desk.queues import QUEUES
from cases.enums import Level, Priority, Severity, Status
from cases.models import Case
from config.api.filters import CommaChoiceFilter, CommaFilter, DeskFilterSet, FlagFilter, MomentFilter
from tenants.api.filters import OfTenants


class ClientCaseFilter(DeskFilterSet):
    """What a client may sort their cases by: nothing that the answer would not show them."""

    q = django_filters.CharFilter(method="with_words", label="Words of the case, a reference, an error id, a name.")
    tenant = OfTenants()
    status = CommaChoiceFilter(choices=Status.choices, lookup_expr="in")
    priority = CommaChoiceFilter(choices=Priority.choices, lookup_expr="in")
    severity = CommaChoiceFilter(choices=Severity.choices, lookup_expr="in")
    requester = django_filters.CharFilter(field_name="requester__email", lookup_expr="iexact", label="A mail address.")
    category = django_filters.CharFilter(field_name="category__slug")
    opened_from = MomentFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = MomentFilter(field_name="opened_at", lookup_expr="lt")

    class Meta:
        model = Case
        fields: list[str] = []

    def with_words(self, queryset: QuerySet[Case], _name: str, words: str) -> QuerySet[Case]:
        return search.narrowed_by(words, queryset, actor=self.request.actor)


class CaseFilter(ClientCaseFilter):
    queue = django_filters.ChoiceFilter(
        choices=[(name, name) for name in QUEUES], method="in_queue", label="One of the desk's standing lists."
    )
    level = CommaChoiceFilter(choices=Level.choices, lookup_expr="in")
    owner = django_filters.CharFilter(method="owned_by", label="A user name, `me` or `nobody`.")
    tag = django_filters.CharFilter(field_name="tags", lookup_expr="contains", method="tagged")
    channel = CommaFilter(lookup_expr="in")
    breached = FlagFilter()
    error_id = django_filters.CharFilter(method="with_error")
    external = django_filters.CharFilter(method="known_as", label="`system:id`, the name in another system.")

    def in_queue(self, queryset: QuerySet[Case], _name: str, name: str) -> QuerySet[Case]:
        return queryset.filter(QUEUES[name].condition(self.request.actor, timezone.now()))

    def owned_by(self, queryset: QuerySet[Case], _name: str, owner: str) -> QuerySet[Case]:
        if owner == "nobody":
            return queryset.filter(owner=None)
        if owner == "me":
            return queryset.filter(owner_id=self.request.actor.user_id)
        return queryset.filter(owner__username=owner)

    def tagged(self, queryset: QuerySet[Case], _name: str, tag: str) -> QuerySet[Case]:
        return queryset.filter(tags__contains=[tag])

    def with_error(self, queryset: QuerySet[Case], _name: str, error_id: str) -> QuerySet[Case]:
        return queryset.filter(error_ids__contains=[error_id])

    def known_as(self, queryset: QuerySet[Case], _name: str, name: str) -> QuerySet[Any]:
        system, _, external_id = name.partition(":")
        return queryset.filter(external_refs__system=system, external_refs__external_id=external_id)
