"""Side conversations of a case: one is begun on a sheet and goes on on a page of its own, with a composer."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.domain import drafts, reading
from cases.domain.people import colleagues, noting, participants
from cases.domain.side import looking, talks, unsaying
from cases.domain.side import reading as side_reading
from cases.enums import ComposerTab, Level, SideKind
from cases.models import Case, SideTalk
from cases.pages.desk import undo
from cases.pages.desk.base import DeskPage
from cases.pages.desk.case import OfCase
from cases.pages.desk.drafts import stamp, token_of
from cases.pages.desk.timeline import mail_words
from cases.pages.desk.trail import trail_of
from config.admin import blame
from config.errors import Absent, DomainError, Invalid
from config.frame_memory import changes_nothing
from tenants.enums import Right


class StartForm(forms.Form):
    """With one of three: an address, colleagues, a level; the door says when it is not one."""

    subject = forms.CharField(label=gettext_lazy("What it is about"), max_length=talks.SUBJECT_LENGTH)
    address = forms.CharField(label=gettext_lazy("Address of somebody outside"), max_length=254, required=False)
    name = forms.CharField(label=gettext_lazy("Their name"), max_length=200, required=False)
    people = forms.TypedMultipleChoiceField(label=gettext_lazy("Colleagues"), coerce=int, required=False)
    level = forms.ChoiceField(label=gettext_lazy("A level"), required=False)
    body = forms.CharField(label=gettext_lazy("First words"), max_length=drafts.LONGEST, widget=forms.Textarea)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, page: "StartSideTalkPage", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(person.pk, f"{person} ({person.username})") for person in page.nameable]
        self.fields["people"].choices = names  # type: ignore[attr-defined]
        self.fields["level"].choices = [("", "–"), *page.levels]  # type: ignore[attr-defined]


class StartSideTalkPage(OfCase):
    """A page of its own, or, asked by our script, its sheet alone."""

    right = Right.WORK_CASES

    @cached_property
    def nameable(self) -> list[Any]:
        return colleagues.nameable(self.case, by=self.actor, at=self.at)

    @property
    def levels(self) -> list[tuple[str, Any]]:
        with_l3 = self.actor.can(Right.ASSIGN_L3, self.case.tenant_id)
        return [choice for choice in Level.choices if with_l3 or choice[0] != Level.L3]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.sheet(StartForm(page=self, initial={"token": uuid4()}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = StartForm(request.POST, page=self)
        if not form.is_valid():
            return self.sheet(form, status=422)
        try:
            talk = talks.start(case_id=pk, by=self.actor, at=self.at, **form.cleaned_data)
        except Absent:
            raise
        except DomainError as refusal:
            sent = talks.sent(token=form.cleaned_data["token"], body=form.cleaned_data["body"], by=self.actor)
            if sent is not None:  # the same press, twice
                return self.done(sent.talk)
            blame(form, refusal)
            return self.sheet(form, status=refusal.status)
        said = _("Asked. The client never reads of it.")
        offer_undo(self, said, talk_id=talk.pk, case_id=talk.case_id, token=form.cleaned_data["token"])
        return self.done(talk)

    def done(self, talk: SideTalk) -> HttpResponse:
        url = reverse("desk:side-talk", args=[talk.case_id, talk.pk]) + self.trail.query
        return HttpResponse(headers={"X-Desk-Done": url}) if self.alone else HttpResponseRedirect(url)

    @property
    def alone(self) -> bool:
        return "X-Desk-Sheet" in self.request.headers

    def sheet(self, form: StartForm, status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {"form": form, "case": self.case, "trail": self.trail}
        if self.alone:
            return TemplateResponse(self.request, "cases/desk/side_start_sheet.html", context, status=status)
        title = _("Side conversation · %(case)s") % {"case": self.case.reference}
        context = self.get_context_data(title=title, **context)
        return TemplateResponse(self.request, "cases/desk/side_start.html", context, status=status)


def offer_undo(page: OfCase, said: str, *, talk_id: int, case_id: int, token: UUID | None) -> None:
    if token is None:
        messages.success(page.request, said)
        return
    url = reverse("desk:unsay", args=[case_id, talk_id, token]) + page.trail.query
    undo.offer_at(page.request, said, url=url, at=page.at)


class SayAsideForm(forms.Form):
    body = forms.CharField(max_length=drafts.LONGEST)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)


class SideTalkPage(OfCase):
    """One side conversation. Posts: `act` say, close or reopen."""

    template_name = "cases/desk/side_talk.html"

    @cached_property
    def case(self) -> Case:
        told = participants.told_of_participants()
        return reading.case_header(case_id=self.kwargs["pk"], actor=self.actor, **told)

    @cached_property
    def talk(self) -> Any:
        return side_reading.talk_of(self.case, talk_id=self.kwargs["talk"], actor=self.actor)

    @property
    def works(self) -> bool:
        return self.actor.can(Right.WORK_CASES, self.case.tenant_id)

    @property
    def notes(self) -> bool:
        shown: Any = self.case
        return noting.noted_by(shown.participants_shown, by=self.actor)

    def get(self, request: HttpRequest, pk: int, talk: int) -> HttpResponse:
        """What was told of it at a case that it was merged into then leads to where it is now."""
        try:
            return self.show()
        except Absent:
            own = side_reading.case_id_of(talk, actor=self.actor)
            if own == pk:
                raise
        return HttpResponseRedirect(reverse("desk:side-talk", args=[own, talk]) + self.trail.query)

    def post(self, request: HttpRequest, pk: int, talk: int) -> HttpResponse:
        act = {"close": talks.close, "reopen": talks.reopen}.get(request.POST.get("act", ""))
        if act is None:
            return self.say()
        act(talk_id=self.talk.pk, by=self.actor, at=self.at)
        messages.success(request, _("Closed.") if act is talks.close else _("Open again."))
        return HttpResponseRedirect(self.own_url())

    def say(self) -> HttpResponse:
        form = SayAsideForm(self.request.POST, prefix="side")
        if not form.is_valid():
            return self.show(refused=form, status=422)
        data = form.cleaned_data
        try:
            talks.say(talk_id=self.talk.pk, body=data["body"], token=data["token"], by=self.actor, at=self.at)
        except Absent:
            raise
        except DomainError as refusal:
            if talks.sent(token=data["token"], body=data["body"], by=self.actor) is None:
                blame(form, refusal)
                return self.show(refused=form, status=refusal.status)
        offer_undo(self, _("Said."), talk_id=self.talk.pk, case_id=self.case.pk, token=data["token"])
        return HttpResponseRedirect(self.own_url() + "#end")

    def own_url(self) -> str:
        return reverse("desk:side-talk", args=[self.case.pk, self.talk.pk]) + self.trail.query

    def show(self, *, refused: SayAsideForm | None = None, status: int = 200) -> HttpResponse:
        talk = self.talk
        words = [(word, mail_words(word.mail_status or "")) for word in side_reading.words_of(talk)]
        if words and (talk.first_new is not None or talk.told is not None):
            looking.looked(talk, up_to=words[-1][0].pk, by=self.actor, at=self.at)
        context = self.get_context_data(
            title=f"{talk.subject} · {self.case.reference}",
            case=self.case,
            talk=talk,
            whom=side_reading.whom(talk, talk.names),
            outside=talk.kind == SideKind.OUTSIDE,
            words=words,
            # What was typed is never taken away: a form that comes back says its refusal itself.
            writes=refused is not None or (talk.closed_at is None and (self.works or self.notes)),
            works=self.works,
            refused=refused,
            token=uuid4(),
            draft=drafts.of_talk(talk, by=self.actor),
            trail=self.trail,
        )
        return self.render_to_response(context, status=status)


class UnsayPage(DeskPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, talk: int, token: UUID) -> HttpResponse:
        undo.take_back(request, partial(unsaying.unsay, token=token, talk_id=talk, by=self.actor, at=self.at))
        return HttpResponseRedirect(reverse("desk:side-talk", args=[pk, talk]) + trail_of(request).query + "#end")


class SideDraftPage(DeskPage):
    """As `DraftPage`, of a side conversation."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, talk: int) -> HttpResponse:
        changes_nothing(request)
        token: UUID | None = token_of(request.POST.get("token", ""))
        try:
            kept = drafts.keep(
                case_id=pk,
                tab=ComposerTab.SIDE,
                talk_id=talk,
                body=request.POST.get("body", "").replace("\x00", ""),
                token=token,
                by=self.actor,
                at=self.at,
            )
        except Invalid as refusal:
            return JsonResponse({"error": refusal.message}, status=refusal.status)
        return JsonResponse({"at": stamp(self.at) if kept else None})
