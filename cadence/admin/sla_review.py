"""SLA reviews: which client is next, and the form that says what came of one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from cadence.domain import sla_reviews
from cadence.models import SlaReview
from config.admin import ActionPage, actor_for
from tenants.admin.base import ScopedReadOnlyAdmin
from tenants.domain.actors import Actor


class HeldForm(forms.Form):
    outcome = forms.CharField(
        label=_("What came of it"),
        max_length=sla_reviews.LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=_("Which promises stay, which change, what the client said. The next one is planned in 90 days."),
    )


class HoldPage(ActionPage):
    form_class = HeldForm
    title = _("The SLA review was held")
    right = "hand_over"

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        sla_reviews.hold(review_id=self.kwargs["pk"], outcome=data["outcome"], by=by, at=at)
        return str(_("Held; the next one is planned."))

    def back(self) -> str:
        return reverse("admin:cadence_slareview_changelist")


@admin.register(SlaReview)
class SlaReviewAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["tenant", "due_on", "held_at", "held_by", "outcome"]
    list_filter = [("held_at", admin.EmptyFieldListFilter), "tenant"]
    list_select_related = ["tenant", "held_by"]
    fields = ["tenant", "due_on", "held_at", "held_by", "outcome"]
    custom_urls = (("<int:pk>/hold", "cadence_slareview_hold", HoldPage.as_view()),)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """What waits to be held leads to its form, for who may hold it."""
        review = self.get_object(request, object_id)
        if review is None:
            raise Http404(_("There is no such review."))
        if review.held_at is None and request.method == "GET" and self.may_hold(request, review):
            return HttpResponseRedirect(reverse("admin:cadence_slareview_hold", args=[review.pk]))
        return super().change_view(request, object_id, *args, **kwargs)

    def may_hold(self, request: HttpRequest, review: SlaReview) -> bool:
        return sla_reviews.may_hold(review=review, by=actor_for(request))
