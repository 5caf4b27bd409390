"""What a case's past is made of: plain values, in the order in which they happened.

`history.write` takes them as they are. It asks for no right and refuses no move: this is a record of what was, and what
the lifecycle would not allow is marked on the transition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cases.domain.resolution import Resolution
from cases.enums import ADDRESSED, ClosedAs, InteractionKind, Level, OpenedBy, SpokenBy, Status
from sla.domain.policies import MatchedPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The status becomes `to`.

    `accepts`: with this move the resolution clock starts. `confirmed`: closed because the customer said so. `closed_as`
    tells why it closed where no resolution did; `resolved_as` and `resolution` belong to Resolved.
    """

    at: datetime
    to: Status
    accepts: bool = False
    confirmed: bool = False
    closed_as: str = ""
    resolved_as: str = ClosedAs.SOLVED
    resolution: Resolution | None = None
    reason: str = ""
    by_label: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The resolution clock starts, whatever the status."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The customer had a public answer of a person; what it said is not known."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Prioritised:
    """Another priority. With `by_label` somebody of this desk did it and the timeline says so, as at the first door;
    without it `reason` is the case's new `priority_reason` as it stands, and the source's own rows tell the rest.
    """

    at: datetime
    priority: str
    reason: str = ""
    user_id: int | None = None
    by_label: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """Handed to level `to`; with `target_at` the client was told that `target_told_to` has it by then.

    `zone`: the requester's, in which they were told. Belongs to pasts that are written once (`history.write`): the
    rows of a source that grows (`history_rewrite`) know no escalation.
    """

    at: datetime
    to: Level
    known_issues_searched: bool = False
    target_at: datetime | None = None
    target_told_to: str = ""
    zone: str = "UTC"
    reason: str = ""
    user_id: int | None = None
    by_label: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An entry of the timeline. A public message or call of a person answers; one of the customer asks, ends a wait.

    `with_move`: the customer's reason for a move of theirs; it neither asks nor answers. `source_key` names the entry
    in the system it comes from, unique for ever.
    """

    at: datetime
    by_kind: SpokenBy
    kind: InteractionKind = InteractionKind.MESSAGE
    public: bool = True
    body: str = ""
    user_id: int | None = None
    requester_id: int | None = None
    by_label: str = ""
    actor_name: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    with_move: bool = False
    source_key: str | None = None

    @property
    def speaks_to_the_other(self) -> bool:
        return self.public and self.kind in ADDRESSED


PastEvent = Moved | Accepted | Answered | Prioritised | Escalated | Said


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase:
    """`priority` and `level` are those of the opening. `events` by time, ties in the order given, none before
    `opened_at`; what happened at one moment was one change.

    `unheard`: the source does not tell who said what to whom and when the customer was answered, so there is neither a
    first response nor a next reply to keep; a source that tells the first answer alone gives `Answered`.
    """

    tenant_id: int
    requester_id: int
    subject: str
    opened_at: datetime
    priority: str
    policy: MatchedPolicy
    events: Sequence[PastEvent]
    unheard: bool = False
    imported: bool = False
    description: str = ""
    channel: str = "import"
    opened_by: OpenedBy = OpenedBy.CUSTOMER
    by_label: str = ""  # who opened it; empty: whoever writes it down
    actor_name: str = ""
    priority_reason: str = ""
    priority_proposed: str = ""  # by the rules; empty: `priority`
    tier: str = ""
    severity: str = ""
    impact: str = ""
    category_id: int | None = None
    tags: Sequence[str] = ()
    error_ids: Sequence[str] = ()
    level: Level = Level.L1
    owner_id: int | None = None
    external: tuple[str, str] | None = None  # system, id
