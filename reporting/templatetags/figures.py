"""Figures in templates, worded as everywhere else."""

from django import template

from cases.enums import ClockKind
from reporting.domain.telling import percent, span

register = template.Library()
register.filter("percent", percent)
register.filter("span", span)


@register.filter
def promise_name(kind: str) -> str:
    return str(ClockKind(kind).label)
