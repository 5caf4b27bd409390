from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from cases.models import KnownIssue
from config.admin import DeskModelAdmin


class KnownIssueForm(forms.ModelForm):
    error_codes = SimpleArrayField(
        forms.CharField(max_length=200),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Separated by commas. A case with one of these shows this issue, and may take its priority."),
    )

    class Meta:
        model = KnownIssue
        fields = (
            *("code", "title", "active", "symptoms", "error_codes", "workaround"),
            *("affected_versions", "priority", "bug_url"),
        )
        widgets = {"symptoms": UnfoldAdminTextareaWidget, "workaround": UnfoldAdminTextareaWidget}


@admin.register(KnownIssue)
class KnownIssueAdmin(DeskModelAdmin):
    """The frontline's first look-up: whoever works cases may add what they found."""

    view_right = "see_cases"
    edit_right = "work_cases"
    form = KnownIssueForm
    list_display = ("code", "title", "errors", "priority", "affected_versions", "active")
    list_filter = ("active", "priority")
    search_fields = ("code", "title", "symptoms", "workaround")

    @display(description=_("Error codes"))
    def errors(self, issue: KnownIssue) -> str:
        return ", ".join(issue.error_codes)
