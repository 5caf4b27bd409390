"""The search box: a reference opens at once, a line of keys opens its list, words find what fits them of every kind.

The page shows it all without a script; the palette is the best of it under the box while one types.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.domain.finding.finding import MOST, find
from cases.domain.finding.found import Found, Hit, Kind, Section
from cases.pages.desk.base import DeskPage
from config.desk_menu import Entry, Menu
from config.errors import Invalid
from config.numbers import row_number
from tenants.domain.access_log import note_view

OF_EACH = 5  # on the page that shows every kind
OF_ONE = 25  # on the page of one kind
IN_PALETTE = {Kind.CASES: 6}
IN_PALETTE_OF_OTHERS = 3
ADDRESSES = {
    Kind.CASES: "desk:case",
    Kind.INCIDENTS: "admin:incidents_incident_change",
    Kind.KNOWN_ISSUES: "admin:cases_knownissue_change",
    Kind.RUNBOOKS: "admin:incidents_runbook_change",
    Kind.MACROS: "admin:cases_macro_change",
    Kind.TENANTS: "tenants:console",
    Kind.REQUESTERS: "admin:tenants_requester_change",
}
UNDERSTOOD = (
    ("CASE-1042 · INC-204", _("opens at once")),
    ("ING-503 · KI-12", _("error codes and known issues, exactly")),
    ("ingestion late", _("every word, or its beginning from four letters on, in one text")),
    ('"is late"', _("in quotes: just so, in this order")),
    ("tenant:acme status:waiting priority:P1", _("cases that are so; words beside it are looked for among them")),
    (">triage", _("in the box at the top: pages, and what can be done here")),
)


class Asked(forms.Form):
    """Everything is optional; what makes no sense is left out."""

    kind = forms.ChoiceField(choices=Kind.choices, required=False)
    first = forms.IntegerField(min_value=0, max_value=MOST, required=False)
    literally = forms.BooleanField(required=False)


@dataclass(frozen=True, slots=True)
class Shown:
    hit: Hit
    url: str


@dataclass(frozen=True, slots=True)
class ShownSection:
    """`count` in words; `more`: where the rest is."""

    kind: Kind
    label: Any
    count: str
    hits: Sequence[Shown]
    cut: bool
    more: str = ""


def address_of(hit: Hit) -> str:
    return reverse(ADDRESSES[hit.kind], args=[hit.key])


def list_of(line: str) -> str:
    return f"{reverse('desk:queue', args=['all'])}?{urlencode({'q': line})}"


def reference_address(words: str) -> str:
    """Of a case or an incident; empty for anything else."""
    kind, _dash, number = words.upper().partition("-")
    if kind in ("CASE", "INC") and (pk := row_number(number)) is not None:
        name = "desk:case" if kind == "CASE" else "admin:incidents_incident_change"
        return reverse(name, args=[pk])
    return ""


class JumpPage(DeskPage):
    """Where the box leads on Enter."""

    def get(self, request: HttpRequest) -> HttpResponse:
        words = request.GET.get("q", "").strip()
        if address := reference_address(words):
            return HttpResponseRedirect(address)
        where = reverse("desk:search")
        return HttpResponseRedirect(f"{where}?{urlencode({'q': words})}" if words else where)


class Searching(DeskPage):
    def found(self, *, size: int, kinds: Sequence[Kind], first: int = 0, literally: bool = False) -> Found:
        """Raises Invalid."""
        at = timezone.localtime(self.at)
        found = find(self.line, actor=self.actor, at=at, size=size, kinds=kinds, first=first, literally=literally)
        shown = found.of_tenants
        note_view(self.request, {tenant_id for hit in shown for tenant_id in hit.tenant_ids}, len(shown))
        return found

    @property
    def line(self) -> str:
        return self.request.GET.get("q", "").strip()

    def shown(self, section: Section, *, size: int | None = None) -> ShownSection:
        """`size`: fewer than were found."""
        hits = section.hits[:size]
        return ShownSection(
            kind=section.kind,
            label=section.kind.label,
            count=f"{section.total}+" if section.cut else str(section.total),
            hits=[Shown(hit, address_of(hit)) for hit in hits],
            cut=section.cut,
            more=self.page_of(section.kind) if section.total > len(hits) else "",
        )

    def page_of(self, kind: Kind, **more: Any) -> str:
        return f"{reverse('desk:search')}?{urlencode({'q': self.line, 'kind': kind.value, **more})}"


class SearchPage(Searching):
    template_name = "cases/desk/search.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = Asked(request.GET)
        form.is_valid()
        kind = Kind(form.cleaned_data["kind"]) if form.cleaned_data.get("kind") else None
        first = (form.cleaned_data.get("first") or 0) if kind else 0
        literally = bool(form.cleaned_data.get("literally"))
        size, kinds = (OF_ONE, [kind]) if kind else (OF_EACH, list(Kind))
        try:
            found = self.found(size=size, kinds=kinds, first=first, literally=literally)
        except Invalid as refusal:
            return self.drawn(kind=kind, wrong=refusal.message)
        if found.asks and not found.asks.words:
            return HttpResponseRedirect(list_of(self.line))
        return self.drawn(kind=kind, found=found, list_url=list_of(str(found.asks)), **self.around(found, kind, first))

    def drawn(self, *, kind: Kind | None, wrong: str = "", found: Found | None = None, **more: str) -> HttpResponse:
        address = reverse("desk:search")
        context = self.get_context_data(
            find_query=self.line,
            line=self.line,
            kind=kind,
            wrong=wrong,
            found=found,
            understood=UNDERSTOOD,
            sections=[self.shown(section) for section in found.sections] if found else [],
            literal_url=f"{address}?{urlencode({'q': self.line, 'literally': 1})}",
            every_url=f"{address}?{urlencode({'q': self.line})}",
            **more,
        )
        context["pages"] = [] if kind else pages_named(self.line, context["menu"])
        return self.render_to_response(context, status=422 if wrong else 200)

    def around(self, found: Found, kind: Kind | None, first: int) -> dict[str, str]:
        """Where the pages before and after are, of one kind."""
        if kind is None:
            return {}
        total = found.total
        return {
            "before": self.page_of(kind, first=max(0, first - OF_ONE)) if first else "",
            "after": self.page_of(kind, first=first + OF_ONE) if first + OF_ONE < min(total, MOST) else "",
        }


class PalettePage(Searching):
    """What stands under the box while one types: the best of each kind. A line that can't be read says so."""

    template_name = "cases/desk/palette.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        context: dict[str, Any] = {"line": self.line, "reference": reference_address(self.line)}
        try:
            found = self.found(size=max(IN_PALETTE.values()), kinds=list(Kind))
        except Invalid as refusal:
            return self.render_to_response(context | {"wrong": refusal.message})
        context |= {
            "found": found,
            "sections": [
                self.shown(section, size=IN_PALETTE.get(section.kind, IN_PALETTE_OF_OTHERS))
                for section in found.sections
            ],
            "list_url": list_of(self.line) if found.asks.given else "",
            "every_url": f"{reverse('desk:search')}?{urlencode({'q': self.line})}" if found.sections else "",
        }
        return self.render_to_response(context)


def pages_named(words: str, menu: Menu) -> list[Entry]:
    """Pages of the menu whose titles say all of the words."""
    wanted = words.casefold().split()
    entries = [entry for _title, entries in [*menu.groups, *menu.settings] for entry in entries]
    return [entry for entry in entries if wanted and all(word in str(entry.title).casefold() for word in wanted)]
