"""How moments and capped numbers are written on the desk's pages."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS
from django.utils.html import format_html
from django.utils.safestring import SafeString
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
    local = timezone.localtime(at)
    today = timezone.localdate()
    day = _("{day} {month}").format(day=local.day, month=str(MONTHS_3[local.month]).title())
    if local.date() == today:
        shown = f"{local:%H:%M}"
    else:
        shown = f"{day} {local:%H:%M}" if local.year == today.year else f"{day} {local.year}"
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
    day = _("{weekday} {day} {month} {year}").format(
        weekday=WEEKDAYS[local.weekday()], day=local.day, month=MONTHS[local.month], year=local.year
    )
    return f"{day}, {local:%H:%M:%S} {local.tzname()}"
