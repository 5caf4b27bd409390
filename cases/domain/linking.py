"""Two cases of a client that have to do with each other. Nothing of theirs changes; each says it of the other."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cases.domain.changing import changing_all
from cases.domain.locking import require_version
from cases.domain.tying import both, the_two, tied, untied
from cases.enums import InteractionKind, TieKind
from cases.models import CaseTie
from config.errors import Absent
from tenants.domain.actors import Actor
from tenants.enums import Right


def relate(*, case_id: int, other_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> CaseTie:
    """Linking twice changes nothing. Raises Absent, Forbidden, Stale; Invalid (`case`) for itself, another tenant's."""
    with changing_all(case_ids={case_id, other_id}, by=by, at=at) as changes:
        case, other = the_two(changes, case_id, other_id, field="case", expected_version=expected_version)
        first, second = sorted((case, other), key=lambda change: change.case.pk)
        known = CaseTie.objects.standing().filter(case=first.case, other=second.case, kind=TieKind.RELATED).first()
        if known is not None:
            return known
        tie = tied(CaseTie(), TieKind.RELATED, first, second.case)
        for one, its in ((case, other), (other, case)):
            one.say(
                InteractionKind.SYSTEM,
                f"{its.case.reference} {its.case.subject} linked as related",
                data={"related": its.case.pk},
            )
        case.tell("cases.case-linked", other_id=other_id, by=by.label)
    return tie


def unrelate(*, tie: CaseTie, of: int, by: Actor, at: datetime, expected_version: int | None = None) -> None:
    """At any time: what was linked is no more. `expected_version` is that of the case `of`."""
    with changing_all(case_ids={tie.case_id, tie.other_id}, by=by, at=at) as changes:
        case, other = both(changes, tie.case_id, tie.other_id)
        case.require(Right.WORK_CASES)
        require_version(changes[of].case, expected_version)
        tie.refresh_from_db(fields=["undone_at"])
        if tie.undone_at is not None:
            raise Absent(_("This link is gone already."))
        for one, its in ((case, other), (other, case)):
            one.say(InteractionKind.SYSTEM, f"{its.case.reference} unlinked", data={"unrelated": its.case.pk})
        case.tell("cases.case-unlinked", other_id=tie.other_id, by=by.label)
        untied(tie, by=by, at=at)
