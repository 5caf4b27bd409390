"""API tokens: issued on a page that shows the secret once, revoked, never edited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from config.admin import ActionPage, actor_for, blame, to_row
from config.errors import DomainError
from tenants.admin.base import ScopedReadOnlyAdmin
from tenants.domain import tokens
from tenants.enums import TokenScope
from tenants.models import ApiToken, User


class IssueForm(forms.Form):
    user = forms.ModelChoiceField(
        label=_("Acts as"), queryset=User.objects.filter(is_active=True), widget=UnfoldAdminSelectWidget
    )
    name = forms.CharField(label=_("What it is for"), max_length=100, widget=UnfoldAdminTextInputWidget)
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=TokenScope,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("They only narrow what the user may do."),
    )
    automation = forms.BooleanField(
        label=_("A program speaks, not a person"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("What it says never meets a clock."),
    )
    expires_at = forms.SplitDateTimeField(label=_("Ends"), required=False, widget=UnfoldAdminSplitDateTimeWidget)


class Issue(ActionPage):
    form_class = IssueForm
    right = "manage_access"
    title = _("Issue an API token")
    submit = _("Issue")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """No redirect: the answer to this very request is the only one that ever holds the secret."""
        try:
            token, secret = tokens.issue(**form.cleaned_data, by=actor_for(self.request), at=timezone.now())
        except DomainError as refusal:
            blame(form, refusal)
            return self.render_to_response(self.get_context_data(form=form), status=refusal.status)
        page = {**self.get_context_data(form=form), "title": _("The new token"), "token": token, "secret": secret}
        response = TemplateResponse(self.request, "tenants/admin/token_issued.html", page)
        response["Cache-Control"] = "no-store"
        return response

    def back(self) -> str:
        return reverse("admin:tenants_apitoken_changelist")


class Revoke(ActionPage):
    form_class = forms.Form
    right = "manage_access"
    title = _("Revoke this token")
    explanation = _("From now on it opens nothing. It can't be given back; issue another one.")
    submit = _("Revoke")

    def act(self, *, data: dict[str, Any], by: Any, at: Any) -> str:
        tokens.revoke(token_id=self.kwargs["pk"], by=by, at=at)
        return str(_("The token is revoked."))

    def back(self) -> str:
        return reverse("admin:tenants_apitoken_changelist")


@admin.register(ApiToken)
class ApiTokenAdmin(ScopedReadOnlyAdmin):
    view_right = "see_audit"
    edit_right = "manage_access"
    list_display = ["name", "prefix", "user", "scopes", "automation", "created_at", "last_used_at", "revoked_at"]
    list_filter = ["automation", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["name", "prefix", "user__username"]
    exclude = ["digest"]
    actions_list = ["issue"]
    actions_detail = ["end"]
    actions_row = ["end"]
    custom_urls = (
        ("issue", "tenants_apitoken_issue_page", Issue.as_view()),
        ("<int:pk>/revoke", "tenants_apitoken_revoke", Revoke.as_view()),
    )

    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(actor_for(request).access.any("manage_access"))

    @action(description=_("Issue a token"), url_path="issue-token", permissions=["manage"])
    def issue(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:tenants_apitoken_issue_page")

    @action(description=_("Revoke"), url_path="end", permissions=["manage"])
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_row("admin:tenants_apitoken_revoke", object_id)
