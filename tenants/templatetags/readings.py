"""How readings are written on the desk's pages."""

from typing import Any

from django import template

from tenants.enums import Health, SnapshotStatus
from tenants.pages.plot import TONES, number

register = template.Library()
OF_HEALTH = {Health.OK: "ok", Health.DEGRADED: "warn", Health.DOWN: "bad", Health.UNKNOWN: ""}
register.filter("reading", number)


@register.filter
def tone(status: str) -> str:
    """Of a snapshot's status, or of a resource's health."""
    return TONES[SnapshotStatus(status)] if status in SnapshotStatus.values else OF_HEALTH[Health(status)]


@register.filter
def coordinate(number: float, more: float = 0) -> str:
    """With a point whatever the reader's language."""
    return f"{number + more:g}"


@register.filter
def percent_wide(value: Any) -> str:
    """The width of a bar of a hundred."""
    return f"{max(0.0, min(100.0, float(value))):g}"
