"""A list of cases, a standing queue or a saved view: one screenful, worked by keys or mouse."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.domain import ownership
from cases.domain.desk import bulk, filters, lists, live, queue_page, views
from cases.domain.desk.bulk_actions import ACTIONS
from cases.domain.desk.lists import VIEW, Listed
from cases.domain.desk.presence import busy_elsewhere, reader_of
from cases.enums import Level, OpenedBy, Priority, ViewColumn
from cases.models import Case
from cases.pages.desk.base import DeskPage
from cases.pages.desk.clock_face import ClockFace, next_promise
from cases.pages.desk.narrowing import Narrowing, narrowing
from cases.pages.desk.trail import Trail, trail_of
from config.admin import say_refusal
from config.desk_frame import COUNT_CAP
from config.errors import Absent, DomainError, Invalid
from incidents.models import Incident
from tenants.domain.access_log import note_view
from tenants.enums import Right

SPOKE = {
    "customer": gettext_lazy("customer"),
    "us": gettext_lazy("us"),
    "note": gettext_lazy("us, note"),
    "system": gettext_lazy("the desk"),
}
OWNERS = ("me", "none")


@dataclass(frozen=True, slots=True)
class Row:
    """`way`: the query by which its page knows where one came from. `seen`: how a selection names it."""

    case: Case
    promise: ClockFace | None
    incidents: list[Incident]
    spoke: Any
    spoke_at: Any
    line: str
    unread: bool
    way: str
    seen: str
    selected: bool


class ListPage(DeskPage):
    template_name = "cases/desk/queue.html"

    def show(self, name: str) -> HttpResponse:
        live_stamp = live.stamp_for(reader_of(self.actor))
        told = narrowing(self.request.GET)
        listed, wrong = self.listed(name, told)
        page = queue_page.page(listed, actor=self.actor, at=self.at, after=told.after)
        outcome = self.outcome(told)
        seen = [case.tenant_id for case in page.cases]
        seen += [result.tenant_id for result in outcome.refused] if outcome else []
        note_view(self.request, set(seen), len(seen))
        tenants = queue_page.tenants_of(actor=self.actor)
        choices = {"priority": Priority.values, "level": Level.values, "tenant": [one.slug for one in tenants]}
        context = self.get_context_data(
            title=listed.label,
            listed=listed,
            list_url=self.request.path,
            rows=self.rows(listed, page, told, outcome),
            columns=[(column, ViewColumn(column).label) for column in listed.columns],
            after=page.after,
            told=told if wrong else told.shown(owner=OWNERS, **choices),
            wrong=wrong,
            filtered=bool(told.asks or wrong),
            count=self.count(listed, page),
            choices=choices | {"tenant": tenants},
            suggestions=filters.suggestions(tenants=tenants),
            can_take=self.actor.access.any(Right.WORK_CASES),
            can_change=listed.view is not None and views.may_change(listed.view, self.actor),
            outcome=outcome,
            elsewhere_refused=self.refused_elsewhere(outcome, page),
            bulk=list(ACTIONS.values()) if self.actor.access.any(Right.HAND_OVER) else [],
            token=uuid4(),
            live=live_stamp,
        )
        context["elsewhere"] = self.elsewhere(context["menu"])
        return self.render_to_response(context, status=422 if wrong else 200)

    def listed(self, name: str, told: Narrowing) -> tuple[Listed, str]:
        """A line that can't be read finds nothing and says why."""
        at = timezone.localtime(self.at)
        if not told.wrong:
            try:
                return lists.listed(name, asks=told.asks, actor=self.actor, at=at), ""
            except Invalid as refusal:
                return lists.nothing_of(lists.listed(name, actor=self.actor, at=at)), refusal.message
        return lists.nothing_of(lists.listed(name, actor=self.actor, at=at)), told.wrong

    def rows(self, listed: Listed, page: queue_page.Page, told: Narrowing, outcome: bulk.Outcome | None) -> list[Row]:
        refused = {result.case_id for result in outcome.refused} if outcome else set()
        every = self.request.GET.get("select") == "page"
        return [
            self.row(case, page, listed, place, told, selected=every or case.pk in refused)
            for case, place in zip(page.cases, page.places, strict=True)
        ]

    def row(
        self, case: Any, page: queue_page.Page, listed: Listed, place: str, told: Narrowing, *, selected: bool
    ) -> Row:
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
            way=Trail(name=listed.name, line=str(told.asks), place=place).query,
            seen=f"{case.pk}:{case.version}",
            selected=selected,
        )

    def count(self, listed: Listed, page: queue_page.Page) -> str:
        """In words; a page that holds all needs no counting."""
        if not page.after and "after" not in self.request.GET:
            return str(len(page.cases))
        number = listed.cases.order_by(*listed.order.by())[: COUNT_CAP + 1].count()
        return f"{COUNT_CAP}+" if number > COUNT_CAP else str(number)

    def outcome(self, told: Narrowing) -> bulk.Outcome | None:
        """What came of the bulk action that led here."""
        return bulk.outcome(token=told.run, by=self.actor) if told.run else None

    def refused_elsewhere(self, outcome: bulk.Outcome | None, page: queue_page.Page) -> set[int]:
        """Refused cases that the page does not show as rows."""
        here = {case.pk for case in page.cases}
        return {result.case_id for result in outcome.refused} - here if outcome else set()

    def elsewhere(self, menu: Any) -> Any:
        """The next list down the sidebar that holds something."""
        listing = (reverse("desk:queue", args=["x"])[:-2], reverse("desk:views"))
        lines = [line for _title, entries in menu.groups for line in entries if line.url.startswith(listing)]
        here = next((place for place, line in enumerate(lines) if line.active), -1)
        return next((line for line in [*lines[here + 1 :], *lines[: here + 1]] if line.count and not line.active), None)


