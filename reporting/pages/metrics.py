"""The figures of a month on the desk: `/admin/desk/reports/`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.admin import actor_for, user_may
from config.errors import DomainError
from reporting.domain.metrics import metrics, tenant_for
from reporting.domain.period import Period
from tenants.domain.actors import Actor
from tenants.models import Tenant


class PeriodForm(forms.Form):
    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))
    tenant = forms.ModelChoiceField(
        label=_("Tenant"), queryset=Tenant.objects.none(), to_field_name="slug", required=False, empty_label=_("All")
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tenants: Any = self.fields["tenant"]
        tenants.queryset = Tenant.objects.visible_to(actor).order_by("name")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The last 30 days unless a period is asked for; a bad period is said and nothing is counted."""
    if not user_may(request, "see_cases"):
        raise PermissionDenied
    actor = actor_for(request)
    zone = request.user.time_zone  # type: ignore[union-attr]  # the admin's gate lets nobody in unsigned
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    asked = {"first": today - timedelta(days=29), "last": today, **request.GET.dict()}
    form = PeriodForm(asked, actor=actor)
    context: dict[str, Any] = {**admin.site.each_context(request), "title": _("Reports"), "form": form}
    if form.is_valid():
        tenant = form.cleaned_data["tenant"]
        try:
            context["figures"] = metrics(
                period=Period(
                    form.cleaned_data["first"], form.cleaned_data["last"], tenant.time_zone if tenant else zone
                ),
                tenant=tenant_for(tenant.slug, actor=actor) if tenant else None,
                actor=actor,
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
    return TemplateResponse(request, "reporting/metrics.html", context)
