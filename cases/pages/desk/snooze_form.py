"""Until when: one click for the usual moments, or a moment of one's own."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cases.domain import snoozing
from cases.pages.desk.forms import CaseForm


class Until(forms.Form):
    """Answers `until`, aware, and `note`. Moments are the reader's."""

    when = forms.ChoiceField(label=_("Until"), widget=forms.RadioSelect, required=False)
    until = forms.DateTimeField(
        label=_("or until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    note = forms.CharField(
        label=_("Note for the team"),
        max_length=snoozing.NOTE_LENGTH,
        required=False,
        help_text=_("Promises keep running. It comes back sooner when the client writes or a promise nears its end."),
    )

    def offer_moments(self, at: datetime) -> None:
        self.moments = snoozing.presets(at=timezone.localtime(at))
        when: Any = self.fields["when"]
        day = str(_("D j M, H:i"))
        when.choices = [(preset.name, f"{preset.label} · {date_format(preset.until, day)}") for preset in self.moments]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        named = {preset.name: preset.until for preset in self.moments}
        data["until"] = data.get("until") or named.get(data.get("when", ""))
        if data["until"] is None and not self.errors:
            raise ValidationError(_("Say until when."))
        return data


class SnoozeForm(Until, CaseForm):
    def fit(self, page: Any) -> None:
        self.offer_moments(page.at)
