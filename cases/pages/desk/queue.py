"""A queue: one screenful of cases, soonest promise first, worked by keys or mouse."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.domain import ownership
from cases.domain.desk import queue_page
from cases.domain.desk.queues import QUEUES, queue
from cases.enums import Level, OpenedBy, Priority
from cases.models import Case
from cases.pages.desk.base import DeskPage
from cases.pages.desk.clock_face import ClockFace, next_promise
from config.admin import say_refusal
from config.desk_frame import COUNT_CAP
from config.errors import Absent, DomainError
from incidents.models import Incident
from tenants.domain.access_log import note_view
from tenants.enums import Right

SPOKE = {"customer": _("customer"), "us": _("us"), "note": _("us, note"), "system": _("the desk")}


class Filters(forms.Form):
    """Everything is optional; what makes no sense is left out."""

    priority = forms.MultipleChoiceField(choices=Priority.choices, required=False)
    tenant = forms.SlugField(required=False)
    owner = forms.CharField(max_length=150, required=False)
    level = forms.ChoiceField(choices=[("", ""), *Level.choices], required=False)
    q = forms.CharField(max_length=200, required=False)
    open = forms.BooleanField(required=False)
    reopened = forms.BooleanField(required=False)
    after = forms.CharField(max_length=80, required=False)


@dataclass(frozen=True, slots=True)
class Row:
    case: Case
    promise: ClockFace | None
    incidents: list[Incident]
    spoke: Any
    spoke_at: Any
    line: str
    unread: bool


class QueuePage(DeskPage):
    template_name = "cases/desk/queue.html"

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        held = queue(name, actor=self.actor, at=self.at)
        asked = Filters(request.GET)
        asked.is_valid()
        wanted = asked.cleaned_data
        narrowed = queue_page.narrowed(
            held,
            actor=self.actor,
            priorities=wanted.get("priority", []),
            tenant=wanted.get("tenant", ""),
            owner=wanted.get("owner", ""),
            level=wanted.get("level", ""),
            words=wanted.get("q", ""),
            open_only=wanted.get("open", False),
            reopened=wanted.get("reopened", False),
        )
        page = queue_page.page(narrowed, actor=self.actor, at=self.at, after=wanted.get("after", ""))
        note_view(request, {case.tenant_id for case in page.cases}, len(page.cases))
        context = self.get_context_data(
            title=QUEUES[name].label,
            help=QUEUES[name].help,
            nothing=QUEUES[name].nothing,
            name=name,
            rows=[self.row(case, page) for case in page.cases],
            after=page.after,
            filters=wanted,
            filtered=any(wanted.get(key) for key in ("priority", "tenant", "owner", "level", "q", "open", "reopened")),
            count=self.count(narrowed, page),
            choices=self.choices(),
            find_query=wanted.get("q", ""),
            newest_first=name == "all",
            can_take=self.actor.access.any(Right.WORK_CASES),
        )
        return self.render_to_response(context)

    def row(self, case: Any, page: queue_page.Page) -> Row:
        word = case.last_word
        spoke = queue_page.spoke_last(word) if word else ("customer" if case.opened_by == OpenedBy.CUSTOMER else "us")
        return Row(
            case=case,
            promise=next_promise(page.clocks.get(case.pk, []), at=self.at),
            incidents=page.incidents.get(case.pk, []),
            spoke=SPOKE[spoke],
            spoke_at=queue_page.age_of_word(word) or case.opened_at,
            line=word["line"] if word else case.description[: queue_page.LINE],
            unread=case.customer_waiting_since is not None,
        )

    def count(self, narrowed: Any, page: queue_page.Page) -> str:
        """In words; a page that holds all needs no counting."""
        if not page.after and "after" not in self.request.GET:
            return str(len(page.cases))
        number = narrowed[: COUNT_CAP + 1].count()
        return f"{COUNT_CAP}+" if number > COUNT_CAP else str(number)

    def choices(self) -> dict[str, Any]:
        return {
            "priority": Priority.values,
            "level": Level.values,
            "tenant": queue_page.tenants_of(actor=self.actor),
        }


class TakePage(DeskPage):
    """`a` on a row: the reader becomes the owner. Only by post."""

    right = Right.WORK_CASES
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            ownership.assign(case_id=pk, owner_id=self.actor.user_id, by=self.actor, at=self.at)
        except Absent:
            raise
        except DomainError as refusal:
            say_refusal(request, refusal)
        back = request.POST.get("back", "")
        return HttpResponseRedirect(back if back.startswith("/admin/desk/") else reverse("desk:case", args=[pk]))


class JumpPage(DeskPage):
    """The search box: a reference opens its case, words search all cases."""

    def get(self, request: HttpRequest) -> HttpResponse:
        words = request.GET.get("q", "").strip()
        kind, _dash, number = words.upper().partition("-")
        if kind in ("CASE", "INC") and number.isdecimal() and len(number) < 19:
            name = "desk:case" if kind == "CASE" else "admin:incidents_incident_change"
            return HttpResponseRedirect(reverse(name, args=[int(number)]))
        where = reverse("desk:queue", args=["all"])
        return HttpResponseRedirect(f"{where}?{urlencode({'q': words})}" if words else where)
