"""The sidebar of every admin page: what a person may open, in the order of their day, with counts.

A desk page is shown by right; a list of rows by what its ModelAdmin says. Rooms to the right of this one say what is
counted (`desk_frame`), so that the menu knows no model.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from config.admin import user_may
from config.desk_frame import Frame, ListPage, pages, shown_count


@dataclass(frozen=True, slots=True)
class Page:
    """A desk page; `hot` marks a count above zero as urgent."""

    key: str
    title: Any
    url_name: str
    args: tuple[str, ...] = ()
    query: str = ""
    right: str = "see_cases"
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of a model, wherever that model is registered."""

    key: str
    title: Any
    label: str
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """The lists of people's own making: their own, and what is shared."""


SAVED = Saved()


@dataclass(frozen=True, slots=True)
class Group:
    title: Any
    items: tuple[Page | Rows | Saved, ...]


def queue(name: str, title: Any, *, right: str = "work_cases", hot: bool = False) -> Page:
    return Page(name, title, "desk:queue", (name,), right=right, hot=hot)


MENU = (
    Group(
        _("My work"),
        (
            queue("mine", _("Mine")),
            queue("needs-first-word", _("Needs first word"), hot=True),
            queue("breaching-next", _("Breaching next"), hot=True),
            queue("waiting-on-us", _("Waiting on us")),
            queue("waiting-on-customer", _("Waiting on customer")),
            queue("unassigned", _("Unassigned")),
            queue("snoozed", _("Snoozed")),
            Page("inbox", _("Inbox"), "desk:inbox", right="work_cases"),
            Page("time", _("My time"), "desk:time", right="work_cases"),
        ),
    ),
    Group(
        _("Team"),
        (
            Page("urgent", _("P0 / P1 now"), "desk:queue", ("all",), "priority=P0&priority=P1&open=1", hot=True),
            queue("breached", _("Breached"), right="see_cases", hot=True),
            queue("answered-not-accepted", _("Answered, not accepted"), right="see_cases"),
            queue("all", _("All cases"), right="see_cases"),
        ),
    ),
    Group(_("Views"), (SAVED, Page("views", _("All views"), "desk:views"))),
    Group(
        _("Desk"),
        (
            Page("triage", _("Triage"), "desk:triage"),
            Rows("incidents", _("Incidents"), "incidents.Incident", hot=True),
            Rows("alerts", _("Alerts"), "sla.Alert", hot=True),
            Rows("tenants", _("Tenants"), "tenants.Tenant"),
            Rows("runbooks", _("Runbooks"), "incidents.Runbook"),
            Rows("known-issues", _("Known issues"), "cases.KnownIssue"),
            Rows("macros", _("Macros"), "cases.Macro"),
            Rows("rota", _("Rota"), "incidents.RotaShift"),
            Page("reports", _("Reports"), "reporting:metrics"),
            Rows("cadence", _("Cadence"), "cadence.WeeklyUpdate"),
            Rows("weeks-of-l2", _("Weeks of L2"), "cadence.LevelSummary", hot=True),
            Rows("chain-reviews", _("Chain reviews"), "cadence.ChainReview", hot=True),
            Page("sent", _("Sent"), "outbox:sent"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as it is drawn. `count` is words ('99+'), empty for none."""

    title: Any
    url: str
    active: bool
    count: str = ""
    hot: bool = False


class Menu:
    """The sidebar for one request. Nothing is asked before it is drawn."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.request = frame.request

    @cached_property
    def groups(self) -> list[tuple[Any, list[Entry]]]:
        drawn = [(group.title, [entry for item in group.items for entry in self.entries(item)]) for group in MENU]
        return [(title, entries) for title, entries in drawn if entries]

    @cached_property
    def settings(self) -> list[tuple[str, list[Entry]]]:
        """Every other list that the reader may open, by room."""
        placed = {item.label for group in MENU for item in group.items if isinstance(item, Rows)}
        rooms: dict[str, list[Entry]] = {}
        for model, model_admin in registered():
            if model._meta.label in placed or not model_admin.has_module_permission(self.request):
                continue
            url = changelist_url(model)
            room = str(model._meta.app_config.verbose_name)
            rooms.setdefault(room, []).append(
                Entry(capfirst(str(model._meta.verbose_name_plural)), url, self.request.path.startswith(url))
            )
        return sorted((room, sorted(entries, key=lambda entry: str(entry.title))) for room, entries in rooms.items())

    @cached_property
    def in_settings(self) -> bool:
        return any(entry.active for _room, entries in self.settings for entry in entries)

    def first_url(self) -> str | None:
        """Where this person's day begins; None when nothing is theirs to open."""
        if user_may(self.request, "hand_over"):
            return reverse("desk:triage")
        drawn = [entry for _title, entries in self.groups for entry in entries]
        drawn += [entry for _room, entries in self.settings for entry in entries]
        return drawn[0].url if drawn else None

    def shown(self, item: Page | Rows) -> bool:
        if isinstance(item, Page):
            return user_may(self.request, item.right)
        model_admin = admin_of(item.label)
        return model_admin is not None and model_admin.has_module_permission(self.request)

    def entries(self, item: Page | Rows | Saved) -> list[Entry]:
        if isinstance(item, Saved):
            return [self.saved(page) for answer in pages.ask(request=self.request) for page in answer]
        return [self.entry(item)] if self.shown(item) else []

    def saved(self, page: ListPage) -> Entry:
        return Entry(page.title, page.url, self.request.path == page.url, self.count(page.key))

    def entry(self, item: Page | Rows) -> Entry:
        if isinstance(item, Page):
            url = address(item.url_name, item.args)
            active = self.request.path == url and (self.request.GET.urlencode() == item.query or not item.query)
            if not item.query and item.key == "all":
                active = active and "open" not in self.request.GET
            url += f"?{item.query}" if item.query else ""
        else:
            url = changelist_url(admin_of(item.label).model)
            active = self.request.path.startswith(url)
        return Entry(item.title, url, active, self.count(item.key), item.hot and self.count(item.key) != "")

    def count(self, key: str) -> str:
        return shown_count(self.frame.told.get(key, 0))


def registered() -> Iterator[tuple[Any, Any]]:
    """Each model with its ModelAdmin, in the order in which the rooms registered them."""
    yield from admin.site._registry.items()  # Django has no public way to list what is registered


def admin_of(label: str) -> Any:
    for model, model_admin in registered():
        if model._meta.label == label:
            return model_admin
    return None


@cache
def address(url_name: str, args: tuple[str, ...]) -> str:
    return reverse(url_name, args=args)


@cache
def changelist_url(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
