"""A span of whole days in a zone, as reports are cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from config.errors import Invalid

MOST_YEARS = 30


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both counted, from midnight to midnight in `zone`."""

    first: date
    last: date
    zone: str

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Invalid(_("The period ends before it begins."), field="to", code="out-of-order")
        if (self.last - self.first).days > 366 * MOST_YEARS or not 1900 <= self.first.year <= self.last.year <= 2200:
            raise Invalid(
                _("A period spans %(most)s years at most.") % {"most": MOST_YEARS},
                field="from",
                code="too-long",
            )

    @property
    def start(self) -> datetime:
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self._midnight(self.last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(self.zone)).astimezone(UTC)
