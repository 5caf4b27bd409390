"""Who takes part in a case beside requester and owner: the client's people who get copies, our people who follow,
those of ours who only read there and may note.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext as _

from cases.domain import addresses
from cases.domain.changing import Change, changing
from cases.domain.locking import not_here
from cases.domain.people.colleagues import reached
from cases.enums import InteractionKind, ParticipantKind
from cases.models import Case, Participant
from config.db import unit_of_work
from config.errors import Absent, Forbidden, Invalid, Refused, Unknown
from config.inserting import insert
from tenants.domain import requesters
from tenants.domain.access import access_of
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Contact, Requester, User
from tenants.models.user import name_of

AT_MOST = 20  # of each sort on one case
SUGGESTED = 200  # of the client's people
NO_MORE = {
    ParticipantKind.CC: "gets copies no more",
    ParticipantKind.FOLLOWER: "follows no more",
    ParticipantKind.NOTER: "may note here no more",
}


def told_of_participants() -> dict[str, Any]:
    """A column of a case: [{id, kind, name, email, user_id, requester_id}], in the order in which they came."""
    shown = JSONObject(
        id="pk",
        kind="kind",
        user_id="user_id",
        requester_id="requester_id",
        name=Coalesce(F("requester__name"), name_of("user")),
        email=Coalesce(F("requester__email"), Value("")),
    )
    of_it = Participant.objects.filter(case=OuterRef("pk")).order_by("pk")
    return {"participants_shown": ArraySubquery(of_it.values_list(shown, flat=True))}


def of_case(case: Case, *, actor: Actor) -> QuerySet[Participant]:
    """In the order in which they came, with their names; none for a client."""
    mine = Participant.objects.visible_to(actor).filter(case=case)
    return mine.select_related("requester", "user").order_by("pk")


def copy_to(
    *,
    case_id: int,
    email: str,
    stranger: bool = False,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Participant:
    """From now on this address gets copies of what we say publicly, reads the public part and may answer.

    It is a requester's or a contact's of the case's tenant. Anybody else's is refused (Invalid, `stranger`) unless
    `stranger` says that it is meant; they become a requester of the tenant who sees this case alone. One of us is
    refused (`colleague`). Whoever gets copies already is answered as they are.
    """
    address = requesters.checked_email(email)
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        _require_its_own(change.case)
        reader = _reader(change, address, stranger=stranger)
        known = Participant.objects.filter(case_id=case_id, requester=reader).first()
        if known is not None:
            return known
        return _add(change, ParticipantKind.CC, requester=reader)


def follow(*, case_id: int, user_id: int | None = None, by: Actor, at: datetime) -> Participant:
    """One follows it oneself, or has a colleague follow it (`user_id`). Following already changes nothing.

    Who follows by themselves needs to see it; whom somebody else adds must see it, too, and be in their reach: Invalid
    and Forbidden otherwise. It is no change of the case: its version stays.
    """
    case, own_id = _of_us(case_id, by=by)
    if user_id is None or user_id == own_id:
        person = User.objects.get(pk=own_id)
    else:
        by.require(Right.WORK_CASES, tenant_id=case.tenant_id)
        _require_its_own(case)
        person = reached(User.objects.filter(pk=user_id), case=case, by=by, at=at, field="user")[0]
    with unit_of_work(by.label):
        of_it = Participant.objects.filter(case=case, kind=ParticipantKind.FOLLOWER)
        if of_it.count() >= AT_MOST:
            raise Refused(
                _("%(case)s has %(most)s followers already.") % {"case": case.reference, "most": AT_MOST},
                code="too-many",
            )
        row = Participant(
            case=case,
            tenant_id=case.tenant_id,
            kind=ParticipantKind.FOLLOWER,
            user=person,
            added_at=at,
            added_by=by.label,
        )
        Participant.objects.bulk_create([row], ignore_conflicts=True)
        return of_it.get(user=person)


def let_note(
    *, case_id: int, user_id: int, by: Actor, at: datetime, expected_version: int | None = None
) -> Participant:
    """From now on a colleague who sees the client but does not work its cases may write notes on this one, and go on in
    its side talks; no reply, no move. Who may already is answered as they are.

    Invalid (`works-already`) for one who works the client's cases: there is nothing to add to that.
    """
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        case = change.case
        _require_its_own(case)
        [person] = reached(User.objects.filter(pk=user_id), case=case, by=by, at=at, field="user")
        if access_of(person, at=at).can(Right.WORK_CASES, case.tenant_id):
            raise Invalid(
                _("%(name)s works cases of %(tenant)s already.") % {"name": person, "tenant": case.tenant.name},
                field="user",
                code="works-already",
            )
        noters = Participant.objects.filter(case=case, kind=ParticipantKind.NOTER)
        known: Participant | None = noters.filter(user=person).first()
        return known or _add(change, ParticipantKind.NOTER, user=person)


def unfollow(*, case_id: int, by: Actor, at: datetime) -> None:
    """One follows it no more oneself; not following it changes nothing."""
    case, own_id = _of_us(case_id, by=by)
    with unit_of_work(by.label):
        Participant.objects.filter(case=case, user_id=own_id, kind=ParticipantKind.FOLLOWER).delete()


def remove(*, case_id: int, participant_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> None:
    """Whoever it is takes part no more. Absent where they do not take part in this case."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        of_it = Participant.objects.filter(case_id=case_id).select_related("requester", "user")
        row = of_it.filter(pk=participant_id).first()
        if row is None:
            raise Absent(_("They do not take part in this case."))
        name = row.requester.name if row.requester is not None else str(row.user)
        change.say(InteractionKind.SYSTEM, f"{name} {NO_MORE[ParticipantKind(row.kind)]}")
        change.tell("cases.participant-removed", kind=row.kind, participant_id=row.pk, by=by.label)
        row.delete()


