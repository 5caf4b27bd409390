"""Time spent in a period as a file: `/admin/desk/reports/time.csv`, with the period's own form."""

from __future__ import annotations

import csv

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from config.admin import actor_for, user_may
from config.errors import DomainError
from reporting.domain.time_spent import time_spent
from reporting.pages.asking import asked_of
from tenants.domain.access_log import note_view

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """A row a client, person and category, in minutes. A bad period answers 422 with the reason."""
    if not user_may(request, "see_cases"):
        raise PermissionDenied
    asked = asked_of(request)
    try:
        period = asked.period
    except DomainError as refusal:
        return HttpResponse(refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8")
    found = time_spent(period=period, tenant=asked.tenant, actor=actor_for(request))
    note_view(request, sorted({row.tenant_id for row in found.rows}), len(found.rows))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"time-{period.first}-{period.last}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(answer)
    writer.writerow(["tenant", "person", "category", "minutes"])
    writer.writerows([plain(row.tenant), plain(row.person), plain(row.category), row.minutes] for row in found.rows)
    return answer


def plain(text: str) -> str:
    """A name that a spreadsheet would run is a text again."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
