"""Filters of lists: django-filter, but a name or a value that it does not know is refused, not ignored.

A filter that is silently dropped answers with everything, and the caller acts on the wrong rows.
"""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from config.api.fields import Moment
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


class MomentField(forms.CharField):
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            return Moment().to_internal_value(text.replace(" ", "+"))  # a plus sign that was not encoded
        except ValidationError as refusal:
            raise forms.ValidationError([str(detail) for detail in refusal.detail], code="invalid") from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    """`?opened_from=2026-03-02T09:30:00Z`: a time as bodies say it, in years that a database knows."""

    field_class = MomentField


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
                    name: [ErrorDetail(" ".join(error.messages), code=error.code) for error in errors.as_data()]
                    for name, errors in filterset.errors.items()
                }
            )
        return filterset.qs
