"""What this room does when a lower one speaks, and what it answers when one asks.

A late word to a client is a call to whoever holds the hat; the rota says who is on call.
"""

from datetime import datetime
from typing import Any

from django.urls import reverse

from config.home import own_page
from incidents.domain import late_word, rota
from incidents.domain.next_word import KIND
from outbox.domain.consuming import EventValue, consumes
from sla.domain.recipients import on_call_now


def _promises_a_word(event: EventValue) -> bool:
    return bool(event.payload["kind"] == KIND)


@consumes("sla.clock-warned", when=_promises_a_word)
def remind_of_next_word(*, event: EventValue, at: datetime) -> None:
    _call(event, reached="warned", at=at)


@consumes("sla.clock-breached", when=_promises_a_word)
def call_for_late_word(*, event: EventValue, at: datetime) -> None:
    _call(event, reached="breached", at=at)


def _call(event: EventValue, *, reached: late_word.Reached, at: datetime) -> None:
    clock = event.payload
    late_word.call(clock_id=clock["clock_id"], generation=clock["generation"], reached=reached, at=at)


@on_call_now.answered_by
def people_on_call(*, at: datetime) -> list[int]:
    return [user.pk for user in rota.on_call(at=at)]


@own_page.answered_by
def status_page_of(*, user: Any) -> str | None:
    requester = getattr(user, "requester", None)
    return None if requester is None else reverse("status:tenant", args=[requester.tenant.slug])
