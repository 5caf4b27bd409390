"""The timeline in words: what was said in bubbles, what happened in one line each, runs of those folded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _n

from cases.domain.desk.workspace import Entry, Opening
from cases.domain.ties import ShownTie
from cases.enums import ClockKind, InteractionKind, Move, SpokenBy, Status
from cases.models import Attachment, Interaction, Transition
from config.casing import lowered
from config.spans import span_words
from outbox.enums import DeliveryStatus

FOLD_FROM = 6  # this many events in a row become one line
SHORT = 400  # characters of an event


SIDES = {"them": _n("public"), "us": _n("public"), "note": _n("internal, team only")}
MAIL: dict[str, tuple[str, str]] = {
    DeliveryStatus.SENT: (_n("delivered ✓"), "ok"),
    DeliveryStatus.DEAD: (_n("not delivered"), "bad"),
    DeliveryStatus.FAILED: (_n("failed, is tried again"), "warn"),
    DeliveryStatus.SKIPPED: (_n("not sent"), "plain"),
}


ROLES = {
    "merged_into": _n("merged into"),
    "merged_from": _n("contains"),
    "split_to": _n("split off"),
    "split_from": _n("split from"),
    "related": _n("related to"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`side`: them, us, note or event. `mail`: (words, tone). `impacts`: what it did to promises, in words.

    `due_at`: the deadline that an event of a promise is about. `said_on`: where it stands, if that is another case.
    """

    key: str
    side: str
    at: datetime
    who: str
    label: str
    body: str
    files: list[Attachment] = field(default_factory=list)
    mail: tuple[str, str] | None = None
    impacts: list[str] = field(default_factory=list)
    fact: str = ""
    due_at: datetime | None = None
    said_on: str = ""
    continued_in: int | None = None
    copied: str = ""

    @property
    def short(self) -> str:
        return self.body if len(self.body) <= SHORT else Truncator(self.body).chars(SHORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Several events in one line that opens."""

    lines: list[Line]
    side: ClassVar[str] = "fold"

    @property
    def words(self) -> str:
        return _("{n} changes").format(n=len(self.lines))


def lines(entries: Iterable[Entry]) -> list[Line]:
    return [line_of(entry) for entry in entries]


def line_of(entry: Entry) -> Line:
    if isinstance(entry.row, Transition):
        return line_of_move(entry)
    return line_of_opening(entry, entry.row) if isinstance(entry.row, Opening) else line_of_word(entry)


GUARD = {
    "them": _n("{name} wrote {ago} ago: read it first, then send again."),
    "us": _n("{name} replied {ago} ago: read it first, then send again."),
    "note": _n("{name} left a note {ago} ago: read it first, then send again."),
}


def guard(changed: Sequence[Line], *, at: datetime) -> str:
    """What came in between in one sentence: the newest word that somebody said, or nothing."""
    said = next((line for line in reversed(changed) if line.side in GUARD), None)
    if said is None:
        return ""
    seconds = max(0, int((at - said.at).total_seconds()))
    ago = _("{n} s").format(n=seconds) if seconds < 60 else span_words(seconds)
    return _(GUARD[said.side]).format(name=said.who, ago=ago)


def folded(all_lines: list[Line]) -> list[Line | Fold]:
    """The newest event stays open: it is what one comes back to."""
    drawn: list[Line | Fold] = []
    run: list[Line] = []
    for line in [*all_lines, None]:
        if line is not None and line.side == "event":
            run.append(line)
            continue
        if len(run) >= FOLD_FROM:
            drawn.append(Fold(lines=run[:-1]))
            drawn.append(run[-1])
        else:
            drawn += run
        run = []
        if line is not None:
            drawn.append(line)
    return drawn


def handover(entries: list[Entry]) -> Interaction | None:
    """The latest note that hands the case over: what the next person reads first."""
    for entry in reversed(entries):
        if isinstance(entry.row, Interaction) and entry.row.data.get("handover"):
            return entry.row
    return None


def line_of_move(entry: Entry) -> Line:
    move = entry.row
    words = str(Move(move.move).label)
    if move.from_status:
        words = f"{words}: {Status(move.from_status).label} → {Status(move.to_status).label}"
    if move.imported:
        words = _("{words} (imported)").format(words=words)
    return Line(
        key=entry.key,
        side="event",
        at=entry.at,
        who=move.actor_name or move.by_label,
        label="",
        body=f"{words} · {move.reason}" if move.reason else words,
        impacts=[impact_words(impact) for impact in move.sla_impact],
    )


def line_of_word(entry: Entry) -> Line:
    row = entry.row
    label = label_of(row.kind, entry.side, get_language())
    who = row.actor_name or str(row.user or row.requester or SpokenBy(row.by_kind).label)
    if row.requester_id and row.by_kind == SpokenBy.CUSTOMER and row.user_id:
        label = _("{label} · written down by {name}").format(label=label, name=row.user)
    return Line(
        key=entry.key,
        side=entry.side,
        at=entry.at,
        who=who,
        label=label,
        body=row.body,
        files=entry.files,
        mail=mail_words(entry.mail_status) if row.delivery_id else None,
        impacts=[impact_words(impact) for impact in row.data.get("sla", [])],
        fact=fact_words(row.data),
        due_at=datetime.fromisoformat(row.data["due_at"]) if row.data.get("due_at") else None,
        said_on=reference(entry.said_on or row.written_to_id),
        continued_in=entry.continued_in,
        copied=", ".join(row.data.get("copied", ())),
    )


@cache
def label_of(kind: str, side: str, _language: str) -> str:
    """What a word is called beside who said it."""
    named = str(InteractionKind(kind).label)
    label = named if side == "event" else _(SIDES[side])
    if kind in (InteractionKind.ACTION, InteractionKind.CALL, InteractionKind.CONFIRMATION):
        return f"{named} · {label}"
    return label


def reference(case_id: int | None) -> str:
    return f"CASE-{case_id}" if case_id else ""


def in_short(said: Interaction) -> str:
    """'16 Nov 10:04 · Ann: It is still…', to choose one of many by."""
    when = date_format(timezone.localtime(said.at), _("j M H:i"))
    return f"{when} · {said.actor_name}: {Truncator(said.body).chars(120)}"


def tie_words(tie: ShownTie) -> str:
    """'merged into CASE-1042 Late again'"""
    return f"{_(ROLES[tie.role])} {tie.other.reference} {Truncator(tie.other.subject).chars(70)}"


def fact_words(data: dict[str, Any]) -> str:
    """'tenant quota: 10 → 20 · undo: set back to 10' out of an action's {what, before, after, undo, until}."""
    if not data.get("what"):
        return ""
    change = f": {data.get('before', '?')} → {data.get('after', '?')}" if "before" in data or "after" in data else ""
    ends = [f"{_(name)}: {data[name]}" for name in ("undo", "until") if data.get(name)]
    return " · ".join([f"{data['what']}{change}", *ends])


def line_of_opening(entry: Entry, opening: Opening) -> Line:
    return Line(
        key=entry.key,
        side=entry.side,
        at=entry.at,
        who=opening.who,
        label=_("public · by {channel}").format(channel=opening.channel) if entry.side == "them" else _("opened by us"),
        body=opening.body,
        said_on=reference(entry.said_on),
    )


def mail_words(status: str) -> tuple[str, str]:
    words, tone = MAIL.get(status, (_n("on its way"), "going"))
    return _(words), tone


EFFECTS = {
    "started": _n("started"),
    "paused": _n("paused"),
    "resumed": _n("goes on"),
    "stopped": _n("stopped"),
    "met": _n("kept"),
    "late": _n("ended late"),
    "moved": _n("moved to another case"),
    "escalated": _n("met by escalation"),
    "retargeted": _n("has a new target"),
    "postponed": _n("was moved"),
}


def impact_words(impact: dict[str, Any]) -> str:
    """'resolution started, due 17:12' out of {kind, window, what, due_at, left_seconds}."""
    kind = impact.get("kind", "")
    label = lowered(ClockKind(kind).label) if kind in ClockKind.values else kind.replace("_", " ")
    what = impact.get("what", "")
    words = f"{label} {_(EFFECTS.get(what, what))}"
    due = impact.get("due_at")
    left = impact.get("left_seconds")
    if what in ("started", "resumed", "retargeted", "postponed") and due:
        local = timezone.localtime(datetime.fromisoformat(due))
        day = "" if local.date() == timezone.localdate() else date_format(local, _("j M")) + " "
        return _("{words}, due {due}").format(words=words, due=f"{day}{local:%H:%M}")
    if what in ("paused", "met", "stopped") and left is not None and left > 0:
        return _("{words}, {left} left").format(words=words, left=span_words(left))
    return words
