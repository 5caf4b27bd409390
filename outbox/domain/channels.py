"""The ways out of the building, by name. A channel is opened for a round and sends many messages.

@channel("mail")
@contextmanager
def mail():
    yield send          # send(message) -> how it left, a word for the Sent page
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a delivery says. `key` and `message_id` are the same in every attempt."""

    key: UUID
    message_id: str
    to: str
    reply_to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    automated: bool


class NotSent(Exception):
    """It did not leave, and may later."""


class RefusedForGood(Exception):
    """It will never be taken as it is: trying again is useless."""


Send = Callable[[Message], str]
Channel = Callable[[], AbstractContextManager[Send]]

_channels: dict[str, Channel] = {}


def channel(name: str) -> Callable[[Channel], Channel]:
    def register(opens: Channel) -> Channel:
        if name in _channels:
            raise ImproperlyConfigured(f"There are two channels named {name}")
        _channels[name] = opens
        return opens

    return register


def channel_named(name: str) -> Channel | None:
    return _channels.get(name)
