"""Filters of lists: django-filter, but a name or a value that it does not know is refused, not ignored.

A filter that is silently dropped answers with everything, and the caller acts on the wrong rows.
"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from config.errors import Invalid

PAGE_PARAMETERS = frozenset({"cursor", "limit", "ordering"})


class DeskFilterSet(django_filters.FilterSet):
    """Base of a list's filters. Several values are separated by commas (`CommaFilter`)."""


class CommaFilter(django_filters.BaseInFilter, django_filters.CharFilter):
    """`?status=new,triage`: any of these texts."""


class CommaChoiceFilter(django_filters.BaseInFilter, django_filters.ChoiceFilter):
    """`?status=new,triage`: any of these, each one of the choices."""


class FlagFilter(django_filters.TypedChoiceFilter):
    """`?breached=true`: `true` or `false`, where django-filter's own takes anything for 'not asked'."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        words = [("true", "true"), ("false", "false")]
        super().__init__(*args, choices=words, coerce=lambda word: word == "true", **kwargs)


class StrictFilterBackend(DjangoFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        known = PAGE_PARAMETERS | view.other_parameters | set(filterset.filters if filterset else ())
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise Invalid(
                f"Unknown parameter; known here: {', '.join(sorted(known))}.", field=unknown[0][:50], code="unknown"
            )
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise ValidationError(
                {
                    name: [
                        ValidationError(str(error), code=str(error.code or "invalid")).detail[0]
                        for error in errors.as_data()
                    ]
                    for name, errors in filterset.errors.items()
                }
            )
        return filterset.qs
