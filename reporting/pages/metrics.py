"""The figures of a month on the desk: `/admin/desk/reports/`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.admin import actor_for, user_may
from config.errors import DomainError
from reporting.domain.metrics import metrics, tenant_for
from reporting.domain.time_spent import time_spent
from reporting.pages.asking import asked_of


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The last 30 days unless a period is asked for; a bad period is said and nothing is counted."""
    if not user_may(request, "see_cases"):
        raise PermissionDenied
    actor = actor_for(request)
    asked = asked_of(request)
    context: dict[str, Any] = {**admin.site.each_context(request), "title": _("Reports"), "form": asked.form}
    if asked.form.is_valid():
        tenant = asked.tenant
        try:
            period = asked.period
            context["figures"] = metrics(
                period=period, tenant=tenant_for(tenant.slug, actor=actor) if tenant else None, actor=actor
            )
            context["time"] = time_spent(period=period, tenant=tenant, actor=actor)
        except DomainError as refusal:
            asked.form.add_error(None, refusal.message)
    return TemplateResponse(request, "reporting/metrics.html", context)
