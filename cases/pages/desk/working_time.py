"""When somebody is there: their next two weeks, the switch 'away', and what they hold when they go."""

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.domain import absences
from cases.enums import Presence
from cases.pages.desk.base import DeskPage
from config.admin import blame
from config.errors import Absent, DomainError, Forbidden
from tenants.enums import Right


def moment(label: Any, help_text: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget, help_text=help_text)


class AwayForm(forms.Form):
    since = moment(gettext_lazy("From"), gettext_lazy("Empty: from now."))
    until = moment(gettext_lazy("Until"), gettext_lazy("Empty: until you say that you are back."))
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)


class TimePage(DeskPage):
    """One's own, or, for the lead, a colleague's. With `back` a post ends what they are away for now."""

    template_name = "cases/desk/working_time.html"
    right = Right.WORK_CASES

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        return self.show(AwayForm(), self.whose(pk))

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        user_id = self.whose(pk)
        if "back" in request.POST:
            absences.come_back(user_id=user_id, by=self.actor, at=self.at)
            messages.success(request, _("Back: cases may come again."))
            return HttpResponseRedirect(request.path)
        form = AwayForm(request.POST)
        if not form.is_valid():
            return self.show(form, user_id, status=422)
        try:
            absences.go_away(user_id=user_id, **form.cleaned_data, by=self.actor, at=self.at)
        except (Absent, Forbidden):
            raise
        except DomainError as refusal:
            blame(form, refusal)
            return self.show(form, user_id, status=refusal.status)
        messages.success(request, _("Noted: no rule gives a case to who is away."))
        return HttpResponseRedirect(f"{request.path}?away")

    def whose(self, pk: int | None) -> int:
        return pk if pk is not None else self.actor.user_id or 0

    def show(self, form: AwayForm, user_id: int, status: int = 200) -> HttpResponse:
        seen = absences.time_of(user_id=user_id, by=self.actor, at=self.at)
        own = user_id == self.actor.user_id
        days = groupby(seen.shifts, key=lambda shift: timezone.localtime(shift[0]).date())
        context = self.get_context_data(
            title=_("My time") if own else _("Time of {name}").format(name=seen.person),
            seen=seen,
            own=own,
            form=form,
            away=seen.there.presence == Presence.AWAY,
            days=[(day, list(shifts)) for day, shifts in days],
            hand_over=reverse("desk:hand-over", args=[user_id]),
            offer=self.offer(seen) if seen.absences or "away" in self.request.GET else "",
        )
        return self.render_to_response(context, status=status)

    def offer(self, seen: absences.Time) -> str:
        """What whoever goes still holds."""
        held = seen.open_cases
        return ngettext("%(n)s open case: hand over", "%(n)s open cases: hand over", held) % {"n": held} if held else ""
