"""`Hours`: a calendar compiled to open time."""

from datetime import timedelta
from typing import Any, Self


class Hours:
    @classmethod
    def from_spec(cls, spec: Any) -> Self:
        """Raises `CalendarError`."""
        ...

    @property
    def business_day(self) -> timedelta | None: ...

    @property
    def never_opens(self) -> bool:
        """No weekly hours: such a calendar is refused when it is saved."""
        ...
