"""Runbooks: freely edited by all staff; each edit is a version in the audit."""

from django import forms
from django.contrib import admin
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from incidents.models import Runbook, RunbookRun
from tenants.admin.base import ScopedAdmin, ScopedReadOnlyAdmin


class LinesField(forms.CharField):
    """A list edited as lines of text."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial, data):
        return (initial or []) != self.to_python(data)

    def clean(self, value):
        ProhibitNullCharactersValidator()(value or "")
        lines = self.to_python(value)
        if self.required and not lines:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        too_long = [line for line in lines if len(line) > 500]
        if too_long:
            raise forms.ValidationError(_("A line may have 500 characters."), code="too-long")
        return lines


class RunbookForm(forms.ModelForm):
    steps = LinesField(label=_("Steps"), help_text=_("One a line, in order."))
    error_codes = LinesField(label=_("Error codes"), required=False, help_text=_("One a line, such as ING-503."))

    class Meta:
        model = Runbook
        fields = ["title", "summary", "tenant", "error_codes", "steps", "escalate_to"]


@admin.register(Runbook)
class RunbookAdmin(ScopedAdmin):
    form = RunbookForm
    view_right = "see_cases"
    edit_right = "work_cases"
    list_display = ["title", "tenant", "error_codes", "escalate_to", "version"]
    list_select_related = ["tenant"]
    list_filter = ["tenant"]
    search_fields = ["title", "summary"]

    def has_edit_right(self, request, obj=None):
        # A runbook for every tenant is anybody's who works cases somewhere.
        return super().has_edit_right(request, obj if obj is not None and obj.tenant_id else None)


@admin.register(RunbookRun)
class RunbookRunAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["runbook", "tenant", "incident", "started_by", "started_at"]
    list_select_related = ["runbook", "tenant", "incident", "started_by"]
