from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from config.admin import ActionPage, actor_for, to_row
from tenants.admin.base import ScopedAdmin
from tenants.admin.filters import OfTenant
from tenants.domain import requesters
from tenants.models import Requester


class Anonymise(ActionPage):
    form_class = forms.Form
    right = "manage_desk"
    title = _("Remove this person")
    explanation = _("Name and address go for good and their sign-in ends; cases, clocks and counts stay.")
    submit = _("Remove")

    def act(self, *, data: dict[str, Any], by: Any, at: Any) -> str:
        requesters.anonymise(requester_id=self.kwargs["pk"], by=by, at=at)
        return str(_("The person is removed."))

    def back(self) -> str:
        return reverse("admin:tenants_requester_changelist")


@admin.register(Requester)
class RequesterAdmin(ScopedAdmin):
    """Added in one tenant and kept there; the tenant's cases point here."""

    view_right = "see_cases"
    edit_right = "work_cases"
    list_display = ["name", "email", "tenant", "role", "channel", "sees_all_tenant_cases"]
    list_filter = [OfTenant, "channel", "sees_all_tenant_cases"]
    list_select_related = ["tenant"]
    search_fields = ["name", "email", "tenant__name"]
    readonly_fields = ["anonymised_at"]
    actions_detail = ["remove_person"]
    custom_urls = (("<int:pk>/anonymise", "tenants_requester_anonymise", Anonymise.as_view()),)

    def get_readonly_fields(self, request: HttpRequest, obj: Requester | None = None) -> list[str]:
        return ["tenant", "anonymised_at"] if obj else ["anonymised_at"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "tenant":
            by = actor_for(request)
            kwargs["queryset"] = db_field.remote_field.model.objects.visible_to(by, "work_cases")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @action(description=_("Remove this person"), url_path="remove-person", permissions=["remove_person"])
    def remove_person(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_row("admin:tenants_requester_anonymise", object_id)

    def has_remove_person_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(actor_for(request).access.any("manage_desk"))
