"""What the sidebar and the bar ask of this room."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from cases.domain.desk import queues
from config import desk_bar, desk_menu
from config.admin import actor_for
from incidents.domain import rota
from tenants.models import User

COUNTED = (*(name for name in queues.QUEUES if name != "all"), "urgent", "incidents", "alerts")


@desk_menu.counts.answered_by
def counts(*, request: HttpRequest) -> dict[str, int]:
    return queues.counts(actor=actor_for(request), at=timezone.now(), names=COUNTED, cap=desk_menu.COUNT_CAP + 1)


@desk_bar.on_desk.answered_by
def on_desk(*, at: datetime) -> User | None:
    person: Any = rota.on_desk(at=at)
    return person
