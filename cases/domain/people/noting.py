"""Who may speak among ourselves on a case: who works it, and who only reads it but was added to note."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db.models import Q

from cases.enums import ParticipantKind
from cases.models import Participant
from tenants.domain.actors import Actor
from tenants.enums import Right

if TYPE_CHECKING:
    from cases.domain.changing import Change


def require_noting(change: Change) -> None:
    """Forbidden for who neither works the case nor was added to it, or to the merged one that they named, to note."""
    case = change.case
    if change.by.can(Right.WORK_CASES, case.tenant_id):
        return
    if not is_noter({case.pk, change.said_to or case.pk}, by=change.by):
        change.require(Right.WORK_CASES)


def is_noter(case_ids: Collection[int], *, by: Actor) -> bool:
    """A person alone: what a program says in somebody's name is no note of theirs."""
    return by.is_person and Participant.objects.filter(_of(by), case__in=case_ids).exists()


def noted_by(participants: Collection[dict[str, object]], *, by: Actor) -> bool:
    """As `is_noter`, out of what `told_of_participants` tells of the case: no statement."""
    return by.is_person and any(
        one["kind"] == ParticipantKind.NOTER and one["user_id"] == by.user_id for one in participants
    )


def _of(by: Actor) -> Q:
    return Q(kind=ParticipantKind.NOTER, user_id=by.user_id)
