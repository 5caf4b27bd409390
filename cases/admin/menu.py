"""What the sidebar and the bar ask of this room."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from cases.domain.desk import queues, views
from cases.domain.desk.lists import VIEW
from cases.domain.people import inbox
from cases.models import SavedView
from config import desk_frame
from config.admin import actor_for, user_may
from incidents.domain import rota

COUNTED = (*(name for name in queues.QUEUES if name != "all"), "urgent", "incidents", "alerts")


@desk_frame.lists.answered_by
def lists(*, request: HttpRequest) -> dict[str, QuerySet[Any]]:
    actor, at = actor_for(request), timezone.localtime()
    counted = queues.lists(actor=actor, at=at, names=COUNTED)
    counted["inbox"] = inbox.unread(actor).order_by("-pk")
    return counted | views.counted(saved_views(request), actor=actor, at=at)


@desk_frame.sights.answered_by
def sight(*, request: HttpRequest) -> str:
    """Of lines that people keep: a view that was changed holds other cases."""
    return ",".join(f"{view.pk}@{view.changed_at.timestamp()}" for view in saved_views(request))


@desk_frame.pages.answered_by
def pages(*, request: HttpRequest) -> list[desk_frame.ListPage]:
    return [
        desk_frame.ListPage(f"{VIEW}{view.pk}", view.name, reverse("desk:view", args=[view.pk]))
        for view in saved_views(request)
    ]


def saved_views(request: HttpRequest) -> list[SavedView]:
    """Those that stand in the reader's sidebar; read once a request."""
    if not hasattr(request, "saved_views"):
        readers = user_may(request, "see_cases")
        found = views.in_the_sidebar(views.views_for(actor_for(request))) if readers else []
        request.saved_views = found  # type: ignore[attr-defined]
    return request.saved_views  # type: ignore[attr-defined, no-any-return]


@desk_frame.on_desk.answered_by
def on_desk(*, at: datetime) -> QuerySet[Any]:
    return rota.name_on_desk(at=at)
