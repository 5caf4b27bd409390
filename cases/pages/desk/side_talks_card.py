"""The card of a case that lists its side conversations."""

from dataclasses import dataclass
from typing import Any

from cases.domain.side.reading import told_whom


@dataclass(frozen=True, slots=True)
class Aside:
    id: int
    whom: str
    subject: str
    words: int
    new: int  # that the reader has not read
    answered: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class Asides:
    """`answered`: how many open ones wait for our look."""

    talks: list[Aside]
    answered: int


def asides_of(case: Any) -> Asides:
    """Of a case that was read with `told_of_talks`: no statement."""
    talks = [
        Aside(
            id=one["id"],
            whom=told_whom(**{name: one[name] for name in ("kind", "name", "address", "level", "names")}),
            subject=one["subject"],
            words=one["words"],
            new=one["new"],
            answered=one["answered_at"] is not None and one["closed_at"] is None,
            closed=one["closed_at"] is not None,
        )
        for one in case.side_talks_shown
    ]
    return Asides(talks=talks, answered=sum(talk.answered for talk in talks))
