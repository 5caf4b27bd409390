"""The bar on top of every desk page: is the timer alive, who has the desk today, what the reader has not read."""

from datetime import datetime

from config.desk_frame import Frame, shown_count

LATE_AFTER = 60  # seconds without a tick: then /healthz/ready says so, too


class Bar:
    """Nothing is asked before it is drawn."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.at = frame.at

    @property
    def on_desk(self) -> str | None:
        """A person's name."""
        return self.frame.told.get("on desk")

    @property
    def unread(self) -> str:
        """What the reader has been told of and not read, in words ('99+'); empty for nothing."""
        return shown_count(self.frame.told.get("inbox", 0))

    @property
    def ticked_at(self) -> datetime | None:
        return self.frame.told["ticked at"]

    @property
    def seconds_since_tick(self) -> int | None:
        return None if self.ticked_at is None else max(0, int((self.at - self.ticked_at).total_seconds()))

    @property
    def timer_late(self) -> bool:
        return self.seconds_since_tick is None or self.seconds_since_tick > LATE_AFTER
