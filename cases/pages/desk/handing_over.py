"""Open cases handed over together, and the one move that the lead's page suggests."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.domain import handing_over, ownership
from cases.domain.desk import bulk_choices
from cases.domain.handing_over import Handed
from cases.models import Case
from cases.pages.desk.base import DeskPage
from config.admin import blame, say_refusal
from config.errors import Absent, DomainError, Forbidden
from config.numbers import row_number
from tenants.domain.access_log import note_view
from tenants.enums import Right
from tenants.models import User


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(
        label=gettext_lazy("To"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("whom the assignment rules choose"),
    )
    note = forms.CharField(
        label=gettext_lazy("What the next one should know"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class HandOverPage(DeskPage):
    template_name = "cases/desk/hand_over.html"
    right = Right.WORK_CASES

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.form(pk), pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = self.form(pk, request.POST)
        chosen = {number for one in request.POST.getlist("case") if (number := row_number(one)) is not None}
        if not form.is_valid():
            return self.show(form, pk, chosen=chosen, status=422)
        to = form.cleaned_data["to"]
        try:
            handed = handing_over.hand_over(
                from_id=pk,
                case_ids=chosen,
                to_id=to and to.pk,
                note=form.cleaned_data["note"],
                by=self.actor,
                at=self.at,
            )
        except (Absent, Forbidden):
            raise
        except DomainError as refusal:
            blame(form, refusal)
            return self.show(form, pk, chosen=chosen, status=refusal.status)
        return self.show(self.form(pk), pk, handed=handed)

    def form(self, pk: int, *data: Any) -> HandOverForm:
        form = HandOverForm(*data)
        to: Any = form.fields["to"]
        to.queryset = bulk_choices.people(by=self.actor, at=self.at, right=Right.WORK_CASES).exclude(pk=pk)
        return form

    def show(
        self,
        form: HandOverForm,
        pk: int,
        *,
        chosen: set[int] | None = None,
        handed: list[Handed] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        held = handing_over.open_cases_of(pk, by=self.actor, at=self.at)
        cases: list[Case] = list(held[: handing_over.MOST])
        note_view(self.request, {case.tenant_id for case in cases}, len(cases))
        person = User.objects.get(pk=pk)
        own = pk == self.actor.user_id
        context = self.get_context_data(
            title=_("Hand over my open cases") if own else _("Hand over open cases of {name}").format(name=person),
            form=form,
            rows=[(case, chosen is None or case.pk in chosen) for case in cases],
            handed=handed,
            back=reverse("desk:time-of", args=[pk]),
        )
        return self.render_to_response(context, status=status)


class SuggestedMovePage(DeskPage):
    """The button beside a suggestion of the lead's page: refused where the case is not as it was shown."""

    right = Right.HAND_OVER
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        to, version = row_number(request.POST.get("to")), row_number(request.POST.get("version"))
        if to is None or version is None:
            raise Absent("There is no such suggestion.")
        try:
            case = ownership.assign(
                case_id=pk,
                owner_id=to,
                reason=request.POST.get("why", "")[:200],
                by=self.actor,
                at=self.at,
                expected_version=version,
            )
        except Absent:
            raise
        except DomainError as refusal:
            say_refusal(request, refusal)
        else:
            said = _("{case} is {name}’s now.").format(case=case.reference, name=case.owner)
            messages.success(request, said)
        return HttpResponseRedirect(reverse("desk:triage"))
