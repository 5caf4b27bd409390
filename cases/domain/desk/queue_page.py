"""One screenful of a queue: keyset pages, and with each case its last word, promises and incidents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject, Left

from cases.domain import search
from cases.domain.desk.queues import NEWEST_FIRST, queue
from cases.domain.reading import ShownClock, clocks_of, incidents_of
from cases.enums import InteractionKind, SpokenBy
from cases.models import OPEN, Case, Interaction
from incidents.models import Incident
from tenants.domain.actors import Actor
from tenants.models import Tenant

PAGE_SIZE = 25
LINE = 160  # characters of the last word that fit a row
SAID = [InteractionKind.MESSAGE, InteractionKind.NOTE, InteractionKind.CALL, InteractionKind.CONFIRMATION]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`after` is the cursor of the next page, empty on the last. Cases carry `last_word`."""

    cases: list[Case]
    clocks: dict[int, list[ShownClock]]
    incidents: dict[int, list[Incident]]
    after: str


def with_last_word(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Adds `last_word`: {line, by_kind, kind, public, at} or None."""
    last = Interaction.objects.filter(case=OuterRef("pk"), kind__in=SAID).order_by("-at", "-pk")
    word = last.values(
        word=JSONObject(line=Left("body", LINE), by_kind="by_kind", kind="kind", public="public", at="at")
    )[:1]
    return cases.select_related("tenant", "owner", "requester").annotate(last_word=Subquery(word))


def page(cases: QuerySet[Case], *, actor: Actor, at: datetime, after: str = "", size: int = PAGE_SIZE) -> Page:
    """A page of a queue, in the queue's own order. A cursor that makes no sense starts from the front."""
    newest_first = tuple(cases.query.order_by) == NEWEST_FIRST
    if after:
        cases = cases.filter(beyond(after, newest_first=newest_first))
    found = list(with_last_word(cases)[: size + 1])
    cursor = cursor_of(found[size - 1], newest_first=newest_first) if len(found) > size else ""
    ids = [case.pk for case in found[:size]]
    return Page(
        cases=found[:size],
        clocks=clocks_of(ids, at=at),
        incidents=incidents_of(ids, actor=actor),
        after=cursor,
    )


def cursor_of(case: Case, *, newest_first: bool) -> str:
    return str(case.pk) if newest_first or case.next_due_at is None else f"{case.next_due_at.isoformat()}~{case.pk}"


def beyond(after: str, *, newest_first: bool) -> Q:
    due, _, last = after.rpartition("~")
    try:
        pk = int(last)
        due_at = datetime.fromisoformat(due) if due else None
    except ValueError:
        return Q()
    if newest_first:
        return Q(pk__lt=pk)
    if due_at is None:
        return Q(next_due_at__isnull=True, pk__gt=pk)
    return Q(next_due_at__gt=due_at) | Q(next_due_at=due_at, pk__gt=pk) | Q(next_due_at__isnull=True)


def following(case: Case, *, name: str, actor: Actor, at: datetime) -> Case | None:
    """The one after `case` in the queue of that name; behind its last, or where the case is not in it, its first other.

    At most two statements.
    """
    others = queue(name, actor=actor, at=at).exclude(pk=case.pk)
    newest_first = tuple(others.query.order_by) == NEWEST_FIRST
    later = others.filter(beyond(cursor_of(case, newest_first=newest_first), newest_first=newest_first))
    return later.first() or others.first()


def spoke_last(word: dict[str, Any]) -> str:
    """Who: `customer`, `us`, `note` or `system`, for the face to name."""
    if word["kind"] == InteractionKind.NOTE or (word["by_kind"] == SpokenBy.PERSON and not word["public"]):
        return "note"
    return {SpokenBy.CUSTOMER: "customer", SpokenBy.PERSON: "us"}.get(word["by_kind"], "system")


def narrowed(
    cases: QuerySet[Case],
    *,
    actor: Actor,
    priorities: list[str],
    tenant: str = "",
    owner: str = "",
    level: str = "",
    words: str = "",
    open_only: bool = False,
    reopened: bool = False,
) -> QuerySet[Case]:
    """The face's filters: `tenant` a slug, `owner` a username or 'nobody', `words` as `search` reads them."""
    if priorities:
        cases = cases.filter(priority__in=priorities)
    if tenant:
        # Looked up first: of a tenant the database knows how many cases it has, of a slug it must guess.
        cases = cases.filter(tenant__in=list(Tenant.objects.filter(slug=tenant).values_list("pk", flat=True)))
    if owner == "nobody":
        cases = cases.filter(owner__isnull=True)
    elif owner:
        cases = cases.filter(owner__username=owner)
    if level:
        cases = cases.filter(level=level)
    if open_only:
        cases = cases.filter(OPEN)
    if reopened:
        cases = cases.filter(reopen_count__gt=0)
    return search.narrowed_by(words, cases, actor=actor)


def age_of_word(word: dict[str, Any] | None) -> datetime | None:
    return datetime.fromisoformat(word["at"]) if word else None


def tenants_of(*, actor: Actor) -> list[Tenant]:
    """Whom the reader may filter by."""
    return list(Tenant.objects.visible_to(actor).open().only("slug", "name").order_by("name"))
