"""The bar on top of every desk page: is the timer alive, who has the desk today."""

from datetime import datetime
from typing import Any

from django.utils.functional import cached_property

from config.models import Heartbeat
from config.questions import Question

on_desk = Question("config.desk_bar.on_desk")
"""`on_desk.ask_one(at=) -> User | None`: the person who orchestrates today."""

LATE_AFTER = 60  # seconds without a tick: then /healthz/ready says so, too


class Bar:
    """Nothing is asked before it is drawn."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    @cached_property
    def on_desk(self) -> Any:
        return on_desk.ask_one(at=self.at) if on_desk.answers else None

    @cached_property
    def ticked_at(self) -> datetime | None:
        return Heartbeat.objects.filter(name="sweep").values_list("at", flat=True).first()

    @property
    def seconds_since_tick(self) -> int | None:
        return None if self.ticked_at is None else max(0, int((self.at - self.ticked_at).total_seconds()))

    @property
    def timer_late(self) -> bool:
        return self.seconds_since_tick is None or self.seconds_since_tick > LATE_AFTER