def _add(
    change: Change, kind: ParticipantKind, *, requester: Requester | None = None, user: User | None = None
) -> Participant:
    case = change.case
    if Participant.objects.filter(case=case, kind=kind).count() >= AT_MOST:
        raise Refused(
            _("%(case)s has %(most)s of them already.") % {"case": case.reference, "most": AT_MOST}, code="too-many"
        )
    [row] = insert(
        [
            Participant(
                case=case,
                tenant_id=case.tenant_id,
                kind=kind,
                requester=requester,
                user=user,
                added_at=change.at,
                added_by=change.by.label,
            )
        ]
    )
    gets = f"{requester.name} <{requester.email}> gets copies" if requester is not None else f"{user} may note here"
    change.say(InteractionKind.SYSTEM, gets)
    change.tell("cases.participant-added", kind=kind.value, participant_id=row.pk, by=change.by.label)
    return row


def _reader(change: Change, address: str, *, stranger: bool) -> Requester:
    case = change.case
    if address.lower() == case.requester.email.lower():
        raise Invalid(
            _("%(requester)s asked: every reply goes to them.") % {"requester": case.requester.name},
            field="email",
            code="requester",
        )
    known = Requester.objects.for_tenant(case.tenant_id).filter(email__iexact=address).first()
    if known is not None:
        if known.anonymised_at is not None:
            raise Unknown(_("person"), field="email")
        return known
    if addresses.is_ours(address):
        raise Invalid(
            _("%(address)s is one of us: have them follow the case.") % {"address": address},
            field="email",
            code="colleague",
        )
    contact = Contact.objects.for_tenant(case.tenant_id).filter(email__iexact=address).order_by("pk").first()
    if contact is None and not stranger:
        raise Invalid(
            _(
                "%(address)s is nobody we know at %(tenant)s. Confirm that they may read what we say to the "
                "client on this case."
            )
            % {"address": address, "tenant": case.tenant.name},
            field="email",
            code="stranger",
        )
    return requesters.find_or_create(
        tenant_id=case.tenant_id,
        email=address,
        name=contact.name if contact is not None else "",
        channel="copy",
        by=change.by,
        at=change.at,
    )


def _of_us(case_id: int, *, by: Actor) -> tuple[Case, int]:
    """The case and the number of the one of us who asks."""
    case: Case | None = Case.objects.visible_to(by).filter(pk=case_id).first()
    if case is None:
        raise not_here()
    if by.is_customer or by.user_id is None:
        raise Forbidden(_("Only our own people follow a case."))
    return case, by.user_id


def _require_its_own(case: Case) -> None:
    if case.merged_into_id is not None:
        raise Refused(
            _("%(case)s was merged into CASE-%(into)s: add them there.")
            % {"case": case.reference, "into": case.merged_into_id},
            code="merged",
        )


def known_people(case: Case, *, actor: Actor) -> list[tuple[str, str]]:
    """(address, name) of the client's people who might get copies, by name; not who asked."""
    asked = Requester.objects.visible_to(actor).for_tenant(case.tenant_id).filter(anonymised_at=None)
    found = dict(Contact.objects.visible_to(actor).for_tenant(case.tenant_id).values_list("email", "name"))
    found |= dict(asked.exclude(pk=case.requester_id).values_list("email", "name")[:SUGGESTED])
    return sorted(found.items(), key=lambda one: one[1].lower())
