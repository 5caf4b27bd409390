"""Who holds what, given and taken back on pages of their own; the table of rights."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from config.admin import ActionPage, actor_for, to_row
from tenants.admin.base import ReadingPage, ScopedReadOnlyAdmin
from tenants.domain import granting, matrix
from tenants.domain.actors import Actor
from tenants.enums import GrantScope, Right, Role
from tenants.models import Grant, Tenant, User


class GiveForm(forms.Form):
    user = forms.ModelChoiceField(
        label=_("Who"), queryset=User.objects.filter(is_active=True), widget=UnfoldAdminSelectWidget
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role, widget=UnfoldAdminSelectWidget)
    scope = forms.ChoiceField(label=_("Where"), choices=GrantScope, widget=UnfoldAdminSelectWidget)
    tenant = forms.ModelChoiceField(
        label=_("Tenant"), required=False, queryset=Tenant.objects.none(), widget=UnfoldAdminSelectWidget
    )
    segment = forms.CharField(label=_("Segment"), required=False, max_length=80, widget=UnfoldAdminTextInputWidget)
    region = forms.CharField(label=_("Region"), required=False, max_length=80, widget=UnfoldAdminTextInputWidget)
    until = forms.SplitDateTimeField(
        label=_("Until"), required=False, widget=UnfoldAdminSplitDateTimeWidget, help_text=_("Empty: until revoked.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))


class Give(ActionPage):
    """Tenants to choose from are those whose access the person manages."""

    form_class = GiveForm
    right = "manage_access"
    title = _("Grant access")
    explanation = _(
        "A grant can't be edited, only ended. Sight of cases that you grant yourself needs an end within 72 hours and "
        "tells the leads."
    )
    submit = _("Grant")

    def get_initial(self) -> dict[str, Any]:
        return {"user": self.request.GET.get("user"), "tenant": self.request.GET.get("tenant")}

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.fields["tenant"].queryset = Tenant.objects.visible_to(actor_for(self.request), Right.MANAGE_ACCESS)
        return form

    def act(self, *, data: dict[str, Any], by: Any, at: Any) -> str:
        tenant: Tenant | None = data["tenant"]
        granted = granting.grant(
            user_id=data["user"].pk,
            role=data["role"],
            scope=data["scope"],
            tenant_id=None if tenant is None else tenant.pk,
            segment=data["segment"],
            region=data["region"],
            until=data["until"],
            reason=data["reason"],
            by=by,
            at=at,
        )
        return str(_("%(who)s holds %(what)s.") % {"who": data["user"], "what": granted})

    def back(self) -> str:
        return reverse("admin:tenants_grant_changelist")


class RevokeForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))


class Revoke(ActionPage):
    form_class = RevokeForm
    right = "manage_access"
    title = _("End this grant")
    submit = _("End it now")

    def act(self, *, data: dict[str, Any], by: Any, at: Any) -> str:
        granting.revoke(grant_id=self.kwargs["pk"], reason=data["reason"], by=by, at=at)
        return str(_("The grant has ended."))

    def back(self) -> str:
        return reverse("admin:tenants_grant_changelist")


class Matrix(ReadingPage):
    """The table of rights as the code has it; for all staff."""

    template_name = "tenants/admin/matrix.html"

    def context_of(self, *, actor: Actor, at: datetime, **kwargs: Any) -> dict[str, Any]:
        return {"title": _("Who may do what"), "roles": list(Role), "rows": matrix.rows()}


class InForce(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("now", _("In force")), ("ended", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return granting.by_state(queryset, self.value(), at=timezone.now())


@admin.register(Grant)
class GrantAdmin(ScopedReadOnlyAdmin):
    view_right = "see_audit"
    edit_right = "manage_access"
    list_display = ["user", "role", "place", "reason", "granted_by", "created_at", "until", "revoked_at"]
    list_filter = [InForce, "role", "scope"]
    list_select_related = ["user", "tenant", "granted_by"]
    search_fields = ["user__username", "user__first_name", "user__last_name", "tenant__name", "reason"]
    actions_list = ["give", "table"]
    actions_detail = ["end"]
    actions_row = ["end"]
    custom_urls = (
        ("give", "tenants_grant_give_page", Give.as_view()),
        ("matrix", "tenants_grant_matrix", Matrix.as_view()),
        ("<int:pk>/revoke", "tenants_grant_revoke", Revoke.as_view()),
    )

    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(actor_for(request).access.any("manage_access"))

    @action(description=_("Grant access"), url_path="grant-access", permissions=["manage"])
    def give(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:tenants_grant_give_page")

    @action(description=_("Who may do what"), url_path="who-may-do-what")
    def table(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:tenants_grant_matrix")

    @action(description=_("End this grant"), url_path="end", permissions=["manage"])
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_row("admin:tenants_grant_revoke", object_id)
