"""The bases that every admin page stands on.

`DeskModelAdmin` for what staff edit, `ReadOnlyAdmin` for what only domain doors write, `ActionPage` for a form that
ends in one domain call. Who may do what is not decided here: tenants, which knows grants, answers the question below.
"""

from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db import DataError, models
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from unfold.admin import ModelAdmin

from config import presses
from config.db import unit_of_work
from config.errors import Absent, DomainError, Forbidden
from config.questions import Question

actor_of = Question("config.admin.actor_of")
"""`actor_of.ask_one(user=, at=) -> Actor`, who `by` is when this person calls a domain door."""


def actor_for(request: HttpRequest) -> Any:
    """Who acts in this request, as domain doors (`by`) and readers (`visible_to`) want it. Grants are read once."""
    if not hasattr(request, "actor"):
        request.actor = actor_of.ask_one(user=request.user, at=timezone.now())  # type: ignore[attr-defined]
    return request.actor  # type: ignore[attr-defined]


def user_may(request: HttpRequest, right: str, tenant_id: int | None = None) -> bool:
    """`right` by its name (a value of tenants' Right); without a tenant: held anywhere at all."""
    if not request.user.is_authenticated:
        return False
    access = actor_for(request).access
    return access.any(right) if tenant_id is None else access.can(right, tenant_id)


def say_refusal(request: HttpRequest, refusal: DomainError) -> None:
    """The refusal's own sentence, and what each field did wrong."""
    messages.error(request, refusal.message)
    for error in refusal.extra.get("errors", []):
        if error.get("message") and error["message"] != refusal.message:
            messages.error(request, f"{error.get('field', '')}: {error['message']}")


class CappedPaginator(Paginator):
    """Counts no further than people page: a list of a million rows costs what its first ten thousand do."""

    CAP = 10_000

    @cached_property
    def count(self) -> int:
        if isinstance(self.object_list, QuerySet):
            return self.object_list.order_by()[: self.CAP].count()
        return len(self.object_list)


