"""What can be done about an alert or a clock, each a form that ends in one door."""

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from config.admin import ActionPage
from sla.domain import alerts, excuse, reading, sweep


class NothingToSay(forms.Form):
    """A button that asks first."""


class Answer(forms.Form):
    real = forms.TypedChoiceField(
        label=_("Is the risk real?"),
        choices=[("yes", _("Yes: the client hears from us next")), ("no", _("No"))],
        coerce=lambda said: said == "yes",
        widget=UnfoldAdminRadioSelectWidget,
    )
    reason = forms.CharField(
        label=_("Why not"), required=False, max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class Cause(forms.Form):
    cause_code = forms.ChoiceField(label=_("Cause"), required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "—"), *reading.cause_codes().values_list("code", "name")]
        self.fields["cause_code"].choices = choices  # type: ignore[attr-defined]


class Resolution(Cause):
    reason = forms.CharField(
        label=_("What was done"), max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class Excuse(forms.Form):
    agreed_with = forms.CharField(
        label=_("Who at the client agreed"), max_length=200, widget=UnfoldAdminTextInputWidget
    )
    reason = forms.CharField(label=_("Why"), max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class AlertPage(ActionPage):
    def back(self) -> str:
        return reverse("admin:sla_alert_change", args=[self.kwargs["pk"]])


class Acknowledge(AlertPage):
    form_class = NothingToSay
    title = submit = _("Acknowledge")
    explanation = _("You have it: others see that you are on it.")

    def act(self, *, data: dict[str, Any], by: Any, at: datetime) -> str:
        alerts.acknowledge(alert_id=self.kwargs["pk"], by=by, at=at)
        return str(_("It is yours."))


class AnswerWarning(AlertPage):
    form_class = Answer
    title = _("Early warning")
    submit = _("Answer")

    def act(self, *, data: dict[str, Any], by: Any, at: datetime) -> str:
        alerts.answer_warning(alert_id=self.kwargs["pk"], real=data["real"], reason=data["reason"], by=by, at=at)
        return str(_("Tell the client now.") if data["real"] else _("Put aside, with your reason."))


class Resolve(AlertPage):
    form_class = Resolution
    title = submit = _("Resolve")
    explanation = _("A breach gets its cause here.")

    def act(self, *, data: dict[str, Any], by: Any, at: datetime) -> str:
        code = data["cause_code"] or None
        alerts.resolve(alert_id=self.kwargs["pk"], reason=data["reason"], cause_code=code, by=by, at=at)
        return str(_("Resolved."))


class ClockPage(ActionPage):
    def back(self) -> str:
        return reverse("admin:sla_clock_change", args=[self.kwargs["pk"]])


class ExcuseBreach(ClockPage):
    form_class = Excuse
    title = submit = _("Excuse this breach")
    explanation = _("It stays on record; attainment is shown with and without it.")

    def act(self, *, data: dict[str, Any], by: Any, at: datetime) -> str:
        excuse.excuse(clock_id=self.kwargs["pk"], **data, by=by, at=at)
        return str(_("Excused."))


class NameCause(ClockPage):
    form_class = Cause
    title = submit = _("Name the cause")

    def act(self, *, data: dict[str, Any], by: Any, at: datetime) -> str:
        alerts.name_cause(clock_id=self.kwargs["pk"], cause_code=data["cause_code"], by=by, at=at)
        return str(_("The cause is named."))


class RetryClock(ClockPage):
    form_class = NothingToSay
    title = submit = _("Take it again")
    explanation = _("The timer failed on this clock and set it aside. The next tick takes it again.")

    def act(self, *, data: dict[str, Any], by: Any, at: datetime) -> str:
        sweep.retry(clock_id=self.kwargs["pk"], by=by, at=at)
        return str(_("The next tick takes it."))
