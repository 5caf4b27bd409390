"""Minutes of work on a case, by person. What is booked stays; a mistake is retracted and booked again.

Booking does not raise the case's version: a reply that somebody is writing is not held for it. Raises Absent,
Forbidden without the right to work the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from cases.domain import durations
from cases.domain.locking import locked, not_here
from cases.models import Case, TimeEntry
from config.db import unit_of_work
from config.errors import Absent, Forbidden, Invalid, Refused
from config.inserting import insert
from outbox.domain.publish import publish
from tenants.domain.actors import Actor
from tenants.enums import Right

SHOWN = 8  # newest entries on the case page
NOTE_LENGTH = 500  # characters
AT_MOST_AGO = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    pk: int
    minutes: int
    note: str
    worked_on: date
    user_id: int
    who: str

    @property
    def words(self) -> str:
        return durations.in_words(self.minutes)


def columns() -> dict[str, Any]:
    """Columns of a question about cases: the sum, and the newest entries that stand, for `of_column`."""
    of_case = TimeEntry.objects.filter(case=OuterRef("pk"))
    told = JSONObject(
        pk="pk",
        minutes="minutes",
        note="note",
        worked_on="worked_on",
        user_id="user_id",
        first="user__first_name",
        last="user__last_name",
        username="user__username",
    )
    standing = of_case.filter(retracts=None, retracted_by=None).order_by("-pk")[:SHOWN]
    total = of_case.order_by().values("case_id").annotate(total=Sum("minutes")).values("total")
    return {"minutes_spent": Subquery(total), "times": ArraySubquery(standing.values_list(told, flat=True))}


def of_column(told: Sequence[Mapping[str, Any]]) -> list[Booked]:
    return [
        Booked(
            pk=one["pk"],
            minutes=one["minutes"],
            note=one["note"],
            worked_on=date.fromisoformat(one["worked_on"]),
            user_id=one["user_id"],
            who=f"{one['first']} {one['last']}".strip() or one["username"],
        )
        for one in told
    ]


def entries(case: Case, *, actor: Actor) -> QuerySet[TimeEntry]:
    """All there are, retractions too, oldest first; the case has been found for the reader. None for a client."""
    found = TimeEntry.objects.filter(case_id=case.pk).select_related("user").order_by("pk")
    return found.none() if actor.is_customer else found


def book(*, case_id: int, minutes: int, worked_on: date, note: str = "", by: Actor, at: datetime) -> TimeEntry:
    """`worked_on` is a day of theirs: up to a year ago, not ahead. Only a person of ours spends time."""
    durations.checked(minutes, field="duration")
    clean = " ".join(note.split())
    if len(clean) > NOTE_LENGTH:
        raise Invalid(_("At most %(most)s characters.") % {"most": NOTE_LENGTH}, field="note", code="max_length")
    # A day ahead: it is tomorrow already where they are.
    if not at.date() - AT_MOST_AGO <= worked_on <= at.date() + timedelta(days=1):
        raise Invalid(_("A day of the last year, not one ahead."), field="worked_on")
    with unit_of_work(by.label):
        case = _case(case_id, by=by)
        if not by.is_person or by.user_id is None:
            raise Forbidden(_("Time is booked by the person who worked."))
        entry = TimeEntry(
            case=case,
            tenant_id=case.tenant_id,
            user_id=by.user_id,
            minutes=minutes,
            note=clean,
            worked_on=worked_on,
            booked_at=at,
            booked_by=by.label,
        )
        return _written(entry)


def retract(*, case_id: int, entry_id: int, by: Actor, at: datetime) -> TimeEntry:
    """One's own, or anybody's for who hands cases over. Twice: Refused (`retracted`)."""
    with unit_of_work(by.label):
        case = _case(case_id, by=by)
        entry = TimeEntry.objects.filter(pk=entry_id, case_id=case.pk, retracts=None).first()
        if entry is None:
            raise Absent(_("There is no such entry on this case."))
        if entry.user_id != by.user_id and not by.can(Right.HAND_OVER, case.tenant_id):
            raise Forbidden(_("You take back your own time; the lead anybody's."))
        if TimeEntry.objects.filter(retracts=entry).exists():
            raise Refused(_("This was taken back already."), code="retracted")
        taken_off = TimeEntry(
            case=case,
            tenant_id=case.tenant_id,
            user_id=entry.user_id,
            minutes=-entry.minutes,
            worked_on=entry.worked_on,
            booked_at=at,
            booked_by=by.label,
            retracts=entry,
        )
        return _written(taken_off)


def _case(case_id: int, *, by: Actor) -> Case:
    case = locked(by).filter(pk=case_id).first()
    if case is None:
        raise not_here()
    by.require(Right.WORK_CASES, tenant_id=case.tenant_id)
    return case


def _written(entry: TimeEntry) -> TimeEntry:
    insert([entry])
    publish(
        name="cases.time-booked",
        tenant_id=entry.tenant_id,
        payload={"case_id": entry.case_id, "entry_id": entry.pk, "minutes": entry.minutes, "by": entry.booked_by},
        at=entry.booked_at,
        key=f"case:{entry.case_id}",
    )
    return entry
