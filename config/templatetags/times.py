"""How moments and capped numbers are written on the desk's pages."""

from datetime import date, datetime
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.casing import lowered
from config.counting import up_to
from config.spans import span_words

register = template.Library()
register.filter("up_to", up_to)
register.filter("lowered", lowered)


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """The time of day today, else with its date, in another year the date alone; the exact moment and zone on hover."""
    if at is None:
        return ""
    local, today = timezone.localtime(at), timezone.localdate()
    if local.date() == today:
        shown = _clock(local)
    else:
        day = _day_in_short(local.day, local.month, get_language())
        shown = f"{day} {_clock(local)}" if local.year == today.year else f"{day} {local.year}"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact_of(local), shown)


@register.simple_tag
def ago(at: datetime | None, now: datetime) -> SafeString | str:
    if at is None:
        return ""
    words = _("{span} ago").format(span=span_words((now - at).total_seconds()))
    return format_html('<time datetime="{}" title="{}" data-ago>{}</time>', at.isoformat(), exact(at), words)


@register.simple_tag
def until(at: datetime, now: datetime) -> SafeString:
    left = (at - now).total_seconds()
    words = _("{span} over").format(span=span_words(left)) if left < 0 else span_words(left)
    tone = "bad-ink" if left < 0 else ""
    return format_html('<time datetime="{}" title="{}" class="{}">{}</time>', at.isoformat(), exact(at), tone, words)


@register.filter
def exact(at: datetime) -> str:
    return exact_of(timezone.localtime(at))


def exact_of(local: datetime) -> str:
    """Put together by hand: Django's `date_format` took a tenth of the time of a long case."""
    return f"{_day_in_full(local.date(), get_language())}, {_clock(local)}:{local.second:02} {local.tzname()}"


def _clock(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}"


# What is said of a day is the same for all its moments: a page tells some hundreds of them.


@lru_cache(maxsize=1024)
def _day_in_short(day: int, month: int, _language: str) -> str:
    return _("{day} {month}").format(day=day, month=str(MONTHS_3[month]).title())


@lru_cache(maxsize=1024)
def _day_in_full(day: date, _language: str) -> str:
    weekday, month = WEEKDAYS[day.weekday()], MONTHS[day.month]
    return _("{weekday} {day} {month} {year}").format(weekday=weekday, day=day.day, month=month, year=day.year)
