from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from cases.domain.checklists import MOST, STEP_LENGTH
from cases.enums import Priority
from cases.models import ChecklistTemplate
from config.admin import DeskModelAdmin
from incidents.admin.runbook import LinesField


class ChecklistForm(forms.ModelForm):
    steps = LinesField(label=_("Steps"), help_text=_("One a line, in order. Cases that have it already keep theirs."))
    for_priorities = forms.MultipleChoiceField(
        label=_("For priorities"),
        choices=Priority.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None: for any."),
    )

    class Meta:
        model = ChecklistTemplate
        fields = ("name", "active", "steps", "for_category", "for_priorities", "by_itself", "holds_resolution")

    def clean_steps(self) -> Any:
        steps = self.cleaned_data["steps"]
        if len(steps) > MOST or any(len(step) > STEP_LENGTH for step in steps):
            raise ValidationError(_("At most 100 steps of 300 characters each."), code="max_length")
        return steps


@admin.register(ChecklistTemplate)
class ChecklistTemplateAdmin(DeskModelAdmin):
    """Kept by the lead and the PO. One that is on a case is switched off, not deleted."""

    view_right = "see_cases"
    edit_right = "hand_over"
    form = ChecklistForm
    list_display = ("name", "length", "for_category", "priorities", "by_itself", "holds_resolution", "active")
    list_filter = ("active", "by_itself", "holds_resolution", "for_category")
    list_select_related = ("for_category",)
    search_fields = ("name",)

    @display(description=_("Steps"))
    def length(self, template: ChecklistTemplate) -> int:
        return len(template.steps)

    @display(description=_("Priorities"))
    def priorities(self, template: ChecklistTemplate) -> str:
        return ", ".join(template.for_priorities) or str(_("any"))
