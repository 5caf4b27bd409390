from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from config.admin import actor_for, to_row
from tenants.admin.base import ReadOnlyInline, ScopedAdmin
from tenants.enums import Right
from tenants.models import Grant, User

admin.site.unregister(Group)  # rights come from grants alone


class GrantInline(ReadOnlyInline):
    model = Grant
    fk_name = "user"
    fields = ["role", "place", "reason", "granted_by", "created_at", "until", "revoked_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("tenant", "granted_by")


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ScopedAdmin):  # type: ignore[misc]  # both name a paginator; unfold's wins
    """People; what they may do stands in their grants. Nobody is deleted: history names them."""

    view_right = "see_audit"
    edit_right = "manage_access"
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "level", "requester", "is_active", "last_login"]
    list_filter = ["is_active", "is_staff", "level"]
    list_select_related = ["requester"]
    search_fields = ["username", "first_name", "last_name", "email"]
    filter_horizontal = []
    autocomplete_fields = ["requester"]
    readonly_fields = ["last_login", "date_joined"]
    inlines = [GrantInline]
    actions_detail = ["give", "set_password"]
    fieldsets = [
        (None, {"fields": ["username", ("first_name", "last_name"), "email", "is_active"]}),
        (_("On the desk"), {"fields": [("time_zone", "language"), "level"]}),
        (_("At a client's"), {"fields": ["requester"]}),
        (_("Times"), {"fields": [("last_login", "date_joined")]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "first_name", "last_name", "email", "level", "requester"]}),
        (_("Password"), {"fields": ["usable_password", "password1", "password2"]}),
    ]

    def get_inlines(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        return [GrantInline] if obj else []

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        obj.is_staff = obj.requester_id is None  # one of us, or a client
        if change and "requester" in form.changed_data:
            User.objects.filter(pk=obj.pk).update(is_staff=obj.is_staff, requester=obj.requester)
        super().save_model(request, obj, form, change)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        answer: HttpResponse = self._under_their_name(request, super().user_change_password, id, form_url)
        return answer

    def has_edit_right(self, request: HttpRequest, obj: Any = None) -> bool:
        """A person may hold rights anywhere, so that changing one needs the right everywhere."""
        return bool(actor_for(request).access.can(Right.MANAGE_ACCESS, None))

    def has_edit_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_edit_right(request)

    @action(description=_("Grant access"), url_path="give", permissions=["edit"])
    def give(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(f"{reverse('admin:tenants_grant_give_page')}?{urlencode({'user': object_id})}")

    @action(description=_("Set a password"), url_path="set-password", permissions=["edit"])
    def set_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_row("admin:auth_user_password_change", object_id)
