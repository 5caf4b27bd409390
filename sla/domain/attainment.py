"""How promises were kept, counted in windows of clocks: one statement whatever their number."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db.models import Count, Q, QuerySet

from sla.enums import EndedAs


@dataclass(frozen=True)
class Attainment:
    """`met` and `escalated` (met by an escalation with a target) are apart; both were kept. A breach is `late` however
    the clock ended; `excused` are those of the late ones that the client agreed to. `stopped` ended undecided (closed
    without a reply, moved away) and `open` are still in time: neither counts in a rate.
    """

    windows: int = 0
    met: int = 0
    escalated: int = 0
    late: int = 0
    excused: int = 0
    stopped: int = 0
    open: int = 0

    def __add__(self, other: "Attainment") -> "Attainment":
        return Attainment(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    @property
    def rate(self) -> float | None:
        """Kept of decided, excused ones counted as late. None where nothing is decided."""
        return self._rate(self.late)

    @property
    def rate_without_excused(self) -> float | None:
        return self._rate(self.late - self.excused)

    def _rate(self, late: int) -> float | None:
        kept = self.met + self.escalated
        return round(kept / (kept + late), 4) if kept + late else None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"rate": self.rate, "rate_without_excused": self.rate_without_excused}


def attainment(
    windows: "QuerySet[Any]", *, prefix: str = "", by: Sequence[str] = ("kind",)
) -> dict[tuple[Any, ...], Attainment]:
    """Of a queryset of clocks, or of rows that hold one (`prefix="clock__"`), for each combination of the columns `by`.

    An empty `by` gives one entry, `()`, or none for no rows.
    """
    broken = Q(**{f"{prefix}breached_at__isnull": False})
    ended = {name: Q(**{f"{prefix}ended_as": name.value}) & ~broken for name in EndedAs}
    counts = {
        "windows": Count("pk"),
        "met": Count("pk", filter=ended[EndedAs.MET]),
        "escalated": Count("pk", filter=ended[EndedAs.ESCALATED]),
        "late": Count("pk", filter=broken),
        "excused": Count("pk", filter=broken & Q(**{f"{prefix}excused_at__isnull": False})),
        "stopped": Count("pk", filter=ended[EndedAs.STOPPED] | ended[EndedAs.MOVED]),
        "open": Count("pk", filter=Q(**{f"{prefix}ended_as": ""}) & ~broken),
    }
    if not by:
        figures = windows.order_by().aggregate(**{f"n_{name}": count for name, count in counts.items()})
        return {(): _attainment(figures)} if figures["n_windows"] else {}
    rows = windows.order_by().values(*by).annotate(**{f"n_{name}": count for name, count in counts.items()})
    return {tuple(row[column] for column in by): _attainment(row) for row in rows}


def _attainment(row: dict[str, Any]) -> Attainment:
    return Attainment(**{one.name: row[f"n_{one.name}"] for one in fields(Attainment)})
