"""How a step of the fold reaches the database: rows, history, and the alert of a breach that it brought to light."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config.inserting import insert
from sla.domain.fold import ClockState
from sla.domain.raising import Found, raise_alerts, warnings_due
from sla.domain.rows import save_states, write_state
from sla.enums import AlertKind, AlertStatus, Phase
from sla.models import Alert, Clock, ClockEvent


@dataclass(frozen=True, slots=True)
class Change:
    """`clock` is locked by the caller, or new (`before` None). `calendar_version_id`: of the hours in `after`."""

    clock: Clock
    before: ClockState | None
    after: ClockState
    calendar_version_id: int | None


ENDED_MEANWHILE = "The promise ended before anybody answered"


def save(changes: Sequence[Change], *, at: datetime) -> list[Found]:
    """One statement for new clocks, one for the others, one more where a clock that had warned has ended.

    Hand what was found to `remember`.
    """
    found = [one for change in changes if (one := _written(change, at=at)) is not None]
    insert(change.clock for change in changes if change.before is None)
    save_states([change.clock for change in changes if change.before is not None])
    _drop_questions(
        [change for change in changes if change.clock.warned_steps and change.after.phase == Phase.ENDED], at=at
    )
    return found


def _drop_questions(ended: Sequence[Change], *, at: datetime) -> None:
    """'Is the risk real?' needs no answer once the promise has ended; a breach still does."""
    if ended:
        Alert.objects.filter(
            clock__in=[change.clock.pk for change in ended], kind=AlertKind.WARNING, status=AlertStatus.OPEN
        ).update(status=AlertStatus.RESOLVED, resolved_at=at, reason=ENDED_MEANWHILE)


def remember(history: Sequence[ClockEvent], found: Sequence[Found], *, at: datetime) -> None:
    """One statement, and three more where a breach came to light."""
    insert([*history, *raise_alerts(found, at=at)])


def _written(change: Change, *, at: datetime) -> Found | None:
    clock, before, after = change.clock, change.before, change.after
    warned_steps = clock.warned_steps
    write_state(clock, after, calendar_version_id=change.calendar_version_id)
    if after.breached_at is None or (before is not None and before.breached_at is not None):
        return None
    clock.noticed_at = at
    clock.warned_steps = len(after.warn_steps)
    late = warnings_due(before, warned_steps=warned_steps, at=after.breached_at) if before is not None else []
    return Found(clock, warnings=late, breached_at=after.breached_at)
