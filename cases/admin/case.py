"""Cases as a plain list, to find and to filter. Working on one happens on its page; nothing is edited here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cases.domain import search
from cases.models import Case
from config.admin import actor_for
from tenants.admin.base import ScopedReadOnlyAdmin


@admin.register(Case)
class CaseAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ("number", "subject", "tenant", "shown_priority", "shown_status", "level", "owner", "opened_at")
    list_display_links = None
    list_filter = ("status", "priority", "level", "tenant", "channel", "closed_as")
    list_select_related = ("tenant", "owner")
    search_fields = ("subject",)  # shows the box; `search` finds
    search_help_text = _("Words of the case, a reference, an error id, a requester's name or address")
    ordering = ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Case], search_term: str
    ) -> tuple[QuerySet[Case], bool]:
        return search.narrowed_by(search_term, queryset, actor=actor_for(request)), False

    @display(description=_("Case"), ordering="id")
    def number(self, case: Case) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("desk:case", args=[case.pk]), case.reference)

    @display(
        description=_("Priority"),
        ordering="priority",
        label={"P0": "danger", "P1": "danger", "P2": "warning", "P3": "info"},
    )
    def shown_priority(self, case: Case) -> str:
        return case.priority

    @display(description=_("Status"), ordering="status")
    def shown_status(self, case: Case) -> str:
        return case.get_status_display()

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The address that Django's own links lead to; a case has no change form."""
        return HttpResponseRedirect(
            reverse("desk:case", args=[object_id])
            if object_id and object_id.isdecimal()
            else reverse("admin:cases_case_changelist")
        )
