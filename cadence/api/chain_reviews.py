"""`/chain-reviews/`: what came up the levels again and again, and what came of looking at it."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.domain import reading
from cadence.enums import PatternKind
from cadence.models import ChainReview
from config.api.fields import Moment, Output
from config.api.filters import CommaChoiceFilter, DeskFilterSet, FlagFilter
from config.api.references import LOOKUP, id_of
from config.api.views import DeskViewSet
from incidents.enums import ChainLevel


class ChainReviewOut(Output):
    """`cases` names what led to it; `closed_at` null: open. What an open one has not said yet is empty."""

    id = serializers.CharField(source="pk")
    kind = serializers.ChoiceField(choices=PatternKind.choices)
    pattern = serializers.CharField()
    opened_at = Moment()
    due_on = serializers.DateField()
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    closed_at = Moment(allow_null=True)
    chain_level = serializers.CharField()
    root_cause = serializers.CharField()
    l1_does = serializers.CharField()
    l2_does = serializers.CharField()
    l3_does = serializers.CharField()
    known_issue = serializers.CharField(source="known_issue.code", default=None, allow_null=True)
    cases = serializers.SerializerMethodField()

    def get_cases(self, review: ChainReview) -> list[str]:
        return [f"CASE-{row.case_id}" for row in review.review_cases.all()]


class ChainReviewFilter(DeskFilterSet):
    kind = CommaChoiceFilter(field_name="kind", choices=PatternKind.choices)
    chain_level = CommaChoiceFilter(field_name="chain_level", choices=ChainLevel.choices)
    open = FlagFilter(field_name="closed_at", lookup_expr="isnull")
    pattern = django_filters.CharFilter(field_name="pattern", max_length=300)


class ChainReviewViewSet(DeskViewSet):
    scopes = {"list": "cases:read", "retrieve": "cases:read"}
    serializer_class = ChainReviewOut
    filterset_class = ChainReviewFilter
    queryset = ChainReview.objects.none()
    lookup_field = "id"
    lookup_value_regex = LOOKUP

    def tenant_ids_of(self, row: Any) -> Any:
        return [link.tenant_id for link in row.review_cases.all()]

    @extend_schema(responses=ChainReviewOut(many=True))
    def list(self, request: Request) -> Response:
        """Newest first; those whose clients one all sees."""
        return self.listed(ChainReviewOut, reading.reviews_with_cases(actor=self.actor))

    @extend_schema(responses=ChainReviewOut)
    def retrieve(self, request: Request, id: str) -> Response:
        review = reading.review(id_of(id, prefix="REVIEW"), actor=self.actor)
        return self.shown(ChainReviewOut, review, version=review.version)
