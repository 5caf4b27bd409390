"""The client's page behind a signed link from mail. Looking stores nothing; every act is a POST; no script needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4
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
from cases.domain.attachments import Upload, blob_of
from cases.domain.client.links import read_link
from cases.domain.client.view import ClientView, client_view
from cases.pages.signed import SignedPage, act_once, gone, private, refuse_nul
from config.errors import Absent, DomainError, Invalid
from tenants.pages.downloads import download

Act = Callable[[ClientView, HttpRequest], Any]


class ClientPage(SignedPage):
    def get(self, request: HttpRequest, signed: str) -> HttpResponseBase:
        try:
            view = self._view(signed)
        except Absent:
            return gone(request)
        return self._shown(request, signed, view, thanks=SAID.get(request.GET.get("said", "")))

    def post(self, request: HttpRequest, signed: str) -> HttpResponseBase:
        try:
            view = self._view(signed)
        except Absent:
            return gone(request)
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            return self._shown(request, signed, view, refusal=_("This is nothing you can do here."), status=422)
        try:
            refuse_nul(request)
            with translation.override(view.requester.language):  # a refusal is for who reads it
                act_once(request, at=view.at, work=partial(act, view, request))
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
                    "press": uuid4(),
                    "scores": range(1, 6),
                    "likelihoods": range(11),
                },
                status=status,
            )
        return private(answer)


@method_decorator(never_cache, name="dispatch")
class ClientFile(View):
    """A public file of the case, always as a download."""

    def get(self, request: HttpRequest, signed: str, file: int) -> HttpResponseBase:
        at = timezone.now()
        try:
            view = client_view(link=read_link(signed, at=at), at=at)
            blob = blob_of(case_id=view.case.pk, attachment_id=file, actor=view.actor)
        except Absent:
            return gone(request)
        return private(download(blob))


def _reply(view: ClientView, request: HttpRequest) -> None:
    files = request.FILES.getlist("files")
    if files and request.POST.get("whole") != "yes":  # the form's last field: without it a file was cut short
        raise Invalid(_("Your files did not arrive whole. Please send them again."), field="files", code="cut-short")
    talking.add_interaction(
        case_id=view.case.pk,
        kind="message",
        public=True,
        body=request.POST.get("body", ""),
        uploads=[Upload(file.name or "", file) for file in files],
        by=view.actor,
        at=view.at,
    )


def _with_reason(door: Callable[..., Any], **more: Any) -> Act:
    return lambda view, request: door(
        case_id=view.case.pk, reason=request.POST.get("reason", ""), by=view.actor, at=view.at, **more
    )


def _survey(view: ClientView, request: HttpRequest) -> None:
    csat = _number(request, "csat")
    if csat is None:
        raise Invalid(_("Please choose a score from 1 to 5."), field="csat", code="required")
    surveys.answer(
        case_id=view.case.pk,
        csat=csat,
        nps=_number(request, "nps"),
        words=request.POST.get("words", ""),
        by=view.actor,
        at=view.at,
    )


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else None


ACTS: dict[str, Act] = {
    "reply": _reply,
    "confirm": _with_reason(lifecycle.confirm),
    "reject": _with_reason(lifecycle.reject),
    "reopen": _with_reason(lifecycle.reopen),
    "withdraw": _with_reason(lifecycle.close, as_="withdrawn"),
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
