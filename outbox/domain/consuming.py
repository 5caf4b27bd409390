"""Who hears what. Consumers live in a room's receivers.py, imported by its AppConfig.ready()."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured

Function = TypeVar("Function", bound=Callable[..., None])


@dataclass(frozen=True, kw_only=True)
class EventValue:
    id: int
    name: str
    tenant_id: int | None
    payload: dict[str, Any]
    at: datetime
    key: str
    cause: int | None = None  # the event that led to this one


OrderingKey = Callable[[EventValue], str]
Condition = Callable[[EventValue], bool]
Moment = Callable[[EventValue], datetime]


@dataclass(frozen=True, kw_only=True)
class Consumer:
    name: str
    event_name: str
    function: Callable[..., None]
    ordering_key: OrderingKey | None
    batch_size: int | None
    when: Condition | None = None
    not_before: Moment | None = None

    def wants(self, event: EventValue) -> bool:
        return self.when is None or self.when(event)

    def due_at(self, event: EventValue) -> datetime:
        return event.at if self.not_before is None else self.not_before(event)

    def key_for(self, event: EventValue) -> str:
        return event.key if self.ordering_key is None else self.ordering_key(event)

    def hear(self, events: list[EventValue], *, at: datetime) -> None:
        if self.batch_size is not None:
            self.function(events=events, at=at)
            return
        for event in events:
            self.function(event=event, at=at)


_consumers: dict[str, Consumer] = {}


def consumes(
    event_name: str, *, key: OrderingKey | None = None, when: Condition | None = None
) -> Callable[[Function], Function]:
    """Call `f(*, event, at)` once for each such event, in a transaction of its own, as the system.

    Events of one ordering key (the event's own unless `key` gives another) are heard one after the other; one that
    keeps failing holds back only later ones of this consumer and key. `when` is asked as the event is published, and
    knows only what the event itself says: for what it turns down there is nothing to do and no row.
    """
    return _registering(event_name, key=key, batch_size=None, when=when)


def consumes_batch(
    event_name: str,
    *,
    size: int = 200,
    key: OrderingKey | None = None,
    when: Condition | None = None,
    not_before: Moment | None = None,
) -> Callable[[Function], Function]:
    """Call `f(*, events, at)` with up to `size` events in one transaction; should that fail, one by one.

    An event that another one led to always comes alone: what follows from it can name its cause. `not_before` says, as
    the event is published, from when on it may be heard; later ones of its key wait behind it.
    """
    return _registering(event_name, key=key, batch_size=size, when=when, not_before=not_before)


def _registering(
    event_name: str,
    *,
    key: OrderingKey | None,
    batch_size: int | None,
    when: Condition | None,
    not_before: Moment | None = None,
) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        name = f"{function.__module__}.{function.__qualname__}"
        if name in _consumers:
            raise ImproperlyConfigured(f"{name} consumes {_consumers[name].event_name} already; one event a consumer")
        _consumers[name] = Consumer(
            name=name,
            event_name=event_name,
            function=function,
            ordering_key=key,
            batch_size=batch_size,
            when=when,
            not_before=not_before,
        )
        return function

    return register


def consumers_of(event_name: str) -> list[Consumer]:
    return [consumer for consumer in _consumers.values() if consumer.event_name == event_name]


def consumer_named(name: str) -> Consumer | None:
    """None when the code that once heard this is gone."""
    return _consumers.get(name)


def who_hears_what() -> dict[str, list[str]]:
    heard: dict[str, list[str]] = {}
    for consumer in sorted(_consumers.values(), key=lambda one: (one.event_name, one.name)):
        heard.setdefault(consumer.event_name, []).append(consumer.name)
    return heard


@contextmanager
def other_consumers() -> Iterator[None]:
    """Inside, nobody hears anything but who registers there."""
    kept = dict(_consumers)
    _consumers.clear()
    try:
        yield
    finally:
        _consumers.clear()
        _consumers.update(kept)
