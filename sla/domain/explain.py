"""How a clock came to its due time, in words that a client can check with a calendar in hand."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from config.errors import Absent
from sla.domain import fold
from sla.domain.business_time import Target, from_us, to_us
from sla.domain.histories import fold_event, standing
from sla.domain.open_time import Hours
from sla.domain.preview import note
from sla.domain.rows import state_of
from sla.domain.wording import say_span, say_target
from sla.enums import EndedAs, Happened, Phase, PromiseKind, Unit
from sla.models import Clock, ClockEvent

TARGET = gettext_noop("Target")  # a promise of another room's
SHOWN = 40  # counted intervals told one by one in one stretch; what lies between is told as a sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`what`: promise, started, counted, closed, paused, changed, stopped, warned, breached, remark, due, late, left.

    A counted line adds `seconds` and brings the sum to `total_seconds`; the total of the last one before `due` is the
    target.
    """

    what: str
    text: str
    at: datetime
    until: datetime | None = None
    seconds: float | None = None
    total_seconds: float | None = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    clock_id: int
    kind: str
    window: int
    label: str
    state: str
    time_zone: str
    target: str
    due_at: datetime | None
    lines: tuple[Line, ...]

    def as_json(self) -> dict[str, Any]:
        """Times as ISO 8601 in UTC."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def explain(clock_id: int, *, at: datetime) -> Explanation:
    """Up to the due time, whether it is past or to come; `at` is the moment it is told."""
    clock = Clock.objects.select_related("tenant", "policy").filter(pk=clock_id).first()
    if clock is None:
        raise Absent(_("There is no such promise."))
    state = state_of(clock)
    history = list(clock.events.order_by("at", "pk"))
    zone = ZoneInfo(state.hours.zone if state.hours is not None else clock.tenant.time_zone)
    telling = _Telling(clock, zone)
    telling.tell(history, state)
    return Explanation(
        clock_id=clock.pk,
        kind=clock.kind,
        window=clock.window,
        label=clock.label,
        state=fold.state_at(state, at).state.value,
        time_zone=zone.key,
        target=say_target(state.target),
        due_at=state.due_at,
        lines=tuple(telling.lines),
    )


@dataclass(slots=True)
class _Telling:
    clock: Clock
    zone: ZoneInfo
    lines: list[Line] = field(default_factory=list)
    total: int = 0  # microseconds

    def tell(self, history: Sequence[ClockEvent], state: fold.ClockState) -> None:
        """Replays the fold beside the history and tells each stretch in which the clock ran."""
        now: fold.ClockState | None = None
        history = standing(history)
        for row in history:
            event = fold_event(self.clock, row)
            if event is None:
                continue
            if now is not None and now.phase == Phase.RUNNING:
                self._stretch(now, row.at)
            now = fold.step(now, event)
            self._turn(row, now)
        if now is None:
            return
        if now.phase == Phase.RUNNING and state.due_at is not None:
            self._stretch(now, state.due_at)
        self._close(state)
        for row in history:
            self._remark(row)
        # A stretch is known only at its end, a remark lies inside one: told in the order of time after all.
        self.lines.sort(key=lambda line: (line.at, line.what == "late"))

    def say(self, what: str, at: datetime, text: str, **numbers: Any) -> None:
        self.lines.append(Line(what=what, at=at, text=text, **numbers))

    def moment(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return date_format(local, _("D d M Y H:i")) + (f":{local:%S}" if local.second else "")

    def _turn(self, row: ClockEvent, now: fold.ClockState) -> None:
        when = self.moment(row.at)
        match row.event:
            case Happened.STARTED:
                self.say("promise", row.at, self._promise(row, now))
                self.say(
                    "started",
                    row.at,
                    _("The clock started on %(when)s (%(zone)s).") % {"when": when, "zone": self.zone.key},
                )
            case Happened.PAUSED:
                self.say("paused", row.at, _("Paused on %(when)s. Time from here on does not count.") % {"when": when})
            case Happened.RESUMED:
                self.say("started", row.at, _("Went on, on %(when)s.") % {"when": when})
            case Happened.RETARGETED:
                reason = f" {row.data['reason']}" if row.data.get("reason") else ""
                left = say_span(fold.left(now) / 1_000_000)
                text = _("The promise changed to %(target)s on %(when)s; %(left)s are left.") % {
                    "target": _target(now.target),
                    "when": when,
                    "left": left,
                }
                self.say("changed", row.at, text + reason, total_seconds=self.total / 1_000_000)
            case Happened.POSTPONED:
                reason = f" {row.data['reason']}" if row.data.get("reason") else ""
                text = _("On %(when)s moved to %(due)s.") % {"when": when, "due": self._due(row)}
                self.say("changed", row.at, text + reason)
            case Happened.STOPPED:
                self.say("stopped", row.at, _(ENDED[EndedAs(row.data["ended_as"])]) % {"when": when})

    def _promise(self, row: ClockEvent, now: fold.ClockState) -> str:
        kind = self.clock.kind
        what = PromiseKind(kind).label if kind in PromiseKind.values else _(kind.replace("_", " ").capitalize())
        if "due_at" in row.data:
            return _("%(what)s is promised for %(due)s.") % {"what": what, "due": self._due(row)}
        words = {"what": what, "target": _target(now.target)}
        if (policy := self.clock.policy) is None:
            said = _("%(what)s within %(target)s.") % words
        else:
            words |= {"policy": policy.name, "priority": self.clock.priority}
            said = _("%(what)s within %(target)s (policy %(policy)s, %(priority)s).") % words
        return f"{said} {_counting(now.target, now.hours)}"

    def _due(self, row: ClockEvent) -> str:
        return self.moment(datetime.fromisoformat(row.data["due_at"]))

    def _remark(self, row: ClockEvent) -> None:
        when = self.moment(row.at)
        match row.event:
            case Happened.WARNED:
                self.say("warned", row.at, _("Early warning on %(when)s.") % {"when": when})
            case Happened.BREACHED:
                self.say("breached", row.at, _("The promise was broken on %(when)s.") % {"when": when})
            case Happened.CAUSE_GIVEN:
                self.say("remark", row.at, _("The cause was named: %(cause)s.") % {"cause": row.data["cause"]})
            case Happened.EXCUSED:
                agreed = {"who": row.data["agreed_with"], "reason": row.data["reason"]}
                self.say("remark", row.at, _("Excused, agreed with %(who)s: %(reason)s") % agreed)

    def _stretch(self, now: fold.ClockState, end: datetime) -> None:
        """The counted intervals from the clock's last turn to `end`, told up to the due time and after it as late."""
        due_at = now.due_at
        if due_at is not None and now.counted_to < due_at < end:
            self._counted(now, now.counted_to, due_at, "counted")
            self.say(
                "due",
                due_at,
                _("Due on %(when)s.") % {"when": self.moment(due_at)},
                total_seconds=self.total / 1_000_000,
            )
            self._counted(now, due_at, end, "late")
        else:
            late = due_at is not None and now.counted_to >= due_at
            self._counted(now, now.counted_to, end, "late" if late else "counted")

    def _counted(self, now: fold.ClockState, start: datetime, end: datetime, what: str) -> None:
        counted = list(_intervals(now, start, end))
        middle = range(SHOWN // 2, len(counted) - SHOWN // 2) if len(counted) > SHOWN else range(0)
        previous = start
        for place, (opens, closes, length) in enumerate(counted):
            self.total += length
            if place in middle:
                if place == middle[-1]:
                    skipped = sum(counted[one][2] for one in middle)
                    self._interval(
                        what, counted[middle[0]][0], closes, skipped, _("%(n)s more times open") % {"n": len(middle)}
                    )
            else:
                if now.hours is not None and not now.target.by_the_wall_clock:
                    self._closed(now.hours, previous, opens)
                self._interval(what, opens, closes, length, "")
            previous = closes
        if now.hours is not None and not now.target.by_the_wall_clock:
            self._closed(now.hours, previous, end)

    def _interval(self, what: str, start: datetime, end: datetime, length: int, instead: str) -> None:
        span, total = say_span(length / 1_000_000), say_span(self.total / 1_000_000)
        words = f"{self._from_to(start, end)}{f' ({instead})' if instead else ''}"
        self.say(
            what,
            start,
            (
                _("Late: %(when)s: %(span)s, together %(total)s.")
                if what == "late"
                else _("%(when)s: %(span)s, together %(total)s.")
            )
            % {"when": words, "span": span, "total": total},
            until=end,
            seconds=length / 1_000_000,
            total_seconds=self.total / 1_000_000,
        )

    def _from_to(self, start: datetime, end: datetime) -> str:
        until = end.astimezone(self.zone)
        if start.astimezone(self.zone).date() == until.date():
            return f"{self.moment(start)}–{until:%H:%M}" + (f":{until:%S}" if until.second else "")
        return f"{self.moment(start)} – {self.moment(end)}"

    def _closed(self, hours: Hours, start: datetime, end: datetime) -> None:
        """Whole days on which nothing counts, holidays by their name."""
        first = start.astimezone(self.zone).date() + timedelta(days=1)
        last = end.astimezone(self.zone).date() - timedelta(days=1)
        days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
        if not days:
            return
        named = [
            date_format(day, _("D d M")) + (f" ({why})" if (why := note(hours, day)) else "") for day in days[:SHOWN]
        ]
        shown = ", ".join(named)
        if len(days) > SHOWN:
            said = _("Closed: %(days)s and %(n)s days more.") % {"days": shown, "n": len(days) - SHOWN}
        else:
            said = _("Closed: %(days)s.") % {"days": shown}
        midnight = datetime(days[0].year, days[0].month, days[0].day, tzinfo=self.zone).astimezone(UTC)
        self.say("closed", midnight, said)

    def _close(self, state: fold.ClockState) -> None:
        if state.phase == Phase.PAUSED:
            self.say(
                "left",
                state.counted_to,
                _("%(left)s are left when it goes on.") % {"left": say_span(fold.left(state) / 1_000_000)},
            )
        elif state.due_at is not None and all((line.what, line.at) != ("due", state.due_at) for line in self.lines):
            running = state.phase == Phase.RUNNING
            text = (_("Due on %(when)s.") if running else _("It was due on %(when)s.")) % {
                "when": self.moment(state.due_at)
            }
            self.say("due", state.due_at, text, total_seconds=self.total / 1_000_000 if running else None)


ENDED = {
    EndedAs.MET: gettext_noop("Kept: it ended on %(when)s."),
    EndedAs.LATE: gettext_noop("It ended late, on %(when)s."),
    EndedAs.STOPPED: gettext_noop("It ended without being met on %(when)s."),
    EndedAs.MOVED: gettext_noop("It moved to another case on %(when)s."),
    EndedAs.ESCALATED: gettext_noop("Met by an escalation with a target told to you on %(when)s."),
}


def _intervals(now: fold.ClockState, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, int]]:
    """Counted spans with their length in microseconds of the target's own time."""
    since, until = to_us(start), to_us(end)
    line = now.target.line(now.hours, since)
    for opens, closes, *_overlap in line.intervals(since, until):
        begin, finish = max(opens, since), min(closes, until)
        if (length := line.position(finish) - line.position(begin)) > 0:
            yield from_us(begin), from_us(finish), length
            since = finish


def _counting(target: Target, hours: Hours | None) -> str:
    if target.by_the_wall_clock or hours is None:
        return _("Counted round the clock.")
    day = hours.business_day
    if day is None:
        return _("Counted in opening hours (%(zone)s).") % {"zone": hours.zone}
    return _("Counted in opening hours (%(zone)s); a business day is %(span)s.") % {
        "zone": hours.zone,
        "span": say_span(day.total_seconds()),
    }


def _target(target: Target) -> str:
    if target.unit == Unit.BUSINESS_DAYS:
        return ngettext("%(n)s business day", "%(n)s business days", target.amount) % {"n": target.amount}
    words = say_target(target)
    return _("%(span)s open") % {"span": words.removesuffix(" open")} if target.unit == Unit.SECONDS else words


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
    return value
