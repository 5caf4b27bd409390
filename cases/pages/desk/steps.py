"""A step of a checklist ticked, opened again or taken off with one click or key; our script renews the card alone."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from cases.domain import checklists
from cases.pages.desk.case import OfCase
from config.errors import Absent, DomainError, Forbidden
from tenants.enums import Right

DOORS: dict[str, Callable[..., None]] = {
    "done": partial(checklists.tick, done=True),
    "open": partial(checklists.tick, done=False),
    "remove": checklists.remove_step,
}


class StepPage(OfCase):
    """`do` names the door."""

    right = Right.WORK_CASES
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, step: int) -> HttpResponse:
        door = DOORS.get(request.POST.get("do", ""))
        if door is None:
            raise Http404
        try:
            door(case_id=pk, step_id=step, by=self.actor, at=self.at)
        except (Absent, Forbidden):
            raise
        except DomainError as refusal:
            if self.alone:
                return self.card(refusal=refusal.message, status=refusal.status)
            messages.error(request, refusal.message)
        return self.card() if self.alone else HttpResponseRedirect(f"{self.url()}#checklist")

    @property
    def alone(self) -> bool:
        return "X-Desk-Part" in self.request.headers

    def card(self, *, refusal: str = "", status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {
            "case": self.case,
            "checklist": checklists.checklist_of(self.case),
            "writes": self.actor.can(Right.WORK_CASES, self.case.tenant_id),
            "refusal": refusal,
            "trail": self.trail,
        }
        return TemplateResponse(self.request, "cases/desk/checklist.html", context, status=status)
