"""Mail to the one of us whose turn it is: of a new case, and of a client's word on what nobody owns.

Who owns a case is told of what happens on it by notices, as they chose (`cases.domain.people`).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import Truncator

from cases.enums import ADDRESSED, Move, SpokenBy
from cases.models import Case, Interaction, Transition
from incidents.domain import rota
from outbox.domain.delivering import send_mail
from tenants.domain.access import access_of
from tenants.enums import Right
from tenants.models import User

EXCERPT = 2000  # characters of what was said


def tell_of_case(*, case_id: int, at: datetime) -> None:
    """A case has come in. Who opened it needs no word of it."""
    case = _cases().get(pk=case_id)
    opened = Transition.objects.filter(case=case, move=Move.OPEN).first()
    _tell(case, template="desk_new", body=case.description, author=opened.by_label if opened else "", at=at)


def is_a_clients_word(*, kind: str, by_kind: str) -> bool:
    """The client wrote, or one of us wrote down what they said. What was said by anybody else tells nobody."""
    return by_kind == SpokenBy.CUSTOMER and kind in ADDRESSED


def tell_of_word(*, interaction_id: int, at: datetime) -> None:
    """Of a client's word only, and where nobody owns the case: an owner has a notice of it."""
    word = Interaction.objects.get(pk=interaction_id)
    if not is_a_clients_word(kind=word.kind, by_kind=word.by_kind):
        return
    if "continued_in" in word.data:  # the new case that it continues in tells of itself
        return
    case = _cases().get(pk=word.case_id)
    if case.owner is not None and _may_read(case.owner, case, at=at):
        return
    _tell(
        case,
        template="desk_wrote",
        body=word.body,
        name=word.actor_name,
        author=word.data.get("entered_by", ""),
        at=at,
    )


def _cases() -> QuerySet[Case]:
    return Case.objects.select_related("tenant", "requester", "owner")


def _tell(case: Case, *, template: str, body: str, name: str = "", author: str, at: datetime) -> None:
    """`template` names a text in templates/cases/mail/ whose first line is the subject."""
    person = _whose_turn(case, at=at)
    if person is None or author == f"user:{person.pk}":
        return
    words = {
        "case": case,
        "name": name or case.requester.name,
        "body": Truncator(body).chars(EXCERPT),
        "link": settings.DESK_URL + reverse("desk:case", args=[case.pk]),
    }
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        subject, _, text = render_to_string(f"cases/mail/{template}.txt", words).strip().partition("\n")
    send_mail(
        to=person.email,
        subject=f"[{case.reference}] {subject}",
        text=text.strip() + "\n",
        tenant_id=case.tenant_id,
        about_kind="case",
        about_id=case.pk,
        message_id_hint=f"case-{case.pk}",
        automated=True,
        at=at,
    )


def _whose_turn(case: Case, *, at: datetime) -> User | None:
    """An owner who has left, or sees the client no more, is nobody; so is anybody without an address."""
    if case.owner is not None and _may_read(case.owner, case, at=at):
        return case.owner
    on_desk = rota.on_desk(at=at)
    return on_desk if on_desk is not None and _may_read(on_desk, case, at=at) else None


def _may_read(person: User, case: Case, *, at: datetime) -> bool:
    reachable = person.is_active and bool(person.email)
    return reachable and access_of(person, at=at).can(Right.SEE_CASES, case.tenant_id)
