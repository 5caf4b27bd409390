"""What can be done about a dead row, each a form that ends in one door."""

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from config.admin import ActionPage
from outbox.domain import intervening


class NothingToSay(forms.Form):
    """A button that asks first."""


class Reason(forms.Form):
    reason = forms.CharField(
        label=_("Why it is let go"), max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class DeadRowPage(ActionPage):
    right = "manage_desk"
    rows: str

    def back(self) -> str:
        return reverse(f"admin:outbox_{self.rows}_change", args=[self.kwargs["pk"]])


class RetryConsumption(DeadRowPage):
    form_class = NothingToSay
    rows = "consumption"
    title = _("Try again")
    explanation = _("The consumer hears the event again within a second, and what waited behind it follows.")
    submit = _("Try again")

    def act(self, *, data: dict[str, Any], by: Any, at: datetime) -> str:
        intervening.retry_consumption(consumption_id=self.kwargs["pk"], by=by.label, at=at)
        return str(_("It is tried again."))


class SkipConsumption(DeadRowPage):
    form_class = Reason
    rows = "consumption"
    title = _("Skip this event for this consumer")
    explanation = _("It will never be heard; what waited behind it goes on. The reason is kept with your name.")
    submit = _("Skip")

    def act(self, *, data: dict[str, Any], by: Any, at: datetime) -> str:
        intervening.skip_consumption(consumption_id=self.kwargs["pk"], reason=data["reason"], by=by.label, at=at)
        return str(_("Skipped."))


class RetryDelivery(DeadRowPage):
    form_class = NothingToSay
    rows = "delivery"
    title = _("Send again")
    explanation = _("It goes under the same Message-ID, so that a copy which did arrive is recognised.")
    submit = _("Send again")

    def act(self, *, data: dict[str, Any], by: Any, at: datetime) -> str:
        intervening.retry_delivery(delivery_id=self.kwargs["pk"], by=by.label, at=at)
        return str(_("It is on its way."))


class SkipDelivery(DeadRowPage):
    form_class = Reason
    rows = "delivery"
    title = _("Do not send this message")
    explanation = _("It will never be sent. The reason is kept with your name.")
    submit = _("Let it go")

    def act(self, *, data: dict[str, Any], by: Any, at: datetime) -> str:
        intervening.skip_delivery(delivery_id=self.kwargs["pk"], reason=data["reason"], by=by.label, at=at)
        return str(_("It will not be sent."))