class DeskModelAdmin(ModelAdmin):
    """Rows that staff see with `view_right` and change with `edit_right` (names of tenants' rights).

    Without `view_right` all staff with any right may look; without `edit_right` nobody changes anything here. Rows
    outside the reader's tenants are absent, also from the choices of a form. Only changed columns are written, in one
    transaction under the person's name.
    """

    view_right: ClassVar[str] = ""
    edit_right: ClassVar[str] = ""
    tenant_path: ClassVar[str] = ""  # to the tenant's id, where the rows themselves do not know their readers

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    paginator = CappedPaginator
    list_filter_submit = False
    list_fullwidth = True
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        visible_to = getattr(rows, "visible_to", None)
        if visible_to is None:
            tenant_ids = actor_for(request).access.tenant_ids(self.view_right) if self.tenant_path else None
            return rows if tenant_ids is None else rows.filter(**{f"{self.tenant_path}__in": tenant_ids})
        held = [right for right in (self.view_right, self.edit_right) if right and user_may(request, right)]
        return visible_to(actor_for(request), held[0] if held else None)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        if self.has_edit_right(request, obj):
            return True
        if self.view_right:
            return user_may(request, self.view_right, tenant_id_of(obj))
        return actor_for(request).access.tenant_ids(None) != frozenset()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_edit_right(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_edit_right(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_edit_right(request, obj)

    def has_edit_right(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(self.edit_right) and user_may(request, self.edit_right, tenant_id_of(obj))

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.save()
        elif columns := changed_columns(obj, form):
            obj.save(update_fields=columns)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return only_known(request, super().formfield_for_foreignkey(db_field, request, **kwargs))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return only_known(request, super().formfield_for_manytomany(db_field, request, **kwargs))

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        return self._under_their_name(request, super().changeform_view, object_id, *args, **kwargs)

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        return self._under_their_name(request, super().delete_view, object_id, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._under_their_name(request, super().changelist_view, *args, **kwargs)

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not self.has_view_permission(request):  # Django would first tell whether the row is there
            raise PermissionDenied
        return super().history_view(request, *args, **kwargs)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """A filter by what no row can hold (a null byte, the year 99999) is a wrong one: only the query finds out."""
        try:
            changelist = super().get_changelist_instance(request)
        except (ValueError, OverflowError, DataError) as wrong:
            raise IncorrectLookupParameters(wrong) from wrong
        # Unfold's header offers "Show all" where the two differ; nobody reads all of a big table.
        changelist.full_result_count = changelist.result_count
        return changelist

    def _under_their_name(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> Any:
        """Posts run in one transaction whose author the audit knows; a refusal undoes all of it and is told."""
        if request.method != "POST":
            return view(request, *args, **kwargs)
        try:
            with unit_of_work(actor_for(request).label):
                return view(request, *args, **kwargs)
        except DomainError as refusal:
            say_refusal(request, refusal)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnlyAdmin(DeskModelAdmin):
    """Rows that only domain doors write: to read, find and filter."""

    def has_edit_right(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}


class ActionPage(FormView):
    """A form that ends in one domain call, as a page of its own in the admin.

    Wire it with `ModelAdmin.custom_urls` (which hands over `model_admin`) or under `admin.site.admin_view`. Where the
    address names a row (`pk`), only who finds it in that admin's list gets the form. A refusal shows on the form, which
    keeps what was typed; the door has changed nothing. A form that is sent twice calls it once.
    """

    template_name = "admin/action_page.html"
    right: ClassVar[str] = ""
    title: Any = ""
    explanation: Any = ""
    submit: Any = _("Save")

    def act(self, *, data: dict[str, Any], by: Any, at: Any) -> str:
        """Call the domain door with the form's clean data; answers the sentence that says what happened."""
        raise NotImplementedError

    def back(self) -> str:
        """Where the reader goes afterwards, and by Cancel."""
        raise NotImplementedError

    def tenant_id(self) -> int | None:
        return None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.right and not user_may(request, self.right, self.tenant_id()):
            raise PermissionDenied
        if "model_admin" in kwargs and "pk" in kwargs:
            get_object_or_404(kwargs["model_admin"].get_queryset(request), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        for field in form.fields.values():
            only_known(self.request, field)
        return form

    def form_valid(self, form: forms.Form) -> HttpResponse:
        by, at = actor_for(self.request), timezone.now()
        said: Any = _("It is done already: the same form came twice.")

        def work() -> None:
            nonlocal said
            said = self.act(data=form.cleaned_data, by=by, at=at)

        try:
            presses.once(request=self.request, token=presses.token_in(self.request), at=at, work=work)
        except Absent as refusal:
            raise Http404(refusal.message) from refusal
        except Forbidden as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except DomainError as refusal:
            blame(form, refusal)
            return self.render_to_response(self.get_context_data(form=form), status=refusal.status)
        messages.success(self.request, said)
        return HttpResponseRedirect(self.back())

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = {
            "title": self.title,
            "explanation": self.explanation,
            "submit": self.submit,
            "back": self.back(),
            "page": self,
            "press": presses.token_in(self.request) or uuid4(),
        }
        return super().get_context_data(**admin.site.each_context(self.request), **page, **kwargs)


def to_row(url_name: str, object_id: str) -> HttpResponse:
    """From a button of unfold's, whose address takes any text for a row's id, to the row's own page."""
    if not (object_id.isascii() and object_id.isdecimal()):
        raise Http404
    return HttpResponseRedirect(reverse(url_name, args=[object_id]))


def blame(form: forms.Form, refusal: DomainError) -> None:
    """Put a refusal on the fields that it names, or on the form."""
    told = False
    for error in refusal.extra.get("errors", []):
        if error.get("field") in form.fields:
            form.add_error(error["field"], error["message"])
            told = True
    if not told:
        form.add_error(None, refusal.message)


def only_known(request: HttpRequest, field: Any) -> Any:
    """A form's choice among rows, less those that the reader may not know."""
    visible_to = getattr(getattr(field, "queryset", None), "visible_to", None)
    if visible_to is not None:
        field.queryset = visible_to(actor_for(request), None)
    return field


def tenant_id_of(obj: models.Model | None) -> int | None:
    return getattr(obj, "tenant_id", None)


def changed_columns(obj: models.Model, form: forms.ModelForm) -> list[str]:
    """The columns that this form changed; where a model has them, its version is raised and its time of change kept."""
    columns = []
    for name in form.changed_data:
        try:
            field = obj._meta.get_field(name)
        except FieldDoesNotExist:  # a field of the form alone
            continue
        if field.concrete and not field.many_to_many:
            columns.append(name)
    if not columns:
        return []
    for field in obj._meta.concrete_fields:
        if getattr(field, "auto_now", False):
            columns.append(field.name)
        elif field.name == "version" and "version" not in columns:
            obj.version = F("version") + 1  # type: ignore[attr-defined]
            columns.append("version")
    return columns
