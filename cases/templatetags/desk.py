"""Small marks on the desk's pages; how moments are written (`config/templatetags/times.py`) comes along."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.template.defaultfilters import urlize
from django.utils.safestring import SafeString

from cases.domain.reading import ShownClock
from cases.pages.desk.clock_face import ClockFace, next_promise
from config.templatetags import times

register = template.Library()
register.tags |= times.register.tags
register.filters |= times.register.filters
MAY_LINK = re.compile(r"[.:@]\S")  # nothing becomes a link without one of these inside


@register.filter(needs_autoescape=True)
def linked(text: str, autoescape: bool = True) -> SafeString | str:
    """As `urlize`, which looks at each word of texts that hold nothing to link."""
    return urlize(text, autoescape=autoescape) if MAY_LINK.search(text) else text


@register.filter
def initials(name: Any) -> str:
    parts = str(name).split()
    return "".join(part[0] for part in parts[:2]).upper() if len(parts) > 1 else str(name)[:2].upper()


@register.inclusion_tag("cases/desk/clock_chip.html")
def clock_chip(face: Any) -> dict[str, Any]:
    return {"face": face}


@register.simple_tag
def soonest(clocks: Iterable[ShownClock], now: datetime) -> ClockFace | None:
    return next_promise(clocks, at=now)


@register.simple_tag(takes_context=True)
def querystring_without(context: dict[str, Any], *names: str) -> str:
    kept = context["request"].GET.copy()
    for name in names:
        kept.pop(name, None)
    return kept.urlencode()