class QueuePage(ListPage):
    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        return self.show(name)


class ViewPage(ListPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(f"{VIEW}{pk}")


class NeighbourPage(DeskPage):
    """'Next' and 'previous' of the list that somebody came from: nothing of it is left out. At its end the list itself,
    which says so.
    """

    def get(self, request: HttpRequest, way: str) -> HttpResponse:
        trail = trail_of(request)
        if not trail:
            raise Absent("There is no such list.")
        try:
            asks = filters.parse(trail.line)
            listed = lists.listed(trail.name, asks=asks, actor=self.actor, at=timezone.localtime(self.at))
        except Invalid:  # the list says why
            return HttpResponseRedirect(trail.list_url)
        found = queue_page.neighbour(listed, place=trail.place, backwards=way == "previous")
        if way == "next":
            found = self.not_open_elsewhere(listed, found)
        if found is None:
            words = _("That was the first of “{name}”.") if way == "previous" else _("That was the last of “{name}”.")
            messages.info(request, words.format(name=listed.label))
            return HttpResponseRedirect(trail.list_url)
        pk, place = found
        onwards = Trail(name=trail.name, line=trail.line, place=place)
        return HttpResponseRedirect(reverse("desk:case", args=[pk]) + onwards.query)

    def not_open_elsewhere(self, listed: Listed, found: tuple[int, str] | None) -> tuple[int, str] | None:
        """Past what somebody else has before them, and says so."""
        busy = busy_elsewhere(actor=self.actor, at=self.at)
        while found is not None and found[0] in busy:
            words = _("Passed over CASE-{number}: {name} has it open.")
            messages.info(self.request, words.format(number=found[0], name=busy.pop(found[0])))
            found = queue_page.neighbour(listed, place=found[1])
        return found


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
        return HttpResponseRedirect(desk_address(request.POST.get("back", "")) or reverse("desk:case", args=[pk]))


def desk_address(text: str) -> str:
    """An address within the desk, or nothing."""
    return text if text.startswith("/admin/desk/") else ""
