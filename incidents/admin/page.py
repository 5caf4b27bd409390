"""Calls to people, and the page on which one says 'I have it'."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from config.admin import ActionPage, actor_for
from incidents.domain import paging, reading
from incidents.enums import PageStatus
from incidents.models import Page
from tenants.admin.base import ScopedReadOnlyAdmin
from tenants.domain.actors import Actor


class Acknowledge(ActionPage):
    form_class = forms.Form
    title = _("I have it")
    explanation = _("The chain stops with you: nobody else is called for this.")
    submit = _("I have it")

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        page = paging.acknowledge(page_id=self.kwargs["pk"], by=by, at=at)
        return str(_("Acknowledged: %(reason)s")) % {"reason": page.reason}

    def back(self) -> str:
        return reverse("admin:incidents_page_changelist")


@admin.register(Page)
class PageAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["reason", "about", "user", "status", "step", "sent_at", "acknowledged_by", "answer"]
    list_filter = ["status"]
    readonly_fields = ("about",)
    fields = (
        *("reason", "about", "incident", "user", "status", "step", "sent_at", "escalates_at"),
        *("acknowledged_at", "acknowledged_by", "url", "key"),
    )
    custom_urls = (("<int:pk>/acknowledge", "incidents_page_acknowledge", Acknowledge.as_view()),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Page]:
        return reading.page_rows(actor=actor_for(request))

    @admin.display(description=_("tenants"))
    def about(self, page: Any) -> str:
        tenants = [page.tenant] if page.tenant else [link.tenant for link in page.known_links]
        return ", ".join(tenant.name for tenant in tenants)

    @admin.display(description="")
    def answer(self, page: Page) -> str:
        if page.status != PageStatus.SENT:
            return ""
        url = reverse("admin:incidents_page_acknowledge", args=[page.pk])
        return format_html('<a class="btn small" href="{}">{}</a>', url, _("I have it"))
