"""Spans of work as people type and read them: whole minutes."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from config.errors import Invalid

MOST = 24 * 60  # minutes of one entry
WRITTEN = re.compile(
    r"""
    (?: (?P<hours>\d{1,3}) \s* (?:h|hours?|std\.?|:) \s* (?: (?P<rest>\d{1,4}) \s* (?:m|mins?|minutes?)? )?
      | (?P<decimal>\d{1,3}[.,]\d{1,2}) \s* (?:h|hours?|std\.?)
      | (?P<minutes>\d{1,5}) \s* (?:m|mins?|minutes?)? )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def minutes_of(text: str, *, field: str = "duration") -> int:
    """'1h 20', '1:20', '20m', '1.5h'; a number alone is minutes. Raises Invalid, also for none and for over a day."""
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        raise Invalid(_("Write it like 1h 20, 20m or 1:20."), field=field)
    if found["decimal"]:
        minutes = round(float(found["decimal"].replace(",", ".")) * 60)
    else:
        minutes = int(found["hours"] or 0) * 60 + int(found["rest"] or found["minutes"] or 0)
    return checked(minutes, field=field)


def checked(minutes: int, *, field: str) -> int:
    if not 0 < minutes <= MOST:
        raise Invalid(_("At least a minute, and at most a day at once."), field=field)
    return minutes


def in_words(minutes: int) -> str:
    """'1 h 20', '2 h', '20 min'; `minutes_of` reads it back."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"
