"""Bulk actions: the form that asks what an action needs, the run, and taking it back. All by post."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases.domain.desk import bulk, bulk_choices, bulk_moves
from cases.domain.desk.bulk_actions import ACTIONS
from cases.enums import HIGHER, Level, Priority
from cases.models import Macro
from cases.pages.desk.base import DeskPage
from cases.pages.desk.forms import CaseNumber
from cases.pages.desk.queue import desk_address
from cases.pages.desk.snooze_form import Until
from config.admin import blame, say_refusal
from config.errors import Absent, DomainError, Forbidden
from incidents.models import Incident
from tenants.domain.access_log import note_view
from tenants.enums import Right
from tenants.models import User

SEEN = re.compile(r"([0-9]{1,18})(?::([0-9]{1,9}))?", re.ASCII)


class Take(forms.Form):
    """Asks nothing."""


class Assign(forms.Form):
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("nobody: back to the queue")
    )
    reason = forms.CharField(label=_("Word of handover"), max_length=500, required=False)

    def asked(self) -> dict[str, Any]:
        owner = self.cleaned_data["owner"]
        return {"owner_id": owner and owner.pk, "reason": self.cleaned_data["reason"]}


class MoveAll(forms.Form):
    move = forms.ChoiceField(
        label=_("Move the status"), choices=[(name, move.label) for name, move in bulk_moves.MOVES.items()]
    )
    text = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Of “Wait for the customer”: what each client is asked, on their own case. Else why, for the log."),
    )


class Tags(forms.Form):
    tags = forms.CharField(label=_("Tags"), help_text=_("Separated by commas."))

    def asked(self) -> dict[str, Any]:
        return {"tags": [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]}


class Prioritise(forms.Form):
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Why"), help_text=_("The clocks follow the new priority."))


class EscalateAll(forms.Form):
    to = forms.ChoiceField(
        label=_("To level"), choices=[(level.value, level.label) for level in Level if level in HIGHER]
    )
    reason = forms.CharField(label=_("What is known, what was tried"), widget=forms.Textarea(attrs={"rows": 3}))
    known_issues_searched = forms.BooleanField(label=_("I searched the known issues"), required=False)


class SnoozeAll(Until):
    def asked(self) -> dict[str, Any]:
        return {"until": self.cleaned_data["until"].isoformat(), "note": self.cleaned_data["note"]}


class MacroAll(forms.Form):
    macro = forms.ModelChoiceField(label=_("Macro"), queryset=Macro.objects.none())

    def asked(self) -> dict[str, Any]:
        return {"macro_id": self.cleaned_data["macro"].pk}


class MessageAll(forms.Form):
    body = forms.CharField(
        label=_("Message"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Each client gets it on their own case; none sees another."),
    )


class LinkAll(forms.Form):
    incident = forms.ModelChoiceField(label=_("Incident"), queryset=Incident.objects.none())

    def asked(self) -> dict[str, Any]:
        return {"incident_id": self.cleaned_data["incident"].pk}


class MergeAll(forms.Form):
    into = CaseNumber(
        label=_("Into"), help_text=_("The case that they go on as, such as CASE-1042; one of them or another.")
    )
    reason = forms.CharField(label=_("Why"), max_length=500, required=False)


FORMS: dict[str, type[forms.Form]] = {
    "take": Take,
    "assign": Assign,
    "move": MoveAll,
    "tag": Tags,
    "untag": Tags,
    "priority": Prioritise,
    "escalate": EscalateAll,
    "snooze": SnoozeAll,
    "macro": MacroAll,
    "message": MessageAll,
    "link": LinkAll,
    "merge": MergeAll,
}

PREVIEWED = ("macro", "move")


class BulkPage(DeskPage):
    """From a list's bar with a selection comes the form; with `go` it runs. What asks nothing runs at once."""

    template_name = "cases/desk/bulk.html"
    right = Right.HAND_OVER
    http_method_names = ["post"]

    def post(self, request: HttpRequest, action: str) -> HttpResponse:
        if action not in ACTIONS:
            raise Http404
        form_class = FORMS[action]
        if not self.chosen:
            messages.warning(request, str(_("Select a case first.")))
            return self.done(self.back)
        if form_class.base_fields and "go" not in request.POST:
            return self.sheet(action, self.fitted(form_class()))
        form = self.fitted(form_class(request.POST))
        if not form.is_valid():
            return self.sheet(action, form, status=422)
        asked: Callable[[], dict[str, Any]] = getattr(form, "asked", lambda: dict(form.cleaned_data))
        try:
            if "preview" in request.POST and action in PREVIEWED:
                return self.sheet(action, form, **self.preview(action, asked()))
            bulk.run(action=action, chosen=self.chosen, asked=asked(), token=self.token, by=self.actor, at=self.at)
        except (Absent, Forbidden):
            raise
        except DomainError as refusal:
            blame(form, refusal)
            return self.sheet(action, form, status=refusal.status)
        return self.done(with_run(self.back, self.token))

    @cached_property
    def chosen(self) -> dict[int, int | None]:
        found = [SEEN.fullmatch(text) for text in self.request.POST.getlist("case")]
        return {int(one[1]): int(one[2]) if one[2] else None for one in found if one}

    @cached_property
    def token(self) -> UUID:
        return token_in(self.request)

    @property
    def back(self) -> str:
        return desk_address(self.request.POST.get("back", "")) or reverse("desk:queue", args=["all"])

    def fitted(self, form: forms.Form) -> forms.Form:
        if isinstance(form, Assign):
            owner: Any = form.fields["owner"]
            owner.queryset = bulk_choices.people(by=self.actor, at=self.at)
        elif isinstance(form, MacroAll):
            macro: Any = form.fields["macro"]
            macro.queryset = bulk_choices.sendable(by=self.actor)
        elif isinstance(form, LinkAll):
            incident: Any = form.fields["incident"]
            incident.queryset = Incident.objects.visible_to(self.actor).open()
        elif isinstance(form, MergeAll):
            form.fields["into"].initial = f"CASE-{min(self.chosen)}"
        elif isinstance(form, Until):
            form.offer_moments(self.at)
        return form

    def preview(self, action: str, asked: dict[str, Any]) -> dict[str, Any]:
        if action == "move":
            return {"expected": bulk_moves.expected(asked, self.chosen, by=self.actor)}
        return {"preview": bulk_choices.in_words(asked, self.chosen, by=self.actor, at=self.at)}

    def sheet(self, action: str, form: forms.Form, status: int = 200, **previewed: Any) -> HttpResponse:
        cases = list(bulk_choices.chosen_cases(list(self.chosen), by=self.actor))
        note_view(self.request, {case.tenant_id for case in cases}, len(cases))
        context = {
            "form": form,
            "action": ACTIONS[action],
            "cases": cases,
            "previews": action in PREVIEWED,
            "seen": self.request.POST.getlist("case"),
            "token": self.token,
            "back": self.back,
            **previewed,
        }
        if "X-Desk-Sheet" in self.request.headers:
            return TemplateResponse(self.request, "cases/desk/bulk_sheet.html", context, status=status)
        title = f"{ACTIONS[action].label} · {len(cases)}"
        return self.render_to_response(self.get_context_data(title=title, **context), status=status)

    def done(self, url: str) -> HttpResponse:
        if "X-Desk-Sheet" in self.request.headers:
            return HttpResponse(headers={"X-Desk-Done": url})
        return HttpResponseRedirect(url)


class UndoPage(DeskPage):
    """Takes one's own run back together."""

    right = Right.HAND_OVER
    http_method_names = ["post"]

    def post(self, request: HttpRequest, undone: UUID) -> HttpResponse:
        back = desk_address(request.POST.get("back", "")) or reverse("desk:queue", args=["all"])
        token = token_in(request)
        try:
            bulk.undo(token=token, undone=undone, by=self.actor, at=self.at)
        except Absent:
            raise
        except DomainError as refusal:
            say_refusal(request, refusal)
            return HttpResponseRedirect(back)
        return HttpResponseRedirect(with_run(back, token))


def token_in(request: HttpRequest) -> UUID:
    """Each drawn form has one; a post without it is none of ours."""
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError as wrong:
        raise Http404 from wrong


def with_run(url: str, token: UUID) -> str:
    """The list, telling what came of the run; what an earlier one said is over."""
    path, _mark, query = url.partition("?")
    asked = QueryDict(query, mutable=True)
    asked.pop("select", None)
    asked["run"] = str(token)
    return f"{path}?{asked.urlencode()}"
