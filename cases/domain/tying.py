"""What merging, splitting and linking have in common: two cases of one tenant, and the tie that stands between them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from cases.domain.changing import Change
from cases.domain.locking import not_here, require_version
from cases.enums import TieKind
from cases.models import Case, CaseTie
from config.errors import Absent, Invalid, Refused, Unknown
from tenants.domain.actors import Actor
from tenants.enums import Right

WITHIN = timedelta(hours=24)  # a tie can be taken back


def the_two(
    changes: Mapping[int, Change], case_id: int, other_id: int, *, field: str, expected_version: int | None
) -> tuple[Change, Change]:
    """Both of one tenant and worked by the actor; `field` names the other one in what they sent."""
    change = changes.get(case_id)
    if change is None:
        raise not_here()
    change.require(Right.WORK_CASES)
    require_version(change.case, expected_version)
    if case_id == other_id:
        raise Invalid(
            _("%(case)s is this very case: name another one.") % {"case": change.case.reference},
            field=field,
            code="itself",
        )
    other = changes.get(other_id)
    if other is None or other.case.tenant_id != change.case.tenant_id:
        raise Unknown(_("other case of this tenant"), field=field)
    return change, other


def both(changes: Mapping[int, Change], case_id: int, other_id: int) -> tuple[Change, Change]:
    if case_id not in changes or other_id not in changes:
        raise not_here()
    return changes[case_id], changes[other_id]


def tied(tie: CaseTie, kind: TieKind, change: Change, other: Case) -> CaseTie:
    """Written down: who made it, and when."""
    tie.kind, tie.case, tie.other, tie.tenant_id = kind, change.case, other, change.case.tenant_id
    tie.made_at, tie.made_by, tie.maker_name = change.at, change.by.label, change.by.name[:200]
    tie.save(force_insert=True)
    return tie


def standing(tie: CaseTie, *, at: datetime) -> None:
    """Read again under the lock on its cases. Raises Absent where somebody was faster, Refused after a day."""
    tie.refresh_from_db(fields=["undone_at"])
    if tie.undone_at is not None:
        raise Absent(_("This was taken back already."))
    if at - tie.made_at > WITHIN:
        raise Refused(
            _("%(kind)s more than a day ago: it can't be taken back any more.") % {"kind": tie.get_kind_display()},
            code="cannot-take-back",
        )


def untied(tie: CaseTie, *, by: Actor, at: datetime) -> None:
    tie.undone_at, tie.undone_by = at, by.label
    tie.save(update_fields=["undone_at", "undone_by"])
