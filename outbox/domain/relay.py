"""The worker's rounds: every few seconds, and when a commit wakes it. Each may be repeated and run beside itself."""

from dataclasses import dataclass
from datetime import datetime

from config.heartbeat import beat
from outbox.domain.lag import oldest_seconds
from outbox.domain.relaying import RelayRound, relay
from outbox.domain.sending import DeliveryRound, deliver
from outbox.domain.sequencing import sequence

__all__ = ["DeliveryRound", "RelayRound", "deliver", "relay", "relay_round", "sequence"]


@dataclass(frozen=True, kw_only=True)
class Tick:
    numbered: int
    consumed: int
    failed: int
    died: int


def relay_round(*, at: datetime) -> Tick:
    """Number the feed, let consumers hear, number what they said in turn."""
    numbered = sequence()
    heard = relay(at=at)
    if heard.consumed:
        numbered += sequence()
    tick = Tick(numbered=numbered, consumed=heard.consumed, failed=heard.failed, died=heard.died)
    beat(
        name="outbox",
        at=at,
        numbered=numbered,
        consumed=heard.consumed,
        failed=heard.failed,
        died=heard.died,
        oldest_seconds=oldest_seconds(at=at),
    )
    return tick
