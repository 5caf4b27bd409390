"""The status page in the shape that Statuspage v2 clients read: ids as text, times in UTC, no list missing.

Components' names are unique, a resolved incident is not in the summary, and maintenance is the roll-up only while
nothing is wrong: real clients trip over each of these.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from incidents.domain.status_page import ComponentView, IncidentView, StatusPage
from incidents.models import IncidentUpdate

PAGE_ID = "companyosdsk"


def page(document: StatusPage) -> dict[str, Any]:
    return {
        "id": PAGE_ID,
        "name": "CompanyOS",
        "url": settings.DESK_URL + reverse("status:page"),
        "time_zone": "Etc/UTC",
        "updated_at": _time(document.as_of),
    }


def status(document: StatusPage) -> dict[str, str]:
    return {"indicator": document.indicator, "description": document.description}


def summary(document: StatusPage) -> dict[str, Any]:
    return {
        "page": page(document),
        "status": status(document),
        "components": components(document),
        "incidents": [incident(view) for view in document.open_incidents],
        "scheduled_maintenances": [],
    }


def components(document: StatusPage) -> list[dict[str, Any]]:
    """Groups first as rows of their own that list their children, then every component."""
    groups: dict[str, list[ComponentView]] = {}
    for view in document.components:
        if view.component.group:
            groups.setdefault(view.component.group, []).append(view)
    return [_group(name, views, place) for place, (name, views) in enumerate(groups.items(), 1)] + [
        component(view) for view in document.components
    ]


def component(view: ComponentView) -> dict[str, Any]:
    row = view.component
    return {
        "id": _id("c", row.pk),
        "name": row.name,
        "status": view.status.value,
        "created_at": _time(row.created_at),
        "updated_at": _time(row.updated_at),
        "position": row.position,
        "description": row.description or None,
        "showcase": False,
        "start_date": None,
        "group_id": _group_id(row.group) if row.group else None,
        "page_id": PAGE_ID,
        "group": False,
        "only_show_if_degraded": False,
    }


def incident(view: IncidentView) -> dict[str, Any]:
    row = view.incident
    updated_at = view.updates[0].published_at if view.updates else row.declared_at
    return {
        "id": _id("i", row.pk),
        "name": row.title,
        "status": row.status,
        "created_at": _time(row.declared_at),
        "updated_at": _time(updated_at),
        "monitoring_at": None,
        "resolved_at": _time(row.resolved_at) if row.resolved_at else None,
        "impact": view.impact,
        "shortlink": settings.DESK_URL + reverse("status:incident", args=[row.pk]),
        "started_at": _time(row.started_at),
        "page_id": PAGE_ID,
        "incident_updates": [_update(update, view) for update in view.updates],
        "components": [component(one) for one in view.components],
        "reminder_intervals": None,
    }


def words(update: IncidentUpdate) -> str:
    """An update in one paragraph, as clients read it."""
    if not update.doing:
        return update.seeing
    parts = [f"We are seeing: {update.seeing}", f"We are doing: {update.doing}"]
    if update.next_word:
        parts.append(f"We will tell you: {update.next_word}")
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts)


def _update(update: IncidentUpdate, view: IncidentView) -> dict[str, Any]:
    return {
        "id": _id("u", update.pk),
        "status": update.status,
        "body": words(update),
        "incident_id": _id("i", view.incident.pk),
        "created_at": _time(update.published_at),
        "updated_at": _time(update.published_at),
        "display_at": _time(update.published_at),
        "affected_components": [
            {
                "code": _id("c", one.component.pk),
                "name": one.component.name,
                "old_status": one.status.value,
                "new_status": one.status.value,
            }
            for one in view.components
        ]
        or None,
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _group(name: str, views: list[ComponentView], place: int) -> dict[str, Any]:
    first = component(views[0])
    return first | {
        "id": _group_id(name),
        "name": name,
        "status": min(views, key=lambda view: _RANK[view.status.value]).status.value,
        "position": place,
        "description": None,
        "group_id": None,
        "group": True,
        "components": [_id("c", view.component.pk) for view in views],
    }


_RANK = {
    "major_outage": 0,
    "partial_outage": 1,
    "degraded_performance": 2,
    "under_maintenance": 3,
    "operational": 4,
}


def _id(kind: str, pk: int) -> str:
    """Twelve characters, as clients expect: the kind's letter, then the key in base 36."""
    digits = ""
    while pk:
        pk, place = divmod(pk, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[place] + digits
    return kind + digits.rjust(11, "0")


def _group_id(name: str) -> str:
    return _id("g", int.from_bytes(name.encode()[:6].ljust(6, b"."), "big"))


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
