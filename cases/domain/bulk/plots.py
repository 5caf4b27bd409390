"""What happens on one made case: moves, words and clocks that people could have made through the first doors.

Each step lies at a moment of its own, whole seconds apart; what one door writes at once stands at one moment.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from cases.domain.bulk.cast import Cast, Client, Person
from cases.domain.bulk.quiet import QUIET, Quiet
from cases.domain.bulk.vocabulary import Vocabulary
from cases.domain.history_events import Escalated, Moved, PastCase, PastEvent, Prioritised, Said
from cases.domain.resolution import NONE_NEEDED, Resolution
from cases.enums import ClosedAs, InteractionKind, Level, OpenedBy, SpokenBy, Status
from sla.domain.business_time import Target
from sla.domain.policies import MatchedPolicy

SECOND = timedelta(seconds=1)
T = TypeVar("T")
UNPROMISED = 4 * 3600.0  # seconds in which something happens where nothing was promised
CHANNELS = ("api", "mail", "mail", "panel", "phone")
TAGS = [f"{area}-{what}" for area in ("eu", "us", "ap", "key") for what in ("load", "sso", "quota", "batch", "edge")]
AREAS = ("ING", "UPL", "REP", "AUTH", "BIL", "UI", "API", "NET")
IMPACTS = ("", "", "one team", "month-end close", "all users")
SEVERITIES = ("", "", "sev4", "sev3", "sev2")
PROPOSED = "{} by rule “Everything else”. Telemetry: no signal."
CONFIRMED = "The resolution is confirmed."
WROTE_AGAIN = "The customer wrote again."


@dataclass(frozen=True, slots=True)
class Stage:
    """What every plot is set on; nothing of it changes."""

    cast: Cast
    words: Vocabulary
    quiet: Quiet
    at: datetime


class Plot:
    """Begin with `open_at`; then steps in any order that the lifecycle allows; `past` is what came of it."""

    def __init__(self, dice: random.Random, stage: Stage) -> None:
        self.dice, self.stage = dice, stage
        self.client: Client = stage.cast.client(dice)
        self.requester = _one_of(dice, self.client.requesters)
        self.owner = _one_of(dice, self.client.agents)
        self.priority = dice.choices(("P0", "P1", "P2", "P3"), cum_weights=(1, 10, 70, 100))[0]
        self.first = self.priority
        self.by_us = dice.random() < 0.05
        self.level = Level.L1
        self.opened_at = self.now = stage.at
        self.end = stage.at - SECOND
        self.accepted = False
        self.events: list[PastEvent] = []
        self.policy: MatchedPolicy
        self.pace = self.first_answer = UNPROMISED  # seconds between two steps, and to the first answer, about

    def open_at(self, moment: datetime) -> None:
        self.opened_at = self.now = moment
        self.policy = self.client.promises.at(moment)
        promised = self.stage.quiet.promises(self.policy.policy, self.priority)
        self.pace = _seconds(promised.resolution) * self.dice.lognormvariate(-2.3, 0.8)
        self.first_answer = _seconds(promised.first_response) * self.dice.lognormvariate(-1.2, 0.8)

    def hurry(self) -> None:
        """A dozen steps fit before the end."""
        self.pace = min(self.pace, (self.end - self.now).total_seconds() / 12 + 1)

    # Steps. Each begins by letting time pass.

    def later(self, mean: float | None = None) -> datetime:
        """A moment after the last one and before the end, however many steps are to come."""
        left = (self.end - self.now).total_seconds()
        seconds = min(self.dice.expovariate(1 / (mean or self.pace)), 0.3 * left)
        self.now += timedelta(seconds=int(seconds) + 1)
        return self.now

    def reply(self, *, mean: float | None = None, kind: InteractionKind = InteractionKind.MESSAGE) -> None:
        self._ours(self.later(mean), self.stage.words.text(self.dice, 4), kind=kind)

    def note(self) -> None:
        text = self.stage.words.text(self.dice, 2)
        self._ours(self.later(), text, kind=InteractionKind.NOTE, public=False)

    def question(self, at: datetime | None = None) -> None:
        """The customer writes, whatever the status (but Closed)."""
        self._theirs(at or self.later(), self.stage.words.text(self.dice, 3))

    def accept(self, at: datetime | None = None) -> None:
        self.now = at or self.later(self.first_answer)
        self._move(self.now, Status.TRIAGE, accepts=True)
        self.accepted = True

    def start(self) -> None:
        self._move(self.later(), Status.IN_PROGRESS)

    def ask(self, at: datetime | None = None) -> None:
        """What is asked goes out, then it waits."""
        moment = at or self.later()
        self._ours(moment, self.stage.words.text(self.dice, 2), data={"asks": True})
        self._move(moment, Status.WAITING)

    def resume(self) -> None:
        self._move(self.later(), Status.IN_PROGRESS)

    def prioritise(self, priority: str) -> None:
        who = self.owner
        self.priority = priority
        self.events.append(
            Prioritised(
                at=self.later(),
                priority=priority,
                reason="Worse than it looked.",
                user_id=who.user_id,
                by_label=who.label,
                actor_name=who.name,
            )
        )

    def escalate(self, *, promised: bool, quiet: bool = False) -> None:
        """One level up, if there is one; `promised`: with a time told to the client, of a few days, and with `quiet`
        far enough ahead.
        """
        third = self.level == Level.L2 and bool(self.client.engineers)
        if self.level != Level.L1 and not third:
            return
        who = _one_of(self.dice, self.client.engineers) if third else self.owner
        moment = self.later()
        ahead = timedelta(hours=int(self.dice.uniform(4, 72)))
        if quiet:
            ahead += 1.5 * (self.stage.at + QUIET - moment)
        self.events.append(
            Escalated(
                at=moment,
                to=Level.L3 if third else Level.L2,
                known_issues_searched=not third,
                target_at=moment + ahead if promised else None,
                target_told_to="The engineer on call" if promised else "",
                zone=self.requester.zone,
                reason=self.stage.words.text(self.dice, 1),
                user_id=who.user_id,
                by_label=who.label,
                actor_name=who.name,
            )
        )
        self.level = Level.L3 if third else Level.L2

    def resolve(self) -> None:
        moment = self.later()
        summary = self.stage.words.text(self.dice, 3)
        resolution = Resolution(
            summary=summary,
            validated="It has worked since, on their side and in our measurements.",
            evidence=[{"kind": "text", "value": f"trace {self.dice.getrandbits(32):08x}"}],
            preventive_actions=NONE_NEEDED if self.dice.random() < 0.7 else ["An alert before it is felt"],
        )
        self._ours(moment, summary, data={"resolution": True})
        self._move(moment, Status.RESOLVED, resolution=resolution)

    def reject(self) -> None:
        """By the customer, in their words, or by one of us on the phone with them."""
        moment, words = self.later(), self.stage.words.text(self.dice, 1)
        if self.dice.random() < 0.5:
            self._move(moment, Status.IN_PROGRESS, reason=words)
            return
        self._move(moment, Status.IN_PROGRESS, by=self.requester, reason=words)
        self._theirs(moment, words, with_move=True)

    def close(self) -> None:
        """Confirmed, or closed by us."""
        moment = self.later()
        if self.dice.random() < 0.5:
            self._move(moment, Status.CLOSED, reason="No word since.")
            return
        self._theirs(moment, CONFIRMED, kind=InteractionKind.CONFIRMATION)
        self._move(moment, Status.CLOSED, by=self.requester, confirmed=True)

    def close_without_work(self) -> None:
        moment, words = self.later(), self.stage.words.text(self.dice, 1)
        if self.dice.random() < 0.5:
            self._move(moment, Status.CLOSED, reason=words, closed_as=ClosedAs.SPAM)
            return
        self._move(moment, Status.CLOSED, by=self.requester, reason=words, closed_as=ClosedAs.WITHDRAWN)
        self._theirs(moment, words, with_move=True)

    def reopen(self) -> None:
        """The customer writes again, soon enough for that."""
        moment = self.later(self.client.tenant.reopen_days * 3600)
        self._move(moment, Status.IN_PROGRESS, by=self.requester, reason=WROTE_AGAIN)
        self._theirs(moment, self.stage.words.text(self.dice, 3))

    def past(self, external: tuple[str, str]) -> PastCase:
        dice, words = self.dice, self.stage.words
        area = _one_of(dice, AREAS)
        return PastCase(
            tenant_id=self.client.tenant.pk,
            requester_id=self.requester.requester_id or 0,
            subject=words.subject(dice),
            description=words.text(dice, 5),
            channel=_one_of(dice, CHANNELS),
            opened_at=self.opened_at,
            opened_by=OpenedBy.US if self.by_us else OpenedBy.CUSTOMER,
            by_label=self.owner.label if self.by_us else "",
            actor_name=self.owner.name if self.by_us else "",
            priority=self.first,
            priority_reason=PROPOSED.format(self.first),
            policy=self.policy,
            events=self.events,
            tier=self.client.tenant.support_tier,
            severity=_one_of(dice, SEVERITIES),
            impact=_one_of(dice, IMPACTS),
            category_id=_one_of(dice, self.stage.cast.category_ids) if self.stage.cast.category_ids else None,
            tags=[_one_of(dice, TAGS)] if dice.random() < 0.4 else [],
            error_ids=[f"{area}-{int(dice.paretovariate(0.7)) % 100_000}"] if dice.random() < 0.35 else [],
            owner_id=self.owner.user_id if self.accepted else None,
            external=external,
        )

    def _move(self, at: datetime, to: Status, *, by: Person | None = None, **more: Any) -> None:
        who = by or self.owner
        self.events.append(Moved(at=at, to=to, by_label=who.label, actor_name=who.name, **more))

    def _ours(
        self,
        at: datetime,
        body: str,
        *,
        kind: InteractionKind = InteractionKind.MESSAGE,
        public: bool = True,
        data: dict[str, bool] | None = None,
    ) -> None:
        who = self.owner
        self.events.append(
            Said(
                at=at,
                kind=kind,
                public=public,
                body=body,
                by_kind=SpokenBy.PERSON,
                user_id=who.user_id,
                by_label=who.label,
                actor_name=who.name,
                data=data or {},
            )
        )

    def _theirs(
        self, at: datetime, body: str, *, kind: InteractionKind = InteractionKind.MESSAGE, with_move: bool = False
    ) -> None:
        who = self.requester
        self.events.append(
            Said(
                at=at,
                kind=kind,
                body=body,
                by_kind=SpokenBy.CUSTOMER,
                requester_id=who.requester_id,
                by_label=who.label,
                actor_name=who.name,
                with_move=with_move,
            )
        )


def _seconds(target: Target | None) -> float:
    """By the wall clock, about."""
    if target is None:
        return UNPROMISED
    return target.amount * (86_400.0 if target.unit == "business_days" else 1.0)


def _one_of(dice: random.Random, things: Sequence[T]) -> T:
    """Three times as fast as `dice.choice`."""
    return things[int(dice.random() * len(things))]
