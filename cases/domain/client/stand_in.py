"""Trying the desk out: somebody who reads a mail on the Sent page answers it as the client would."""

from __future__ import annotations

from datetime import datetime

from cases.domain import talking
from cases.models import Case
from tenants.domain.actors import Actor, actor_of_requester


def case_of_mail(*, case_id: int | None, address: str, actor: Actor) -> Case | None:
    """The case that the mail was about, if `actor` may see it and it went to the case's requester."""
    return (
        Case.objects.visible_to(actor)
        .select_related("requester")
        .filter(pk=case_id, requester__email__iexact=address, requester__anonymised_at=None)
        .first()
    )


def answer_as_requester(*, case: Case, body: str, at: datetime) -> None:
    talking.add_interaction(
        case_id=case.pk, kind="message", public=True, body=body, by=actor_of_requester(case.requester), at=at
    )
