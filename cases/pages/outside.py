"""The page of somebody outside, behind the signed link of their mail: one side conversation, and their answer."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.domain.side import reading, talks
from cases.domain.side.links import read_link
from cases.models import SideTalk
from cases.pages.signed import SignedPage, act_once, gone, private, refuse_nul
from config.errors import Absent, DomainError


class OutsidePage(SignedPage):
    """They read this conversation alone: neither the case nor the client is named."""

    def get(self, request: HttpRequest, signed: str) -> HttpResponseBase:
        try:
            talk = read_link(signed, at=timezone.now())
        except Absent:
            return gone(request)
        thanks = _("Your message is with us.") if request.GET.get("said") == "reply" else ""
        return self._shown(request, talk, thanks=thanks)

    def post(self, request: HttpRequest, signed: str) -> HttpResponseBase:
        at = timezone.now()
        try:
            talk = read_link(signed, at=at)
        except Absent:
            return gone(request)
        try:
            refuse_nul(request)
            heard = partial(talks.hear, talk_id=talk.pk, body=request.POST.get("body", ""), at=at)
            act_once(request, at=at, work=heard)
        except DomainError as refusal:
            words = " ".join(error["message"] for error in refusal.extra.get("errors", [])) or refusal.message
            return self._shown(request, talk, refusal=words, status=refusal.status)
        return redirect(f"{request.path}?said=reply")

    def _shown(
        self, request: HttpRequest, talk: SideTalk, *, thanks: str = "", refusal: str = "", status: int = 200
    ) -> HttpResponseBase:
        context = {
            "talk": talk,
            "words": list(reading.words_for_outside(talk, at=timezone.now())),
            "said": thanks,
            "refusal": refusal,
            "given": request.POST.get("body", ""),
            "press": uuid4(),
        }
        answer: HttpResponse = render(request, "cases/client/outside.html", context, status=status)
        return private(answer)
