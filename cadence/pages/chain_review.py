"""A chain review: the cases that led to it, who leads it by when, and its outcome."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cadence.domain import chain_reviews, reading
from cadence.models import ChainReview
from config.admin import blame
from config.errors import Absent, DomainError, Forbidden
from incidents.enums import ChainLevel
from tenants.domain.access_log import note_view
from tenants.pages.base import DeskPage


class PlanForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    owner = forms.TypedChoiceField(label=gettext_lazy("Who leads it"), coerce=int)
    due_on = forms.DateField(
        label=gettext_lazy("Due"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class OutcomeForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    chain_level = forms.ChoiceField(label=gettext_lazy("Where in the chain"), choices=[("", "–"), *ChainLevel.choices])
    root_cause = forms.CharField(label=gettext_lazy("Root cause"), widget=forms.Textarea(attrs={"rows": 3}))
    l1_does = forms.CharField(label=gettext_lazy("What L1 does differently"), widget=forms.Textarea(attrs={"rows": 2}))
    l2_does = forms.CharField(label=gettext_lazy("What L2 does differently"), widget=forms.Textarea(attrs={"rows": 2}))
    l3_does = forms.CharField(label=gettext_lazy("What L3 does differently"), widget=forms.Textarea(attrs={"rows": 2}))
    known_issue = forms.TypedChoiceField(
        label=gettext_lazy("Known issue"), coerce=int, empty_value=None, required=False
    )
    action = forms.TypedChoiceField(
        label=gettext_lazy("Corrective action"), coerce=int, empty_value=None, required=False
    )


class ReviewPage(DeskPage):
    template_name = "cadence/chain_review.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        closing = "close" in request.POST
        form = self.outcome_form(request.POST) if closing else self.plan_form(request.POST)
        if not form.is_valid():
            return self.answer(form, closing=closing, status=422)
        try:
            self.act(form.cleaned_data, closing=closing)
        except (Absent, Forbidden):
            raise
        except DomainError as refusal:
            blame(form, refusal)
            return self.answer(form, closing=closing, status=refusal.status)
        messages.success(request, _("Closed.") if closing else _("Planned."))
        return HttpResponseRedirect(request.path)

    def act(self, told: dict[str, Any], *, closing: bool) -> None:
        door = {"review_id": self.review.pk, "expected_version": told["version"], "by": self.actor, "at": self.at}
        if closing:
            chain_reviews.close(
                chain_level=told["chain_level"],
                words={name: told[name] for name in chain_reviews.WORDS},
                known_issue_id=told["known_issue"],
                action_id=told["action"],
                **door,
            )
        else:
            chain_reviews.plan(owner_id=told["owner"], due_on=told["due_on"], **door)

    @cached_property
    def review(self) -> ChainReview:
        return reading.review(self.kwargs["pk"], actor=self.actor)

    @cached_property
    def may_lead(self) -> bool:
        return self.review.closed_at is None and chain_reviews.may_lead(self.review, self.actor)

    def plan_form(self, typed: Any = None) -> PlanForm:
        review = self.review
        initial = {"version": review.version, "owner": review.owner_id, "due_on": review.due_on}
        form = PlanForm(typed, initial=initial)
        people = [(person.pk, str(person)) for person in chain_reviews.leaders(review, at=self.at)]
        form.fields["owner"].choices = [("", "–"), *people]  # type: ignore[attr-defined]  # a choice field
        return form

    def outcome_form(self, typed: Any = None) -> OutcomeForm:
        form = OutcomeForm(typed, initial={"version": self.review.version})
        found = reading.remedies(actor=self.actor)
        form.fields["known_issue"].choices = [("", "–"), *found.known_issues]  # type: ignore[attr-defined]  # likewise
        form.fields["action"].choices = [("", "–"), *found.actions]  # type: ignore[attr-defined]  # likewise
        return form

    def answer(self, form: forms.Form, *, closing: bool, status: int) -> HttpResponse:
        return self.shown(**{"outcome" if closing else "plan": form}, status=status)

    def shown(self, *, plan: Any = None, outcome: Any = None, status: int = 200) -> HttpResponse:
        cases = reading.cases_of(self.review, actor=self.actor)
        note_view(self.request, {row.tenant_id for row in cases}, len(cases))
        context = self.get_context_data(
            title=self.review.pattern,
            review=self.review,
            cases=cases,
            late=self.review.closed_at is None and self.review.due_on < reading.desk_day(self.at),
            may_lead=self.may_lead,
            plan=plan or (self.plan_form() if self.may_lead else None),
            outcome=outcome or (self.outcome_form() if self.may_lead else None),
        )
        return self.render_to_response(context, status=status)
