"""A promise as a person reads it: words first, then a colour and a shape that say the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from cases.domain.reading import ShownClock
from cases.enums import ClockKind
from config.spans import span_words
from sla.domain.fold import State

CLOSE = timedelta(minutes=30)  # from here on a promise is red, whatever its length


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFace:
    """`tone`: ok, warn, bad, plain. `due_at` only while it counts down: the page's script renews `words` from it."""

    clock_id: int
    kind: str
    label: str
    words: str
    tone: str
    shape: str
    due_at: datetime | None
    warn_at: datetime | None
    shown_due_at: datetime | None
    used_percent: int
    going: bool


def face_of(clock: ShownClock, *, at: datetime) -> ClockFace:
    now = clock.now
    label = str(ClockKind(clock.kind).label)
    if clock.window > 1:
        label = f"{label} {clock.window}"
    total = now.used + now.left
    face: dict[str, Any] = {
        "clock_id": clock.id,
        "kind": clock.kind,
        "label": label,
        "due_at": None,
        "warn_at": None,
        "shown_due_at": now.due_at,
        "used_percent": 100 if total <= 0 else max(0, min(100, round(100 * now.used / total))),
        "going": now.stopped_at is None,
    }
    if now.stopped_at is not None:
        return ClockFace(**face, **_ended(clock))
    if now.state == State.PAUSED:
        left = span_words(now.left / 1_000_000)
        words = (
            _("paused, {left} over").format(left=left) if now.left < 0 else _("paused, {left} left").format(left=left)
        )
        return ClockFace(**face, words=words, tone="bad" if now.left < 0 else "plain", shape="||")
    face |= {"due_at": now.due_at, "warn_at": now.warn_at}
    if now.due_at is None:
        return ClockFace(**face, words=_("no deadline"), tone="plain", shape="○")
    remaining = now.due_at - at
    if remaining < timedelta(0):
        words = _("{over} over").format(over=span_words(remaining.total_seconds()))
        return ClockFace(**face, words=words, tone="bad", shape="▲")
    words = _("{left} left").format(left=span_words(remaining.total_seconds()))
    if remaining <= CLOSE:
        return ClockFace(**face, words=words, tone="bad", shape="◆")
    if now.warn_at is not None and at >= now.warn_at:
        return ClockFace(**face, words=words, tone="warn", shape="◐")
    return ClockFace(**face, words=words, tone="plain", shape="○")


def _ended(clock: ShownClock) -> dict[str, Any]:
    now = clock.now
    took = span_words(now.used / 1_000_000)
    if now.breached_at is not None:
        return {"words": _("late, after {took}").format(took=took), "tone": "bad", "shape": "▲"}
    if now.state == State.STOPPED:
        return {"words": _("stopped after {took}").format(took=took), "tone": "plain", "shape": "–"}
    return {"words": _("kept in {took}").format(took=took), "tone": "ok", "shape": "✓"}


def faces_of(clocks: Iterable[ShownClock], *, at: datetime) -> list[ClockFace]:
    """For a case's header: what still goes, and the last ended one of each kind that has none going."""
    faces = [face_of(clock, at=at) for clock in clocks]
    going = {face.kind for face in faces if face.going}
    last_ended = {face.kind: face for face in faces if not face.going and face.kind not in going}
    return [face for face in faces if face.going or last_ended.get(face.kind) is face]


def next_promise(clocks: Iterable[ShownClock], *, at: datetime) -> ClockFace | None:
    """For a row: what is broken and still owed, else the soonest that runs, else one that is paused."""
    going = [face_of(clock, at=at) for clock in clocks if clock.now.stopped_at is None]
    if not going:
        return None
    return min(going, key=lambda face: (face.due_at is None, face.due_at or face.shown_due_at or at))
