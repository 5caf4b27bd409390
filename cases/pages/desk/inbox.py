"""The inbox: what one was told of, and how one wants to be told."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.domain.people import choosing, inbox
from cases.domain.people.notice_mail import place_of
from cases.enums import MailPace, NoticeChannel, NoticeEvent, NoticeScope
from cases.hooks import to_read
from cases.models import Notice
from cases.models.notices import NAMES_THEM, OF_CASES, REVIEW_MAIL, cell
from cases.pages.desk.base import DeskPage
from config.admin import blame
from config.errors import Absent, DomainError, Forbidden
from tenants.enums import Right

MORNING = {None: "", True: "yes", False: "no"}
HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


class Asked(forms.Form):
    before = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    up_to = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)


class InboxPage(DeskPage):
    template_name = "cases/desk/inbox.html"
    title = gettext_lazy("Inbox")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = Asked(request.GET)
        asked.is_valid()
        only_unread = "unread" in request.GET
        rows, before = inbox.page(actor=self.actor, before=asked.cleaned_data.get("before"), only_unread=only_unread)
        context = self.get_context_data(
            rows=rows,
            before=before,
            only_unread=only_unread,
            newest=_newest(rows),
            beside=[one for answer in to_read.ask(actor=self.actor) for one in answer],
        )
        return self.render_to_response(context)


class ReadNoticePage(DeskPage):
    """Reading one leads to its case; `stay` keeps one in the inbox."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        notice = inbox.read(notice_id=pk, by=self.actor, at=self.at)
        if "stay" in request.POST:
            return HttpResponseRedirect(reverse("desk:inbox"))
        return HttpResponseRedirect(place_of(notice))


class ReadAllPage(DeskPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = Asked(request.POST)
        asked.is_valid()
        read = inbox.read_all(up_to=asked.cleaned_data.get("up_to"), by=self.actor, at=self.at)
        messages.success(request, ngettext("{n} notice read.", "{n} notices read.", read).format(n=read))
        return HttpResponseRedirect(reverse("desk:inbox"))


class ChoiceForm(forms.Form):
    cells = forms.MultipleChoiceField(choices=[(one, one) for one in sorted(choosing.CELLS)], required=False)
    pace = forms.ChoiceField(label=gettext_lazy("Mail"), choices=MailPace.choices)
    daily_at = forms.TypedChoiceField(label=gettext_lazy("The daily mail at"), choices=HOURS, coerce=int)
    quiet_from = forms.TypedChoiceField(
        label=gettext_lazy("No mail from"), choices=[("", "–"), *HOURS], coerce=int, empty_value=None, required=False
    )
    quiet_to = forms.TypedChoiceField(
        label=gettext_lazy("until"), choices=[("", "–"), *HOURS], coerce=int, empty_value=None, required=False
    )
    morning = forms.TypedChoiceField(
        label=gettext_lazy("The lead's page at 08:00"),
        choices=[("", gettext_lazy("as my role has it")), ("yes", gettext_lazy("by mail")), ("no", gettext_lazy("no"))],
        coerce=lambda word: word == "yes",
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, leads: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not leads:
            del self.fields["morning"]


class NoticeChoicePage(DeskPage):
    template_name = "cases/desk/notice_choice.html"
    title = gettext_lazy("How I am told")

    def get(self, request: HttpRequest) -> HttpResponse:
        chosen = choosing.choice_for(self.actor)
        names = ("cells", "pace", "daily_at", "quiet_from", "quiet_to")
        initial = {name: getattr(chosen, name) for name in names} | {"morning": MORNING[chosen.morning]}
        return self.shown(ChoiceForm(initial=initial, leads=self.leads))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ChoiceForm(request.POST, leads=self.leads)
        if not form.is_valid():
            return self.shown(form, status=422)
        try:
            choosing.choose(**self.asked(form), by=self.actor, at=self.at)
        except (Absent, Forbidden):
            raise
        except DomainError as refusal:
            blame(form, refusal)
            return self.shown(form, status=refusal.status)
        messages.success(request, _("Saved: from now on you are told like this."))
        return HttpResponseRedirect(reverse("desk:notice-choice"))

    def asked(self, form: ChoiceForm) -> dict[str, Any]:
        """What is not asked of them stays as usual."""
        told = dict(form.cleaned_data)
        return told if self.leads_reviews else told | {"cells": [*told["cells"], REVIEW_MAIL]}

    @property
    def leads_reviews(self) -> bool:
        return self.actor.access.any(Right.ASSIGN_L3)

    @property
    def leads(self) -> bool:
        return self.actor.access.any(Right.HAND_OVER)

    def shown(self, form: ChoiceForm, status: int = 200) -> HttpResponse:
        chosen = set(form["cells"].value() or ())
        context = self.get_context_data(
            form=form,
            scopes=NoticeScope.choices,
            channels=NoticeChannel.choices,
            naming=[(NoticeEvent(event).label, _boxes([("", "")], event, chosen)) for event in NAMES_THEM],
            reviews=(REVIEW_MAIL in chosen) if self.leads_reviews else None,
            review_mail=REVIEW_MAIL,
            of_cases=[(NoticeEvent(event).label, _boxes(NoticeScope.choices, event, chosen)) for event in OF_CASES],
            zone=timezone.get_current_timezone_name(),
        )
        return self.render_to_response(context, status=status)


def _boxes(scopes: Iterable[tuple[str, Any]], event: str, chosen: set[str]) -> list[tuple[str, str, bool]]:
    """(cell, what it says to who can't see its place, whether it is ticked)"""
    return [
        (
            name,
            f"{NoticeEvent(event).label}, {label}, {words}" if label else f"{NoticeEvent(event).label}, {words}",
            name in chosen,
        )
        for scope, label in scopes
        for channel, words in NoticeChannel.choices
        for name in [cell(event, scope, channel)]
    ]


def _newest(rows: list[Notice]) -> int | None:
    return max((row.pk for row in rows), default=None)
