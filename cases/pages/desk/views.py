"""The list of one's views, and the form that makes, changes and deletes them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.domain.desk import filters, lists, queue_page, views
from cases.domain.desk.filter_keys import KEYS
from cases.domain.desk.queues import QUEUES
from cases.enums import ViewColumn, ViewOrder
from cases.models import SavedView
from cases.models.views import LINE_LENGTH, usual_columns
from cases.pages.desk.base import DeskPage
from config.admin import blame
from config.errors import Absent, DomainError, Forbidden


class ViewForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=views.NAME_LENGTH)
    line = forms.CharField(
        label=gettext_lazy("Which cases"),
        max_length=LINE_LENGTH,
        required=False,
        help_text=gettext_lazy(
            "As in the search line: priority:P0,P1 tenant:acme “words”. Open cases, unless status: or queue: says "
            "otherwise."
        ),
        widget=forms.TextInput(attrs={"list": "said", "data-line": "", "autocomplete": "off"}),
    )
    order = forms.ChoiceField(label=gettext_lazy("Order"), choices=ViewOrder.choices)
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns beside priority and case"),
        choices=ViewColumn.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    position = forms.IntegerField(
        label=gettext_lazy("Place among the views"),
        min_value=0,
        max_value=999,
        help_text=gettext_lazy("The smallest number stands on top."),
    )
    pinned = forms.BooleanField(
        label=gettext_lazy("In the sidebar, with its count"),
        required=False,
        help_text=gettext_lazy("The first twelve stand there. A view with words to search for has no count."),
    )
    shared = forms.BooleanField(
        label=gettext_lazy("Shared with everybody"),
        required=False,
        help_text=gettext_lazy("A view that names a tenant is seen by those who may see that tenant."),
    )

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["shared"]


class ViewsPage(DeskPage):
    template_name = "cases/desk/views.html"
    title = gettext_lazy("Views")

    def get(self, request: HttpRequest) -> HttpResponse:
        found = views.views_for(self.actor)
        pinned = views.in_the_sidebar(found)
        lines = [(view, views.may_change(view, self.actor), view in pinned) for view in found]
        context = self.get_context_data(
            own=[line for line in lines if not line[0].is_shared],
            shared=[line for line in lines if line[0].is_shared],
            queues=QUEUES.values(),
            keys=KEYS.values(),
            at_most=views.IN_THE_SIDEBAR,
        )
        return self.render_to_response(context)


class ViewFormPage(DeskPage):
    template_name = "cases/desk/view_form.html"

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        view = self.view(pk)
        return self.form_page(self.form(initial=self.as_it_is(view) if view else self.as_seen()), view)

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        view = self.view(pk)
        form = self.form(request.POST)
        if not form.is_valid():
            return self.form_page(form, view, status=422)
        try:
            saved = views.save_view(view_id=pk, **form.cleaned_data, by=self.actor, at=self.at)
        except (Absent, Forbidden):
            raise
        except DomainError as refusal:
            blame(form, refusal)
            return self.form_page(form, view, status=refusal.status)
        messages.success(request, _("Saved as “{name}”.").format(name=saved.name))
        return HttpResponseRedirect(reverse("desk:view", args=[saved.pk]))

    def view(self, pk: int | None) -> SavedView | None:
        return None if pk is None else lists.view_of(pk, actor=self.actor)

    def form(self, *args: Any, **kwargs: Any) -> ViewForm:
        return ViewForm(*args, may_share=views.may_share(self.actor), **kwargs)

    def as_it_is(self, view: SavedView) -> dict[str, Any]:
        names = ("name", "line", "order", "columns", "position", "pinned")
        return {name: getattr(view, name) for name in names} | {"shared": view.is_shared}

    def as_seen(self) -> dict[str, Any]:
        """What the list that somebody comes from shows just now."""
        name, line = self.request.GET.get("from", ""), self.request.GET.get("q", "")
        initial = {"order": ViewOrder.SOONEST, "columns": usual_columns(), "position": 100, "pinned": True}
        try:
            asks = filters.parse(line)
            if name in QUEUES:
                asks = views.as_a_view(name, asks)
                initial["order"] = ViewOrder.NEWEST if name == "all" else ViewOrder.SOONEST
            elif name.startswith(lists.VIEW):
                seen = lists.listed(name, actor=self.actor, at=self.at).view
                assert seen is not None  # noqa: S101  a list of this name is of a view
                asks = filters.parse(f"{seen.line} {line}")
                initial |= {"order": seen.order, "columns": seen.columns}
        except DomainError:
            return initial | {"line": line}  # refused, with its reason, when it is saved
        return initial | {"line": str(asks)}

    def form_page(self, form: ViewForm, view: SavedView | None, status: int = 200) -> HttpResponse:
        context = self.get_context_data(
            title=view.name if view else _("A new view"),
            form=form,
            view=view,
            may_change=view is None or views.may_change(view, self.actor),
            keys=KEYS.values(),
            suggestions=filters.suggestions(tenants=queue_page.tenants_of(actor=self.actor)),
        )
        return self.render_to_response(context, status=status)


class DeleteViewPage(DeskPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        views.delete_view(view_id=pk, by=self.actor, at=self.at)
        messages.success(request, _("The view is gone."))
        return HttpResponseRedirect(reverse("desk:views"))
