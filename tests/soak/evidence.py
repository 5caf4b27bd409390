"""What the world outside knows of a run: what it asked, what mail it got, what it read, when it was hurt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.utils import timezone

from tests.soak.journal import Asked, asked_in, read

JOURNAL, MAILS, FEED, FAULTS = "journal.jsonl", "mails.jsonl", "feed.jsonl", "faults.jsonl"
AROUND = 5.0  # seconds around a fault in which a message may have been in flight


@dataclass(frozen=True, kw_only=True)
class Mail:
    at: float
    message_id: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`hurt` are the times (from, to) of faults, `still_since` is when the beats were stopped for good; in seconds
    since 1970. Without it the desk lives, and what is due must have been done by now."""

    asked: Sequence[Asked] = ()
    mails: Sequence[Mail] = ()
    feed: Sequence[int] = ()
    hurt: Sequence[tuple[float, float]] = field(default_factory=list)
    still_since: float | None = None

    @property
    def until(self) -> datetime:
        return timezone.now() if self.still_since is None else datetime.fromtimestamp(self.still_since, tz=UTC)

    def in_trouble(self, at: float) -> bool:
        return any(begun - AROUND <= at <= ended + AROUND for begun, ended in self.hurt)


def gathered(folder: Path, *, still_since: float) -> Evidence:
    return Evidence(
        still_since=still_since,
        asked=asked_in(folder / JOURNAL),
        mails=[Mail(at=line["at"], message_id=line["message_id"]) for line in read(folder / MAILS)],
        feed=[line["id"] for line in read(folder / FEED)],
        hurt=[(line["begun"], line["ended"]) for line in read(folder / FAULTS)],
    )
