from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class SendReply(Protocol):
    def __call__(self, *, body: str, at: datetime) -> str:
        """Do it; the address of the page that shows what came of it."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer that may be given in the recipient's stead: the button's words and the door behind it."""

    label: str
    send: SendReply
