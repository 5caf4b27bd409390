"""What people of the demo fill in beside talking: two fields of the desk's own, a checklist, the time they spent.

No chance is asked here, so that the stories stay the ones that they were: what differs comes from the moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cases.models import Category, ChecklistTemplate, CustomField

# key, label, kind, help, choices, required to resolve, category
FIELDS: list[tuple[str, str, str, str, list[str], bool, str]] = [
    ("affected", "People affected", "number", "As the client counts them", [], False, ""),
    (
        *("cause", "Cause", "choice", "What made it slow or stop"),
        *(["Quota", "Configuration", "Our release", "Client's side", "Not found"], True, "ingestion"),
    ),
]
CHECKLIST = ("Sign-in trouble", "access", ["Ask which identity provider", "Compare the clocks", "Read the SSO trace"])
CAUSES = {"ingestion": "Quota"}  # by category

Told = tuple[str, dict[str, Any]]  # an act and its words


def furnish() -> None:
    for place, (key, label, kind, help_text, choices, required, slug) in enumerate(FIELDS, 1):
        made = CustomField.objects.create(
            key=key,
            label=label,
            kind=kind,
            help=help_text,
            choices=choices,
            required_to_resolve=required,
            position=10 * place,
        )
        made.categories.set(Category.objects.filter(slug=slug))
    name, slug, steps = CHECKLIST
    ChecklistTemplate.objects.create(
        name=name, for_category=Category.objects.get(slug=slug), steps=steps, by_itself=True
    )


def at_work(category: str, at: datetime) -> Iterator[Told]:
    """What is done as the work begins."""
    if at.minute % 3 == 0:
        yield "fill", {"fields": {"affected": 1 + at.minute * (1 + at.hour % 4)}}
    if category == CHECKLIST[1]:
        yield "tick", {"steps": 1 + at.minute % 3}


def in_the_end(at: datetime) -> Iterator[Told]:
    yield "book", {"minutes": 10 + at.minute % 7 * 10, "note": "Looked into it" if at.minute % 2 else ""}


def asked_of(category: str) -> dict[str, Any]:
    """What resolving a case of this category asks for."""
    return {"fields": {"cause": CAUSES[category]}} if category in CAUSES else {}
