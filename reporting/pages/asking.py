"""Which period and tenant a report is asked for: one form for the page and its files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.admin import actor_for
from config.errors import Invalid
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


@dataclass(frozen=True)
class Asked:
    form: PeriodForm
    zone: str

    @property
    def tenant(self) -> Tenant | None:
        found: Tenant | None = self.form.cleaned_data["tenant"]
        return found

    @property
    def period(self) -> Period:
        """In the tenant's zone, or the reader's. Raises Invalid."""
        if not self.form.is_valid():
            [first, *_more] = [error for errors in self.form.errors.values() for error in errors]
            raise Invalid(str(first))
        zone = self.tenant.time_zone if self.tenant else self.zone
        return Period(self.form.cleaned_data["first"], self.form.cleaned_data["last"], zone)


def asked_of(request: HttpRequest) -> Asked:
    """The last 30 days unless others are asked for."""
    zone = request.user.time_zone  # type: ignore[union-attr]  # the admin's gate lets nobody in unsigned
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    asked = {"first": today - timedelta(days=29), "last": today, **request.GET.dict()}
    return Asked(PeriodForm(asked, actor=actor_for(request)), zone)
