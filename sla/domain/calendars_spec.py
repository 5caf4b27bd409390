"""Reads a calendar's JSON into a plain value. Every fault is a `CalendarError` that names it.

Clock times become minutes after the local midnight of the day an interval belongs to; overnight shifts end past 1440.
"""

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays.countries  # all of them at start; the library would load them at the first calendar
from django.utils.translation import gettext as _

from sla.domain.refusals import CalendarError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
REGION = re.compile(r"([A-Z]{2,3})(?:-([A-Za-z0-9]+))?")

# Outside the years a country's list covers there are no holidays; the library says so on stderr for each year.
warnings.filterwarnings("ignore", message="Requested Holidays are available", category=UserWarning)

Interval = tuple[int, int]
Day = tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """`weekly` from Monday; `date_hours` and `holidays` by `date.toordinal()`; intervals sorted, none overlapping."""

    timezone: str
    weekly: tuple[Day, ...]
    date_hours: tuple[tuple[int, Day], ...]
    holidays: frozenset[int]
    regions: tuple[tuple[str, str | None], ...]

    @property
    def business_day(self) -> int | None:
        """Minutes of the most common open length in the week by the wall clock, the longest among equals."""
        lengths = Counter(sum(end - start for start, end in day) for day in self.weekly if day)
        return max(lengths, key=lambda minutes: (lengths[minutes], minutes)) if lengths else None

    def holidays_in(self, year: int) -> frozenset[int]:
        return self.holidays.union(*(region_holidays(country, part, year) for country, part in self.regions))


@lru_cache(maxsize=4096)
def region_holidays(country: str, part: str | None, year: int) -> frozenset[int]:
    named = holidays.country_holidays(country, subdiv=part, years=year)
    return frozenset(day.toordinal() for day in named)


def read_calendar(spec: Any) -> CalendarSpec:
    if not isinstance(spec, dict):
        raise CalendarError(_("A calendar is an object."))
    weekly = _object(spec, "weekly_hours")
    if unknown := [name for name in weekly if name not in WEEKDAYS]:
        raise CalendarError(
            _("weekly_hours: %(shown)s is none of %(choices)s.")
            % {"shown": _shown(unknown[0]), "choices": ", ".join(WEEKDAYS)}
        )
    return CalendarSpec(
        timezone=_zone_name(spec.get("timezone")),
        weekly=tuple(_day(weekly.get(name, []), name) for name in WEEKDAYS),
        date_hours=tuple(
            sorted((_date(key, "date_hours"), _day(value, key)) for key, value in _object(spec, "date_hours").items())
        ),
        holidays=frozenset(_date(value, "holidays") for value in _list(spec, "holidays")),
        regions=tuple(sorted(set(_regions(spec)), key=lambda region: (region[0], region[1] or ""))),
    )


def _object(spec: dict[str, Any], name: str) -> dict[str, Any]:
    value = spec.get(name, {})
    if not isinstance(value, dict):
        raise CalendarError(_("%(name)s is an object.") % {"name": name})
    return value


def _list(spec: dict[str, Any], name: str) -> list[Any]:
    value = spec.get(name, [])
    if not isinstance(value, list):
        raise CalendarError(_("%(name)s is a list.") % {"name": name})
    return value


def _zone_name(value: Any) -> str:
    if not isinstance(value, str):
        raise CalendarError(_("timezone is the name of a zone, such as Europe/Berlin."))
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError) as unknown:  # a name can also be a folder, a path or too long to be a file
        raise CalendarError(_("%(shown)s is no known time zone.") % {"shown": _shown(value)}) from unknown


def _day(value: Any, name: str) -> Day:
    if not isinstance(value, list):
        raise CalendarError(_("%(shown)s: the hours of a day are a list of [from, to].") % {"shown": _shown(name)})
    intervals: list[Interval] = []
    for start, end in sorted(_interval(item, name) for item in value):
        if intervals and start <= intervals[-1][1]:
            intervals[-1] = (intervals[-1][0], max(end, intervals[-1][1]))
        else:
            intervals.append((start, end))
    return tuple(intervals)


def _interval(value: Any, name: str) -> Interval:
    if not isinstance(value, list) or len(value) != 2:
        raise CalendarError(
            _("%(shown)s: an interval is [from, to], such as ['08:00', '12:00'].") % {"shown": _shown(name)}
        )
    start = _minutes(value[0], name)
    end = DAY if value[1] == "24:00" else _minutes(value[1], name)
    return start, end if end > start else end + DAY


def _minutes(value: Any, name: str) -> int:
    read = CLOCK_TIME.fullmatch(value) if isinstance(value, str) else None
    if read is None:
        raise CalendarError(
            _("%(shown)s: %(time)s is no clock time HH:MM (24:00 may end an interval).")
            % {"shown": _shown(name), "time": _shown(value)}
        )
    return int(read[1]) * 60 + int(read[2])


def _date(value: Any, name: str) -> int:
    try:
        if not isinstance(value, str) or not ISO_DATE.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value).toordinal()
    except ValueError:
        raise CalendarError(
            _("%(name)s: %(shown)s is no date YYYY-MM-DD.") % {"name": name, "shown": _shown(value)}
        ) from None


def _regions(spec: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    for value in _list(spec, "holiday_regions"):
        read = REGION.fullmatch(value) if isinstance(value, str) else None
        if read is None:
            raise CalendarError(
                _("holiday_regions: %(shown)s is no region such as DE or DE-BE.") % {"shown": _shown(value)}
            )
        try:
            holidays.country_holidays(read[1], subdiv=read[2])
        except (NotImplementedError, TypeError):  # TypeError: another name of the library, such as MON
            raise CalendarError(
                _("holiday_regions: nothing is known of %(shown)s.") % {"shown": _shown(value)}
            ) from None
        yield read[1], read[2]


def _shown(value: Any) -> str:
    """What was given, short enough for a message; containers are not walked, they can be deep."""
    return ascii(value[:40]) if isinstance(value, str) else f"a {type(value).__name__}"
