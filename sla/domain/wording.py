"""Targets and spans in words that clients and admins read and write: "15 min", "4 h", "2 business days"."""

import re

from django.utils.translation import gettext as _

from config.errors import Invalid
from sla.domain.business_time import Target
from sla.enums import Unit

MINUTE, HOUR = 60, 3600
SPAN = re.compile(
    r"\s*(?P<amount>[0-9]{1,9})\s*"
    r"(?P<unit>s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|business\s+days?)"
    r"(?P<open>\s+open)?\s*",
    re.IGNORECASE,
)


def read_target(text: str, *, field: str = "target") -> Target:
    """ "4 h" is round the clock, "4 h open" open time of the calendar, "2 business days" its ordinary days."""
    match = SPAN.fullmatch(text)
    if match is None:
        raise Invalid(
            _("%(text)s is no target: write 15 min, 4 h, 4 h open or 2 business days.") % {"text": repr(text)},
            field=field,
        )
    amount, unit = int(match["amount"]), match["unit"].lower()
    if amount == 0:
        raise Invalid(_("A target is more than nothing."), field=field)
    if unit.startswith(("b", "d")):
        return Target(amount, Unit.BUSINESS_DAYS.value)
    seconds = amount * {"s": 1, "m": MINUTE, "h": HOUR}[unit[0]]
    return Target(seconds, (Unit.SECONDS if match["open"] else Unit.WALL_SECONDS).value)


def say_target(target: Target) -> str:
    if target.unit == Unit.BUSINESS_DAYS:
        return f"{target.amount} business day{'' if target.amount == 1 else 's'}"
    for size, name in ((HOUR, "h"), (MINUTE, "min")):
        if target.amount % size == 0:
            said = f"{target.amount // size} {name}"
            break
    else:
        said = f"{target.amount} s"
    return f"{said} open" if target.unit == Unit.SECONDS else said


def say_span(seconds: float) -> str:
    """For reading: "2 h 30 min", to the second; "0 min" for nothing."""
    whole = round(seconds)
    sign, whole = ("-", -whole) if whole < 0 else ("", whole)
    hours, rest = divmod(whole, HOUR)
    minutes, left = divmod(rest, MINUTE)
    parts = [f"{amount} {name}" for amount, name in ((hours, "h"), (minutes, "min"), (left, "s")) if amount]
    return sign + (" ".join(parts) or "0 min")
