"""What the world outside knows of a run: what it asked, what mail it got, what it read, when it was hurt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.journal import Asked, asked_in, read

JOURNAL, MAILS, FEED, FAULTS = "journal.jsonl", "mails.jsonl", "feed.jsonl", "faults.jsonl"
AROUND = 5.0  # seconds around a fault in which a message may have been in flight


@dataclass(frozen=True, kw_only=True)
class Mail:
    at: float
    message_id: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`hurt` are the times (from, to) of faults, in seconds since 1970."""

    asked: Sequence[Asked] = ()
    mails: Sequence[Mail] = ()
    feed: Sequence[int] = ()
    hurt: Sequence[tuple[float, float]] = field(default_factory=list)

    def in_trouble(self, at: float) -> bool:
        return any(begun - AROUND <= at <= ended + AROUND for begun, ended in self.hurt)


def gathered(folder: Path) -> Evidence:
    return Evidence(
        asked=asked_in(folder / JOURNAL),
        mails=[Mail(at=line["at"], message_id=line["message_id"]) for line in read(folder / MAILS)],
        feed=[line["id"] for line in read(folder / FEED)],
        hurt=[(line["begun"], line["ended"]) for line in read(folder / FAULTS)],
    )
