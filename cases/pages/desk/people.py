"""Who takes part in a case: the sheet that changes it, and whom and what the composer may name."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.domain import reading
from cases.domain.desk import articles
from cases.domain.people import colleagues, participants
from cases.models import Case
from cases.pages.desk.case import OfCase
from cases.pages.desk.taking_part import taking_part
from config.admin import blame
from config.errors import Absent, DomainError, Invalid
from config.numbers import row_number
from tenants.enums import Right


class PeopleForm(forms.Form):
    """One form with a button each: `act` says which, `email` and `user` are what the adding ones ask for."""

    act = forms.CharField(max_length=40)
    email = forms.CharField(label=gettext_lazy("Address of somebody at the client’s"), max_length=254, required=False)
    stranger = forms.BooleanField(
        label=gettext_lazy("We do not know this person: they may still read this case and answer"), required=False
    )
    user = forms.TypedChoiceField(label=gettext_lazy("Colleague"), coerce=int, empty_value=None, required=False)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, page: "PeoplePage", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(person.pk, f"{person} ({person.username})") for person in page.nameable]
        self.fields["user"].choices = [("", "–"), *names]  # type: ignore[attr-defined]


class PeoplePage(OfCase):
    """A page of its own, or, asked by our script, its sheet alone."""

    @cached_property
    def case(self) -> Case:
        told = participants.told_of_participants()
        return reading.case_header(case_id=self.kwargs["pk"], actor=self.actor, **told)

    @cached_property
    def nameable(self) -> list[Any]:
        return colleagues.nameable(self.case, by=self.actor, at=self.at) if self.writes else []

    @property
    def writes(self) -> bool:
        return self.actor.can(Right.WORK_CASES, self.case.tenant_id)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.sheet(PeopleForm(page=self, initial={"version": self.case.version}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = PeopleForm(request.POST, page=self)
        if not form.is_valid():
            return self.sheet(form, status=422)
        name, _colon, text = form.cleaned_data["act"].partition(":")
        number = row_number(text) if text else 0
        if name not in ACTS or number is None:
            raise Http404
        try:
            said = ACTS[name](self, form.cleaned_data, number)
        except Absent:
            raise
        except DomainError as refusal:
            blame(form, refusal)
            return self.sheet(form, status=refusal.status)
        messages.success(request, said)
        if self.alone:
            return HttpResponse(headers={"X-Desk-Done": self.url()})
        return HttpResponseRedirect(self.url())

    @property
    def alone(self) -> bool:
        return "X-Desk-Sheet" in self.request.headers

    def sheet(self, form: PeopleForm, status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {
            "form": form,
            "case": self.case,
            "writes": self.writes,
            "people": taking_part(self.case, self.actor),
            "known": participants.known_people(self.case, actor=self.actor) if self.writes else [],
            "trail": self.trail,
        }
        if self.alone:
            return TemplateResponse(self.request, "cases/desk/people_sheet.html", context, status=status)
        title = _("Who takes part · {case}").format(case=self.case.reference)
        context = self.get_context_data(title=title, **context)
        return TemplateResponse(self.request, "cases/desk/people.html", context, status=status)


def _copy(page: PeoplePage, data: dict[str, Any], _number: int) -> str:
    reader = participants.copy_to(
        case_id=page.case.pk,
        email=data["email"],
        stranger=data["stranger"],
        by=page.actor,
        at=page.at,
        expected_version=data["version"],
    )
    return _("{name} gets copies from now on.").format(name=reader.requester)


def _add(page: PeoplePage, data: dict[str, Any], _number: int) -> str:
    added = participants.follow(case_id=page.case.pk, user_id=data["user"], by=page.actor, at=page.at)
    return _("{name} follows the case.").format(name=added.user)


def _note(page: PeoplePage, data: dict[str, Any], _number: int) -> str:
    if data["user"] is None:
        raise Invalid(_("Choose a colleague."), field="user", code="required")
    added = participants.let_note(
        case_id=page.case.pk,
        user_id=data["user"],
        by=page.actor,
        at=page.at,
        expected_version=data["version"],
    )
    return _("%(name)s may note on the case.") % {"name": added.user}


def _unfollow(page: PeoplePage, _data: dict[str, Any], _number: int) -> str:
    participants.unfollow(case_id=page.case.pk, by=page.actor, at=page.at)
    return _("You follow it no more.")


def _remove(page: PeoplePage, data: dict[str, Any], number: int) -> str:
    participants.remove(
        case_id=page.case.pk,
        participant_id=number,
        by=page.actor,
        at=page.at,
        expected_version=data["version"],
    )
    return _("Removed.")


def _follow(page: PeoplePage, data: dict[str, Any], number: int) -> str:
    return _add(page, {**data, "user": None}, number)


ACTS: dict[str, Callable[[PeoplePage, dict[str, Any], int], str]] = {
    "copy": _copy,
    "add": _add,
    "note": _note,
    "follow": _follow,
    "unfollow": _unfollow,
    "remove": _remove,
}


class NamesPage(OfCase):
    """What the composer offers after `@`: colleagues; after `??`: pages that may be named. JSON, for our script."""

    right = Right.WORK_CASES
    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        if what == "people":
            found = colleagues.nameable(self.case, by=self.actor, at=self.at)
            rows = [
                {"name": f"{one} @{one.username}", "hint": one.level, "insert": f"@{one.username} "} for one in found
            ]
        elif what in ("reply", "note"):
            named = articles.articles(self.case, for_client=what == "reply", by=self.actor)
            hints = {True: _("for the client"), False: _("team only")}
            rows = [
                {"name": one.title, "hint": hints[one.for_client], "insert": f"{one.title}: {one.url} "}
                for one in named
            ]
        else:
            raise Http404
        return JsonResponse({"rows": rows})
