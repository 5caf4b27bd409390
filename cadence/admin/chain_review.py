"""Chain reviews and weeks of L2 as lists; each row leads to its page. And when a pattern is one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from cadence.domain import reading
from cadence.models import ChainReview, LevelSummary, ReviewPolicy
from config.admin import DeskModelAdmin, ReadOnlyAdmin, actor_for, to_row


@admin.register(ChainReview)
class ChainReviewAdmin(ReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["pattern", "kind", "of_cases", "opened_at", "due_on", "owner", "closed_at", "chain_level"]
    list_filter = ["kind", ("closed_at", admin.EmptyFieldListFilter), "chain_level"]
    search_fields = ["pattern"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChainReview]:
        return reading.reviews(actor=actor_for(request))

    @admin.display(description=_("Cases"))
    def of_cases(self, review: Any) -> int:
        return int(review.cases)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return to_row("cadence:review", object_id)


@admin.register(LevelSummary)
class LevelSummaryAdmin(ReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["week", "status", "drafted_at", "published_at", "published_by"]
    list_filter = ["status"]
    list_select_related = ["published_by"]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return to_row("cadence:week", object_id)


@admin.register(ReviewPolicy)
class ReviewPolicyAdmin(DeskModelAdmin):
    """Its one row is there; who edits promises decides when a pattern is looked at."""

    view_right = "see_cases"
    edit_right = "edit_promises"
    list_display = ["__str__", "cases", "days", "due_days"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
