"""What an import did, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from cases.enums import Move
from cases.models import Transition

FOR_PEOPLE = ("encoding", "reasons")


@dataclass
class Report:
    """`unchanged` cases had nothing new in the file. `transitions` (changes of status), `rejected_resolutions`,
    `reopened` and `kept` (values noted that the mapping does not know) count what this import added. `without`: clock
    kinds that the source cannot give.
    """

    rows: int = 0
    cases: int = 0
    created: int = 0
    unchanged: int = 0
    updated: int = 0
    transitions: int = 0
    rejected_resolutions: int = 0
    reopened: int = 0
    kept: int = 0
    rejected: int = 0
    without: list[str] = field(default_factory=list)
    seconds: float = 0.0
    encoding: str = ""
    reasons: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name not in FOR_PEOPLE}

    def count_moves(self, transitions: Iterable[Transition]) -> None:
        moves = [one.move for one in transitions if one.from_status]
        self.transitions += len(moves)
        self.rejected_resolutions += moves.count(Move.REJECT)
        self.reopened += moves.count(Move.REOPEN)
