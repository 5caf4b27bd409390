"""What an event of a case means for who is told: events in, `Happened` out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from cases.domain.people.notices import Happened, tell
from cases.domain.sending import HELD_FOR, that_stand
from cases.domain.side import reading
from cases.enums import SPOKEN, InteractionKind, Move, NoticeEvent, SpokenBy, Status
from cases.models import Case, Interaction, SideTalk, SideWord, Transition
from outbox.domain.consuming import EventValue

PROMISES = {"warning": NoticeEvent.WARNED, "breach": NoticeEvent.BREACHED}


def is_for_people(*, kind: str, by_kind: str) -> bool:
    """Whether an entry of the timeline may be worth a notice, as far as its event says."""
    spoken = kind in SPOKEN and by_kind in (SpokenBy.CUSTOMER, SpokenBy.PERSON)
    return spoken or kind == InteractionKind.SLA


def on_words(*, events: Sequence[EventValue], at: datetime) -> None:
    """Entries of the timeline: what was said, and what the timer wrote of promises."""
    events = that_stand(events)
    wanted = [event.payload["interaction_id"] for event in events]
    rows = Interaction.objects.in_bulk(wanted)
    words = [(event, rows[event.payload["interaction_id"]]) for event in events]
    tell(happened=[told for event, row in words if (told := _of_word(event, row)) is not None], at=at)


def on_moves(*, events: Sequence[EventValue], at: datetime) -> None:
    events = that_stand(events)
    names = _movers(events)
    tell(happened=[_of_move(event, names) for event in events], at=at)


def on_side_words(*, events: Sequence[EventValue], at: datetime) -> None:
    """Who began the side talk and whom it is with are meant by each word; who has the case, or follows it, hears."""
    talks = {event.payload["talk_id"] for event in events}
    list(SideTalk.objects.filter(pk__in=talks).locked())  # who takes a word back holds its talk
    wanted = [event.payload["word_id"] for event in events]
    rows = SideWord.objects.standing().select_related("talk").in_bulk(wanted)
    words = [(event, rows[event.payload["word_id"]]) for event in events if event.payload["word_id"] in rows]
    tell(happened=[_of_side_word(event, word) for event, word in words], at=at)


def once_it_stands(event: EventValue) -> datetime:
    """An assignment is no press: what would take it back is another one, which comes as quickly or not at all."""
    return event.at + HELD_FOR


def on_assigned(*, events: Sequence[EventValue], at: datetime) -> None:
    """Nobody is told of a case that somebody else has by now."""
    wanted = {event.payload["case_id"] for event in events}
    owners = dict(Case.objects.filter(pk__in=wanted).values_list("pk", "owner"))
    stand = [event for event in events if owners.get(event.payload["case_id"]) == event.payload["owner_id"]]
    tell(happened=[_of_assignment(event) for event in stand], at=at)


def _of_assignment(event: EventValue) -> Happened:
    return Happened(
        event_id=event.id,
        case_id=event.payload["case_id"],
        at=event.at,
        event=NoticeEvent.ASSIGNED,
        naming=NoticeEvent.ASSIGNED,
        named=(event.payload["owner_id"],),
        by=event.payload["by"],
        who=event.payload["by_name"],
        words="",
    )


def _of_side_word(event: EventValue, word: SideWord) -> Happened:
    return Happened(
        event_id=event.id,
        case_id=event.payload["case_id"],
        at=event.at,
        event=NoticeEvent.SIDE,
        naming=NoticeEvent.ASKED,
        named=tuple(reading.audience(word.talk)),
        by=event.payload["by"],
        who=word.name,
        words=word.body,
        side_talk_id=word.talk_id,
        read_by=frozenset(reading.read_by(word)),
    )


def _of_word(event: EventValue, row: Interaction) -> Happened | None:
    """None for what is told elsewhere: a new case tells of the word that it continues."""
    if "continued_in" in row.data:
        return None
    if row.kind == InteractionKind.SLA:
        what, by = PROMISES.get(row.data.get("what", "")), "system"
    elif row.by_kind == SpokenBy.CUSTOMER:
        what, by = NoticeEvent.CUSTOMER, str(row.data.get("entered_by", ""))
    else:
        what, by = NoticeEvent.COLLEAGUE, f"user:{row.user_id}"
    if what is None:
        return None
    return Happened(
        event_id=event.id,
        case_id=row.case_id,
        at=event.at,
        event=what,
        by=by,
        who=row.actor_name,
        words=row.body,
        interaction_id=row.pk,
        named=tuple(row.data.get("mentions", ())),
    )


def _of_move(event: EventValue, names: dict[tuple[int, datetime, str], str]) -> Happened:
    told = event.payload
    before, after = Status(told["from"]).label, Status(told["to"]).label
    return Happened(
        event_id=event.id,
        case_id=told["case_id"],
        at=event.at,
        event=NoticeEvent.MOVED,
        by=told["by"],
        who=names.get((told["case_id"], event.at, told["move"]), ""),
        words=f"{Move(told['move']).label}: {before} → {after}",
    )


def _movers(events: Iterable[EventValue]) -> dict[tuple[int, datetime, str], str]:
    """Who made each move, by name."""
    moved = Transition.objects.filter(
        case_id__in={event.payload["case_id"] for event in events}, at__in={event.at for event in events}
    )
    return {
        (case_id, at, move): name for case_id, at, move, name in moved.values_list("case", "at", "move", "actor_name")
    }
