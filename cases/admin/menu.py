"""What the sidebar and the bar ask of this room."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from cases.domain.desk import queues
from config import desk_frame
from config.admin import actor_for
from incidents.domain import rota

COUNTED = (*(name for name in queues.QUEUES if name != "all"), "urgent", "incidents", "alerts")


@desk_frame.lists.answered_by
def lists(*, request: HttpRequest) -> dict[str, QuerySet[Any]]:
    return queues.lists(actor=actor_for(request), at=timezone.now(), names=COUNTED)


@desk_frame.on_desk.answered_by
def on_desk(*, at: datetime) -> QuerySet[Any]:
    return rota.name_on_desk(at=at)
