"""What a case is tied to among its client's: read for the faces, and taken back by its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cases.domain import linking, merging, splitting
from cases.domain.tying import WITHIN
from cases.enums import TieKind
from cases.models import Case, CaseTie
from config.errors import Absent
from tenants.domain.actors import Actor

ROLES = ("merged_into", "merged_from", "split_to", "split_from", "related")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTie:
    """From the side of one case. `role`: merged_into, merged_from, split_to, split_from or related."""

    tie: CaseTie
    role: str
    other: Case

    @property
    def tenant_id(self) -> int:
        return self.tie.tenant_id


def ties_of(case: Case, *, actor: Actor) -> QuerySet[CaseTie]:
    """Those that stand, oldest first, with both cases; a client sees none: a colleague's subject may tell a secret."""
    if actor.is_customer:
        return CaseTie.objects.none()
    of_it = Q(case_id=case.pk) | Q(other_id=case.pk)
    return CaseTie.objects.standing().filter(of_it).select_related("case", "other").order_by("pk")


def shown(tie: CaseTie, case: Case) -> ShownTie:
    mine = tie.case_id == case.pk
    role = {
        TieKind.MERGED: "merged_into" if mine else "merged_from",
        TieKind.SPLIT: "split_to" if mine else "split_from",
        TieKind.RELATED: "related",
    }[TieKind(tie.kind)]
    return ShownTie(tie=tie, role=role, other=tie.other if mine else tie.case)


def why_not_undone(tie: CaseTie, *, at: datetime) -> str:
    """Empty when taking it back may be offered; what else stands against it the door says."""
    if tie.kind != TieKind.RELATED and at - tie.made_at > WITHIN:
        return _("More than a day ago.")
    return ""


def untie(
    *, case_id: int, tie_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None
) -> None:
    """Take it back, whatever it is: a link, a split, a merge. Raises Absent where it is not of this case, or not for
    `by`; else what the door of its kind raises.
    """
    seen = Case.objects.visible_to(by).filter(pk=case_id)
    of_it = Q(case__in=seen) | Q(other__in=seen)
    tie = CaseTie.objects.standing().filter(of_it, pk=tie_id).first()
    if tie is None or by.is_customer:
        raise Absent(_("There is no such link here, or not for you."))
    who: dict[str, Any] = {"of": case_id, "by": by, "at": at, "expected_version": expected_version}
    if tie.kind == TieKind.RELATED:
        linking.unrelate(tie=tie, **who)
    elif tie.kind == TieKind.MERGED:
        merging.undo(tie=tie, reason=reason, **who)
    else:
        splitting.undo(tie=tie, reason=reason, **who)
