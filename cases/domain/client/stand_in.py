"""Trying the desk out: somebody who reads a mail on the Sent page answers it as the client would."""

from __future__ import annotations

from datetime import datetime

from cases.domain import talking
from cases.domain.client import copies
from cases.models import Case
from tenants.domain.actors import Actor, actor_of_requester
from tenants.models import Requester


def reader_of_mail(*, case_id: int | None, address: str, actor: Actor) -> tuple[Case, Requester] | None:
    """The case that the mail was about and to whom it went, if `actor` may see it and that one may answer: who asked,
    or who gets copies.
    """
    case = Case.objects.visible_to(actor).select_related("requester").filter(pk=case_id).first()
    if case is None:
        return None
    readers = [case.requester, *copies.readers_of(case.pk)]
    reached = (one for one in readers if one.anonymised_at is None and one.email.lower() == address.lower())
    reader = next(reached, None)
    return None if reader is None else (case, reader)


def answer_as(*, case: Case, reader: Requester, body: str, at: datetime) -> None:
    talking.add_interaction(
        case_id=case.pk, kind="message", public=True, body=body, by=actor_of_requester(reader), at=at
    )
