"""Taking a send back for a moment: offered with the words that it was done, by one key or press."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from cases.domain import unsending
from cases.domain.sending import HELD_FOR
from cases.models import Case
from cases.pages.desk.base import DeskPage
from cases.pages.desk.trail import Trail, trail_of
from config.admin import say_refusal
from config.errors import Absent, DomainError, Forbidden


def offer(request: HttpRequest, said: str, *, case: Case, token: UUID | None, trail: Trail, at: datetime) -> None:
    """`token`: of the press that was just made; None: there is nothing to take back."""
    if token is None:
        messages.success(request, said)
        return
    offer_at(request, said, url=reverse("desk:unsend", args=[case.pk, token]) + trail.query, at=at)


def offer_at(request: HttpRequest, said: str, *, url: str, at: datetime) -> None:
    """`url` takes it back."""
    context: dict[str, Any] = {
        "said": said,
        "url": url,
        "seconds": int(HELD_FOR.total_seconds()),
        "until": at + HELD_FOR,
    }
    drawn = render_to_string("cases/desk/undo.html", context, request)
    messages.success(request, mark_safe(drawn))  # noqa: S308  drawn by a template, which escapes


def take_back(request: HttpRequest, door: Callable[[], object]) -> None:
    """Tells what came of it. Absent and Forbidden go on to the page."""
    try:
        door()
    except (Absent, Forbidden):
        raise
    except DomainError as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, _("Taken back, nothing was sent. Your text is in the box again."))


class UnsendPage(DeskPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, token: UUID) -> HttpResponse:
        take_back(request, partial(unsending.unsend, token=token, case_id=pk, by=self.actor, at=self.at))
        return HttpResponseRedirect(reverse("desk:case", args=[pk]) + trail_of(request).query)
