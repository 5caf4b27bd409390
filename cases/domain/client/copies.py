"""Copies of what we say publicly, to those at the client's who get them."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, QuerySet

from cases.domain import sending
from cases.domain.changing import Change
from cases.domain.client.mail import message_to
from cases.enums import ParticipantKind
from cases.models import Participant
from config.kept_statements import Given, Kept
from outbox.domain.delivering import send
from tenants.models import Requester


def readers_of(case_id: int) -> list[Requester]:
    """Who gets copies, in the order in which they came; not who has been removed."""
    return [one.requester for one in COPIED.rows(case=case_id) if one.requester is not None]


def _copied(given: Given) -> QuerySet[Participant]:
    copied = Participant.objects.filter(kind=ParticipantKind.CC, requester__anonymised_at=None)
    return copied.filter(case_id=given("case", BigIntegerField())).select_related("requester").order_by("pk")


COPIED = Kept(_copied)


def send_copies(change: Change, body: str) -> dict[str, Any]:
    """What the timeline keeps of it: the ids of the mails and the names, {} where nobody gets one."""
    case = change.case
    readers = readers_of(case.pk)
    context = {"body": body, "author": change.by.name, "asked": case.requester.name}
    messages = [
        message_to(
            one,
            case,
            template="copy",
            automated=not change.by.is_person,
            at=change.at,
            held_for=sending.held_for(change),
            context=context,
        )
        for one in readers
    ]
    sent = send(messages=messages)
    if not sent:
        return {}
    return {"copies": [one.pk for one in sent if one.settled_at is None], "copied": [one.name for one in readers]}
