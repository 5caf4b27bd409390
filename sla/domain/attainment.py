"""How promises were kept, counted in windows of clocks.

A window counts when it ended as met, late or escalated; one that was stopped or moved was neither kept nor broken. One
that was escalated with a target told to the client counts as kept and is shown apart. A breach stays a breach; an
excused one is left out only in `rate_without_excused`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from sla.enums import EndedAs


@dataclass(frozen=True)
class Attainment:
    met: int = 0
    late: int = 0
    escalated: int = 0
    excused: int = 0  # of the late ones

    def __add__(self, other: Attainment) -> Attainment:
        return Attainment(
            self.met + other.met,
            self.late + other.late,
            self.escalated + other.escalated,
            self.excused + other.excused,
        )

    @property
    def windows(self) -> int:
        return self.met + self.late + self.escalated

    @property
    def rate(self) -> float | None:
        """Kept of all, 0 to 1; None without a window."""
        return _share(self.met + self.escalated, self.windows)

    @property
    def rate_without_excused(self) -> float | None:
        return _share(self.met + self.escalated, self.windows - self.excused)

    def as_json(self) -> dict[str, Any]:
        return {
            "windows": self.windows,
            **asdict(self),
            "attainment": self.rate,
            "attainment_without_excused": self.rate_without_excused,
        }


def attainment(rows: QuerySet[Any], *, by: Sequence[str], prefix: str = "") -> dict[tuple[Any, ...], Attainment]:
    """Counts by the values of `by`, in one statement. `prefix` leads from the rows to their clock (`clock__`)."""

    def ended(*ways: EndedAs, **more: Any) -> Count:
        return Count("pk", filter=Q(**{f"{prefix}ended_as__in": ways}, **more))

    groups = (
        rows.values_list(*by)
        .annotate(
            met=ended(EndedAs.MET),
            late=ended(EndedAs.LATE),
            escalated=ended(EndedAs.ESCALATED),
            excused=ended(EndedAs.LATE, **{f"{prefix}excused_at__isnull": False}),
        )
        .order_by(*by)
    )
    keys = len(by)
    return {tuple(group[:keys]): Attainment(*group[keys:]) for group in groups}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
