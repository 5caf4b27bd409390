"""The forms of what people fill in on a case: the desk's own fields, steps, time; and what each asks its door."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.domain import checklists, custom_fields, durations, editing, time_spent
from cases.models import Case, ChecklistTemplate
from cases.pages.desk import field_widgets
from cases.pages.desk.action import Data, told
from cases.pages.desk.forms import CaseForm
from config.errors import Invalid
from tenants.domain.actors import Actor


class FieldsForm(CaseForm):
    """Each field that is asked of a case of this category."""

    def fit(self, page: Any) -> None:
        asked = custom_fields.asked_of(self.case.category_id, custom_fields.definitions())
        field_widgets.ask(self, asked, self.case.custom_fields)


class StepsForm(CaseForm):
    """One of the two, or both."""

    template = forms.ModelChoiceField(
        label=_("Checklist"), queryset=ChecklistTemplate.objects.none(), required=False, empty_label=_("none")
    )
    text = forms.CharField(
        label=_("or a step of its own"),
        max_length=checklists.STEP_LENGTH,
        required=False,
        help_text=_("It holds no resolution."),
    )

    def fit(self, page: Any) -> None:
        self.offer("template", queryset=checklists.templates_for(self.case))

    def clean(self) -> Data:
        data = super().clean() or {}
        if not self.errors and not data.get("template") and not data.get("text"):
            raise forms.ValidationError(_("Pick a checklist, or say what is to be done."))
        return data


class TimeForm(CaseForm):
    duration = forms.CharField(label=_("How long"), max_length=20, help_text=_("1h 20, 20m or 1:20."))
    note = forms.CharField(label=_("On what"), max_length=time_spent.NOTE_LENGTH, required=False)
    worked_on = forms.DateField(
        label=_("On which day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    # Of the minutes the page was open, as our script proposes them: said, so that nobody takes them for counted work.
    proposed = forms.BooleanField(widget=forms.HiddenInput, required=False)

    def fit(self, page: Any) -> None:
        self.offer("worked_on", initial=timezone.localdate(page.at))
        if self.initial.get("proposed"):
            self.offer("duration", help_text=_("The page was open for so long; nothing is booked before you do."))

    def clean_duration(self) -> int:
        try:
            return durations.minutes_of(self.cleaned_data["duration"])
        except Invalid as refusal:
            raise forms.ValidationError(refusal.message) from None


class RetractForm(CaseForm):
    entry = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


def fill(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    return editing.edit_case(changes={"fields": field_widgets.given(data)}, **told(case, data, by, at))


def add_steps(case: Case, data: Data, by: Actor, at: datetime) -> None:
    if data["template"] is not None:
        checklists.apply_template(case_id=case.pk, template_id=data["template"].pk, by=by, at=at)
    if data["text"]:
        checklists.add_step(case_id=case.pk, text=data["text"], by=by, at=at)


def book(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    return time_spent.book(
        case_id=case.pk,
        minutes=data["duration"],
        note=data["note"],
        worked_on=data["worked_on"] or timezone.localdate(at),
        by=by,
        at=at,
    )


def retract(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    return time_spent.retract(case_id=case.pk, entry_id=data["entry"], by=by, at=at)
