"""One screenful of a list: keyset pages, and with each case its last word, promises and incidents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject, Left

from cases.domain.desk.lists import Listed
from cases.domain.desk.orders import BACK_FIRST
from cases.domain.reading import ShownClock, clocks_of, incidents_of
from cases.enums import InteractionKind, SpokenBy
from cases.models import Case, Interaction
from incidents.models import Incident
from tenants.domain.actors import Actor
from tenants.models import Tenant

PAGE_SIZE = 25
LINE = 160  # characters of the last word that fit a row
SAID = [InteractionKind.MESSAGE, InteractionKind.NOTE, InteractionKind.CALL, InteractionKind.CONFIRMATION]
BACK = "back:"  # before the place of a case that is back from snooze


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`after` is the place of the last case when there are more, else empty. Cases carry `last_word`."""

    cases: list[Case]
    places: list[str]
    clocks: dict[int, list[ShownClock]]
    incidents: dict[int, list[Incident]]
    after: str


def with_last_word(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Adds `last_word`: {line, by_kind, kind, public, at} or None."""
    last = Interaction.objects.filter(case=OuterRef("pk"), kind__in=SAID).order_by("-at", "-pk")
    word = last.values(
        word=JSONObject(line=Left("body", LINE), by_kind="by_kind", kind="kind", public="public", at="at")
    )[:1]
    return cases.select_related("tenant", "owner", "requester", "category").annotate(last_word=Subquery(word))


def page(listed: Listed, *, actor: Actor, at: datetime, after: str = "", size: int = PAGE_SIZE) -> Page:
    """A page in the list's own order. A place that makes no sense starts from the front."""
    found: list[tuple[str, Case]] = []
    for mark, cases in _onwards(listed, after):
        if len(found) <= size:
            found += [(mark, case) for case in with_last_word(cases)[: size + 1 - len(found)]]
    shown = found[:size]
    places = [_place(listed, mark, case) for mark, case in shown]
    ids = [case.pk for _mark, case in shown]
    return Page(
        cases=[case for _mark, case in shown],
        places=places,
        clocks=clocks_of(ids, at=at),
        incidents=incidents_of(ids, actor=actor),
        after=places[-1] if len(found) > size else "",
    )


def neighbour(listed: Listed, *, place: str, backwards: bool = False) -> tuple[int, str] | None:
    """The number and place of the case that follows a place in the list, or stands before it."""
    for mark, cases in _onwards(listed, place, backwards=backwards):
        case = cases.first()
        if case is not None:
            return case.pk, _place(listed, mark, case)
    return None


def _onwards(listed: Listed, place: str, *, backwards: bool = False) -> Iterator[tuple[str, QuerySet[Case]]]:
    """What follows the place: of those back from snooze, where the list has them in front, then of the rest."""
    parts = [("", listed.order, listed.cases)]
    if listed.back_first:
        back = listed.cases.filter(woken_at__isnull=False)
        parts = [(BACK, BACK_FIRST, back), ("", listed.order, listed.cases.filter(woken_at__isnull=True))]
    if backwards:
        parts.reverse()
    reached = not place or (place.startswith(BACK) and not listed.back_first)
    for mark, order, cases in parts:
        if not reached:
            if place.startswith(BACK) is not (mark == BACK):
                continue
            reached = True
            cases = cases.filter(order.beyond(place.removeprefix(mark), backwards=backwards))
        yield mark, cases.order_by(*order.by(backwards=backwards))


def _place(listed: Listed, mark: str, case: Case) -> str:
    return mark + (BACK_FIRST if mark == BACK else listed.order).place(case)


def spoke_last(word: dict[str, Any]) -> str:
    """Who: `customer`, `us`, `note` or `system`, for the face to name."""
    if word["kind"] == InteractionKind.NOTE or (word["by_kind"] == SpokenBy.PERSON and not word["public"]):
        return "note"
    return {SpokenBy.CUSTOMER: "customer", SpokenBy.PERSON: "us"}.get(word["by_kind"], "system")


def age_of_word(word: dict[str, Any] | None) -> datetime | None:
    return datetime.fromisoformat(word["at"]) if word else None


def tenants_of(*, actor: Actor) -> list[Tenant]:
    """Whom the reader may filter by."""
    return list(Tenant.objects.visible_to(actor).open().only("slug", "name").order_by("name"))
