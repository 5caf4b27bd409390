"""What may stand in the fields of a case that people write. Each function returns the clean value or raises Invalid."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cases.enums import Level, Severity
from cases.models import Category
from config.errors import Invalid, Unknown

MOST = 50  # entries of a list
TELEMETRY_BYTES = 64 * 1024
DESCRIPTION_LENGTH = 100_000  # characters


def subject(text: str) -> str:
    clean = " ".join(text.split())
    if not clean:
        raise Invalid(_("Say in a few words what it is about."), field="subject", code="required")
    if len(clean) > 500:
        raise Invalid(_("At most 500 characters."), field="subject", code="max_length")
    return clean


def text(value: str, *, field: str, longest: int) -> str:
    if len(value) > longest:
        raise Invalid(
            _("At most %(most)s characters.") % {"most": number_format(longest, force_grouping=True)},
            field=field,
            code="max_length",
        )
    return value.strip()


def severity(value: str) -> str:
    clean = value.strip().lower()
    if clean and clean not in Severity.values:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(Severity.values)}, field="severity")
    return clean


def level(value: str, *, field: str = "level") -> str:
    if value not in Level.values:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(Level.values)}, field=field)
    return value


def words(values: Iterable[str], *, field: str, longest: int) -> list[str]:
    """Each once, in the order given."""
    clean = list(dict.fromkeys(value.strip() for value in values))
    if len(clean) > MOST or any(not value or len(value) > longest for value in clean):
        raise Invalid(
            _("Up to %(most)s, each of 1 to %(longest)s characters.") % {"most": MOST, "longest": longest}, field=field
        )
    return clean


def links(values: Iterable[str], *, field: str) -> list[str]:
    clean = words(values, field=field, longest=2000)
    if any(not _is_web_address(value) for value in clean):
        raise Invalid(_("Web addresses only (https://…)."), field=field)
    return clean


def telemetry(value: Mapping[str, Any] | None) -> dict[str, Any]:
    found = dict(value or {})
    if len(json.dumps(found)) > TELEMETRY_BYTES:
        raise Invalid(_("At most %(n)s KiB.") % {"n": TELEMETRY_BYTES // 1024}, field="telemetry", code="max_length")
    return found


def category(value: str | int | None) -> Category | None:
    """By slug or id; a merged one stands for what it was merged into."""
    if value in (None, ""):
        return None
    by_id = isinstance(value, int)
    found = Category.objects.select_related("merged_into").filter(**{"pk" if by_id else "slug": value}).first()
    if found is None:
        raise Unknown(_("category"), field="category")
    return found.merged_into or found


#: The properties that people describe a case with, each with what makes its value fit to be kept.
CLEAN: dict[str, Callable[[Any], Any]] = {
    "subject": subject,
    "description": lambda value: text(value, field="description", longest=DESCRIPTION_LENGTH),
    "severity": severity,
    "impact": lambda value: text(value, field="impact", longest=200),
    "category": category,
    "tags": lambda value: words(value, field="tags", longest=80),
    "error_ids": lambda value: words(value, field="error_ids", longest=200),
    "trace_links": lambda value: links(value, field="trace_links"),
    "telemetry": telemetry,
    "needed_by": lambda value: value,
}


def clean(given: Mapping[str, Any]) -> dict[str, Any]:
    """Raises Invalid for a name that is not described here, too."""
    unknown = set(given) - set(CLEAN)
    if unknown:
        raise Invalid(_("This can't be edited here."), field=min(unknown), code="unknown-field")
    return {name: CLEAN[name](value) for name, value in given.items()}


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
