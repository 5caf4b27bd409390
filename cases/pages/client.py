"""The client's page behind a signed link from mail. Looking stores nothing; every act is a POST; no script needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache

from cases.domain import lifecycle, surveys, talking
from cases.domain.attachments import blob_of
from cases.domain.client.links import read_link
from cases.domain.client.view import ClientView, client_view
from config.errors import Absent, DomainError, Invalid
from tenants.pages.downloads import download


@method_decorator(never_cache, name="dispatch")
class ClientPage(View):
    def get(self, request: HttpRequest, signed: str) -> HttpResponseBase:
        try:
            view = self._view(signed)
        except Absent:
            return _gone(request)
        return self._shown(request, signed, view, thanks=SAID.get(request.GET.get("said", "")))

    def post(self, request: HttpRequest, signed: str) -> HttpResponseBase:
        try:
            view = self._view(signed)
        except Absent:
            return _gone(request)
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            return self._shown(request, signed, view, refusal=_("This is nothing you can do here."), status=422)
        try:
            act(view, request.POST)
        except DomainError as refusal:
            words = " ".join(error["message"] for error in refusal.extra.get("errors", [])) or refusal.message
            return self._shown(request, signed, self._view(signed), refusal=words, status=refusal.status)
        return redirect(f"{request.path}?said={request.POST['act']}")

    def _view(self, signed: str) -> ClientView:
        at = timezone.now()
        return client_view(link=read_link(signed, at=at), at=at)

    def _shown(
        self,
        request: HttpRequest,
        signed: str,
        view: ClientView,
        *,
        thanks: Callable[[], str] | None = None,
        refusal: str = "",
        status: int = 200,
    ) -> HttpResponseBase:
        reader = view.requester
        with translation.override(reader.language), timezone.override(ZoneInfo(reader.time_zone)):
            answer = render(
                request,
                "cases/client/case.html",
                {
                    "view": view,
                    "signed": signed,
                    "case": view.case,
                    "said": thanks() if thanks is not None else "",
                    "refusal": refusal,
                    "given": request.POST,
                    "scores": range(1, 6),
                    "likelihoods": range(11),
                },
                status=status,
            )
        return _private(answer)


@method_decorator(never_cache, name="dispatch")
class ClientFile(View):
    """A public file of the case, always as a download."""

    def get(self, request: HttpRequest, signed: str, file: int) -> HttpResponseBase:
        at = timezone.now()
        try:
            view = client_view(link=read_link(signed, at=at), at=at)
            blob = blob_of(case_id=view.case.pk, attachment_id=file, actor=view.actor)
        except Absent:
            return _gone(request)
        return _private(download(blob))


def _gone(request: HttpRequest) -> HttpResponseBase:
    return _private(render(request, "cases/client/gone.html", status=404))


def _private(answer: HttpResponseBase) -> HttpResponseBase:
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _reply(view: ClientView, given: Mapping[str, Any]) -> None:
    talking.add_interaction(
        case_id=view.case.pk, kind="message", public=True, body=given.get("body", ""), by=view.actor, at=view.at
    )


def _confirm(view: ClientView, given: Mapping[str, Any]) -> None:
    lifecycle.confirm(case_id=view.case.pk, reason=given.get("reason", ""), by=view.actor, at=view.at)


def _reject(view: ClientView, given: Mapping[str, Any]) -> None:
    lifecycle.reject(case_id=view.case.pk, reason=given.get("reason", ""), by=view.actor, at=view.at)


def _reopen(view: ClientView, given: Mapping[str, Any]) -> None:
    lifecycle.reopen(case_id=view.case.pk, reason=given.get("reason", ""), by=view.actor, at=view.at)


def _withdraw(view: ClientView, given: Mapping[str, Any]) -> None:
    lifecycle.close(case_id=view.case.pk, as_="withdrawn", reason=given.get("reason", ""), by=view.actor, at=view.at)


def _survey(view: ClientView, given: Mapping[str, Any]) -> None:
    csat = _number(given, "csat")
    if csat is None:
        raise Invalid(_("Please choose a score from 1 to 5."), field="csat", code="required")
    surveys.answer(
        case_id=view.case.pk,
        csat=csat,
        nps=_number(given, "nps"),
        words=given.get("words", ""),
        by=view.actor,
        at=view.at,
    )


def _number(given: Mapping[str, Any], name: str) -> int | None:
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else None


ACTS: dict[str, Callable[[ClientView, Mapping[str, Any]], None]] = {
    "reply": _reply,
    "confirm": _confirm,
    "reject": _reject,
    "reopen": _reopen,
    "withdraw": _withdraw,
    "survey": _survey,
}

SAID: dict[str, Callable[[], str]] = {
    "reply": lambda: _("Your message is with us."),
    "confirm": lambda: _("Thank you: the case is closed."),
    "reject": lambda: _("Thank you for telling us. We are back at work on it."),
    "reopen": lambda: _("The case is open again."),
    "withdraw": lambda: _("The case is withdrawn."),
    "survey": lambda: _("Thank you for your answer. You can change it for a week."),
}
