"""Admin bases that know tenants: rows by right, views in the access log, inlines with their parent's rights."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.generic import View
from unfold.admin import ModelAdmin, TabularInline

from config.admin import DeskModelAdmin, ReadOnlyAdmin, actor_for, changed_columns, tenant_id_of, user_may
from config.errors import Absent, Forbidden
from tenants.domain.access_log import note_view
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import User


def note_rows(request: HttpRequest, response: Any) -> Any:
    """Whose rows an admin page puts before the reader: those of its list, or the one it is about."""
    page = getattr(response, "context_data", None) or {}
    rows = list(page["cl"].result_list) if "cl" in page else [row for row in [page.get("original")] if row]
    note_view(request, [getattr(row, "tenant_id", None) for row in rows], len(rows))
    return response


class ScopedAdmin(DeskModelAdmin):
    """Rows of the tenants in which the reader holds the view or the edit right; what is shown is logged."""

    deletable: ClassVar[bool] = False  # history points at most rows: they are closed or ended instead

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.deletable and super().has_delete_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = ModelAdmin.get_queryset(self, request)
        rights = [Right(right) for right in (self.view_right, self.edit_right) if right]
        return rows.known_to(actor_for(request), rights or list(Right)) if hasattr(rows, "known_to") else rows

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return note_rows(request, super().changelist_view(request, *args, **kwargs))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return note_rows(request, super().changeform_view(request, *args, **kwargs))

    def save_formset(self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool) -> None:
        """Like `save_model`: of a row that was there already only the changed columns are written."""
        formset.save(commit=False)
        for row in formset.deleted_objects:
            row.delete()
        for row in formset.new_objects:
            row.save()
        forms_by_row = {id(one.instance): one for one in formset.initial_forms}
        for row, _changed in formset.changed_objects:
            if columns := changed_columns(row, forms_by_row[id(row)]):
                row.save(update_fields=columns)


class ScopedReadOnlyAdmin(ReadOnlyAdmin, ScopedAdmin):
    """To read, find and filter, for who holds either right; written by doors alone."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        rights = [right for right in (self.view_right, self.edit_right) if right]
        return any(user_may(request, right, tenant_id_of(obj)) for right in rights)


class OfColleagues:
    """For rows that name one of us: a client's sign-in is no choice there."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is User:
            kwargs["queryset"] = User.objects.filter(requester=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]  # a mixin


class ReadingPage(View):
    """A page of its own that shows and changes nothing: `context_of` asks the domain, refusals become 404 and 403."""

    template_name: ClassVar[str]

    def context_of(self, *, actor: Actor, at: datetime, **kwargs: Any) -> dict[str, Any]:
        raise NotImplementedError

    def get(self, request: HttpRequest, model_admin: Any, **kwargs: Any) -> HttpResponse:
        try:
            shown = self.context_of(actor=actor_for(request), at=timezone.now(), **kwargs)
        except Absent as refusal:
            raise Http404(refusal.message) from refusal
        except Forbidden as refusal:
            raise PermissionDenied(refusal.message) from refusal
        return TemplateResponse(request, self.template_name, {**model_admin.admin_site.each_context(request), **shown})


class OwnedInline(TabularInline):
    """Rows of a parent, in a tab; who may change the parent may change them."""

    tab = True
    extra = 0

    def _parent_admin(self) -> Any:
        return self.admin_site.get_model_admin(self.parent_model)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self._parent_admin().has_view_permission(request, obj))

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self._parent_admin().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)


class ReadOnlyInline(OwnedInline):
    can_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
