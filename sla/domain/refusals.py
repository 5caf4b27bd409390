"""What the engine refuses. `code` is the one of the simulator's answers; the message is fit for who asked."""

from typing import ClassVar

from config.errors import Invalid


class TimeRefused(Invalid):
    default_code: ClassVar[str] = "bad-question"

    def __init__(self, message: str) -> None:
        super().__init__(message, code=self.default_code)


class BadQuestion(TimeRefused):
    """A shape, type or number that nothing can be made of."""


class BadTime(TimeRefused):
    default_code = "bad-time"


class BadPause(TimeRefused):
    default_code = "bad-pause"


class BadEvents(TimeRefused):
    default_code = "bad-events"


class CalendarError(TimeRefused):
    default_code = "bad-calendar"


class NeverOpens(TimeRefused):
    default_code = "never-opens"


class TooFar(TimeRefused):
    """Beyond the 60 years that the engine looks ahead or back."""

    default_code = "too-far"
