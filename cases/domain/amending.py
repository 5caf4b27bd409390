"""Several properties of a case changed as one: all of them or none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases.domain.editing import edit_case
from cases.domain.ownership import assign
from cases.domain.priorities import change_priority, change_tier
from cases.domain.reading import case_detail
from cases.models import Case
from config.db import unit_of_work
from tenants.domain.actors import Actor

DOORS_OF_THEIR_OWN = ("tier", "priority", "owner_id")


def amend_case(
    *,
    case_id: int,
    changes: Mapping[str, Any],
    reason: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    """`changes`: names that `edit_case` takes, and `priority`, `tier`, `owner_id` (None: nobody), which have doors of
    their own and share `reason`. Raises what those doors raise; then nothing was changed.
    """
    plain = {name: value for name, value in changes.items() if name not in DOORS_OF_THEIR_OWN}
    who: dict[str, Any] = {"case_id": case_id, "by": by, "at": at}
    with unit_of_work(by.label):
        edit_case(changes=plain, expected_version=expected_version, **who)
        if "tier" in changes:
            change_tier(tier=changes["tier"], reason=reason, **who)
        if "priority" in changes:
            change_priority(priority=changes["priority"], reason=reason, **who)
        if "owner_id" in changes:
            assign(owner_id=changes["owner_id"], reason=reason, **who)
        return case_detail(case_id=case_id, actor=by)
