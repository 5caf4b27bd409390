"""What a door did to a promise, as plain values for other rooms' histories."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """`effect` is the clock event's name (started, paused, resumed, met, late, …)."""

    clock_id: int
    kind: str
    window: int
    effect: str
    due_before: datetime | None
    due_after: datetime | None

    def as_json(self) -> dict[str, object]:
        return {
            "clock_id": self.clock_id,
            "kind": self.kind,
            "window": self.window,
            "effect": self.effect,
            "due_before": self.due_before.isoformat() if self.due_before else None,
            "due_after": self.due_after.isoformat() if self.due_after else None,
        }
