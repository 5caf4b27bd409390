"""All that the case page shows, read in a fixed number of statements whatever the length of the history."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery

from cases.domain import drafts, families, ownership, reading, ties
from cases.domain.desk import filled, known_issues
from cases.domain.desk.filled import Filled
from cases.domain.macros import Offer, offers
from cases.domain.people.participants import told_of_participants
from cases.domain.reading import ShownClock
from cases.domain.side.reading import told_of_talks
from cases.domain.ties import ShownTie
from cases.enums import InteractionKind, OpenedBy, SpokenBy
from cases.models import OPEN, Attachment, Case, CaseIncident, Interaction, KnownIssue, Transition
from config.counting import CountTo
from config.kept_statements import Given, Kept
from incidents.models import Incident
from outbox.models import Delivery
from tenants.domain.actors import Actor
from tenants.domain.blast_radius import Radius, radius
from tenants.domain.newest import latest
from tenants.domain.telemetry import SPEAKS_OF_HEALTH
from tenants.enums import Right, SnapshotKind
from tenants.models import HealthSnapshot, Tenant, User

ENTRIES = 100  # of each sort: a dozen screens; older ones are asked for by the page that shows all
SHOWN_AS_HEALTH = SPEAKS_OF_HEALTH | {SnapshotKind.USAGE, SnapshotKind.ERROR_BUDGET}
COUNTED_TO = 1000  # cases of a client or a person; one more says that there are more


@dataclass(frozen=True, slots=True)
class Opening:
    """What the case was opened with: its first words."""

    pk: int
    who: str
    channel: str
    body: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the timeline. `side`: them, us, note, event. `said_on`: the case that it stands on, where that is
    another one; `continued_in`: the case that it was split off to.
    """

    key: str
    side: str
    at: datetime
    row: Any
    files: list[Attachment] = field(default_factory=list)
    mail_status: str = ""
    said_on: int | None = None
    continued_in: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The client at a glance. Cases are counted to one more than COUNTED_TO."""

    open_cases: int
    broken_cases: int
    requester_cases: int
    health: list[HealthSnapshot]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    case: Case
    clocks: list[ShownClock]
    entries: list[Entry]
    older: bool
    incidents: list[CaseIncident]
    waiting_files: list[Attachment]
    radius: Radius | None
    known_issues: list[KnownIssue]
    similar: list[Case]
    standing: Standing
    macros: list[Offer]
    ties: list[ShownTie]
    drafts: list[dict[str, Any]]
    filled: Filled


def workspace(*, case_id: int, actor: Actor, at: datetime, everything: bool = False) -> Workspace:
    found = CASE.rows(actor.sight, case=case_id, me=drafts.writer(actor))
    case: Any = reading.complete(found, actor=actor)
    files = files_of(case, actor=actor)
    tied = [ties.shown(tie, case) for tie in ties.ties_of(case, actor=actor)]
    entries, older = timeline(case, files, actor=actor, limit=None if everything else ENTRIES, tied=tied)
    health = latest_health(case.tenant_id, at=at)
    return Workspace(
        case=case,
        clocks=reading.clocks(case, at=at),
        entries=entries,
        older=older,
        incidents=list(case.case_incidents.all()),
        waiting_files=files.get(None, []),
        radius=radius(case.resource_ids, actor=actor) if case.resource_ids else None,
        known_issues=known_issues.of(case),
        similar=reading.similar(case=case, resource_ids=case.resource_ids, actor=actor, at=at),
        standing=Standing(
            open_cases=case.open_cases,
            broken_cases=case.broken_cases,
            requester_cases=case.requester_cases,
            health=health,
        ),
        macros=offers(case, health=health, actor=actor),
        ties=tied,
        drafts=case.drafts,
        filled=filled.of(case),
    )


def _case(given: Given, reader: Actor) -> QuerySet[Case]:
    me = given("me", BigIntegerField())
    told = counts() | filled.columns() | told_of_participants() | told_of_talks(me) | {"drafts": drafts.column(me)}
    return reading.case_with(given("case", BigIntegerField()), actor=reader, **told)


CASE = Kept(_case)


def files_of(case: Case, *, actor: Actor) -> dict[int | None, list[Attachment]]:
    """By the entry that took them along; under None those that wait for one. One statement."""
    files: dict[int | None, list[Attachment]] = defaultdict(list)
    for file in reading.attachments(case, actor=actor):
        files[file.interaction_id].append(file)
    return files


def timeline(
    case: Case,
    files: Mapping[int | None, list[Attachment]],
    *,
    actor: Actor,
    limit: int | None,
    tied: Sequence[ShownTie] = (),
) -> tuple[list[Entry], bool]:
    """Oldest first, without what was taken back; the second value says that older entries were left out."""
    up_to = limit and limit + 1
    standing = reading.entries(case=case, actor=actor).filter(retracted_by__isnull=True, retracts__isnull=True)
    status = Delivery.objects.filter(pk=OuterRef("delivery_id")).values("status")
    said = list(standing.annotate(mail_status=Subquery(status)).reverse()[:up_to])
    moved = list(reading.transitions(case=case).reverse()[:up_to])
    older = limit is not None and (len(said) > limit or len(moved) > limit)
    said, moved = said[:limit], moved[:limit]
    went = {pk: one.other.pk for one in tied if one.role == "split_to" for pk in one.tie.entries}
    entries = [
        Entry(
            key=f"i{row.pk}",
            side=side_of(row),
            at=row.at,
            row=row,
            files=files.get(row.pk, []),
            mail_status=row.mail_status or "",
            said_on=row.case_id if row.case_id != case.pk else None,
            continued_in=went.get(row.pk),
        )
        for row in said
    ]
    entries += [Entry(key=f"t{row.pk}", side="event", at=row.at, row=row) for row in moved]
    if not older:
        entries += openings(case, {row.pk for row in said}, actor=actor, tied=tied)
    # Of what happened at one moment the first words come first, then the move: a reply that waits is told after it.
    return sorted(
        entries, key=lambda entry: (entry.at, not entry.key.startswith("opening"), entry.side != "event", entry.row.pk)
    ), older


def last_move(entries: list[Entry]) -> Transition | None:
    return next((entry.row for entry in reversed(entries) if isinstance(entry.row, Transition)), None)


def openings(case: Case, told: set[int], *, actor: Actor, tied: Sequence[ShownTie]) -> list[Entry]:
    """The first words of the case and of those merged into it, but for what was split off: its entries tell them."""
    merged = list(families.merged_into(case, actor=actor))
    split_off = families.split_off_with([one.pk for one in merged])
    split_off[case.pk] = [pk for one in tied if one.role == "split_from" for pk in one.tie.entries]
    return [opening_of(one, on=case) for one in families.first_words_untold([case, *merged], told, split_off=split_off)]


def opening_of(case: Case, *, on: Case) -> Entry:
    theirs = case.opened_by == OpenedBy.CUSTOMER
    who = case.requester.name if theirs else str(OpenedBy.US.label)
    row = Opening(pk=case.pk, who=who, channel=case.channel, body=case.description, recorded_at=case.created_at)
    other = case.pk if case.pk != on.pk else None
    return Entry(
        key=f"opening-{other}" if other else "opening",
        side="them" if theirs else "note",
        at=case.opened_at,
        row=row,
        said_on=other,
    )


def side_of(row: Interaction) -> str:
    if row.kind in (InteractionKind.AUTOMATION, InteractionKind.SLA, InteractionKind.SYSTEM):
        return "event"
    if row.by_kind == SpokenBy.CUSTOMER:
        return "them"
    return "us" if row.public else "note"


def counts() -> dict[str, CountTo]:
    """Columns of a case: what `Standing` counts."""
    theirs = Case.objects.filter(OPEN, tenant_id=OuterRef("tenant_id")).order_by().values("pk")
    asked = Case.objects.filter(requester_id=OuterRef("requester_id")).order_by().values("pk")
    lists = {"open_cases": theirs, "broken_cases": theirs.filter(breached=True), "requester_cases": asked}
    return {name: CountTo(rows[: COUNTED_TO + 1]) for name, rows in lists.items()}


def latest_health(tenant_id: int, *, at: datetime) -> list[HealthSnapshot]:
    """The newest reading of each indicator of the last day, the worst first."""
    fresh = [one.snapshot for one in latest(tenant_id, at=at, kinds=SHOWN_AS_HEALTH) if not one.stale]
    worst_first = {"red": 0, "amber": 1, "green": 2}
    return sorted(fresh, key=lambda snapshot: (worst_first[snapshot.status], snapshot.kind, snapshot.name))


def since(case: Case, *, actor: Actor, at: datetime) -> list[Entry]:
    """What came on the timeline after that moment."""
    entries, _older = timeline(case, files_of(case, actor=actor), actor=actor, limit=ENTRIES)
    return [entry for entry in entries if entry.row.recorded_at > at]


def assignable(case: Case, *, by: Actor, at: datetime) -> QuerySet[User]:
    """Whom `by` may give the case to, as far as roles say; the door looks again."""
    reach_l3 = by.can(Right.ASSIGN_L3, case.tenant_id)
    return ownership.workers(Tenant.objects.filter(pk=case.tenant_id), reach_l3=reach_l3, at=at)


def linkable_incidents(case: Case, *, actor: Actor) -> QuerySet[Incident]:
    linked = CaseIncident.objects.filter(case=case, removed_at__isnull=True).values("incident_id")
    return Incident.objects.visible_to(actor).open().exclude(pk__in=linked)


def linked_incidents(case: Case) -> QuerySet[Incident]:
    return Incident.objects.filter(case_incidents__case=case, case_incidents__removed_at__isnull=True)
