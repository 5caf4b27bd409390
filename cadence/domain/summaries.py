"""L2's week: drafted by the desk on Friday at noon, edited and published by L2, read by L3."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import django_fsm as fsm
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _

from cadence.domain import level_week, summary_mail
from cadence.domain.calendar import SummaryWeek, summary_week_at
from cadence.enums import SummarySection, SummaryStatus
from cadence.models import LevelSummary, SummaryLine, SummaryReader
from cases.domain.people.colleagues import with_access
from cases.models import Case
from config.db import unit_of_work
from config.errors import Absent, DomainError, Forbidden, Invalid, Stale, TransitionRefused, Unknown
from outbox.domain.publish import publish as tell
from tenants.domain.access import Access
from tenants.domain.actors import SYSTEM, Actor, actor_of_user
from tenants.enums import Level, Right, Role
from tenants.models import User

logger = logging.getLogger(__name__)

LINES = 25  # drafted of a section
LONGEST = 500  # characters of a line


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    case_id: int
    section: str
    text: str


def draft_due(*, at: datetime) -> LevelSummary | None:
    """The last week that is over, where nobody has drafted it yet."""
    week = summary_week_at(at=at, zone=ZoneInfo(settings.DESK_TIME_ZONE))
    if LevelSummary.objects.filter(week=week.friday).exists():
        return None
    return draft(week=week, at=at)


def draft(*, week: SummaryWeek, at: datetime) -> LevelSummary:
    """There already: that one, unchanged."""
    with unit_of_work(SYSTEM.label):
        summary, new = LevelSummary.objects.get_or_create(
            week=week.friday,
            defaults={
                "covers_from": week.covers_from,
                "covers_to": week.covers_to,
                "publish_at": week.publish_at,
                "drafted_at": at,
            },
        )
        if new:
            SummaryLine.objects.bulk_create(_drafted(summary))
            tell(
                name="cadence.summary-drafted",
                tenant_id=None,
                payload={"summary_id": summary.pk, "week": week.friday.isoformat()},
                at=at,
            )
    return summary


def _drafted(summary: LevelSummary) -> list[SummaryLine]:
    time = {"start": summary.covers_from, "end": summary.covers_to}
    solved = level_week.resolved(SYSTEM, **time).order_by("priority", "resolved_at")[:LINES]
    handed = level_week.went_to_l3(SYSTEM, **time).select_related("case")[: LINES * 2]
    lines = [
        _line(summary, case, SummarySection.RESOLVED, f"{case.subject}: {case.resolution_summary}") for case in solved
    ]
    last_of = {step.case_id: step for step in handed}
    return lines + [
        _line(summary, step.case, SummarySection.TO_L3, f"{step.case.subject}: {step.reason}".removesuffix(": "))
        for step in list(last_of.values())[:LINES]
    ]


def _line(summary: LevelSummary, case: Case, section: str, text: str) -> SummaryLine:
    words = " ".join(text.split())
    text = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    return SummaryLine(summary=summary, case=case, tenant_id=case.tenant_id, section=section, text=text)


def edit(
    *,
    summary_id: int,
    texts: Mapping[int, str],
    added: NewLine | None = None,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> LevelSummary:
    """`texts` by a line's number; an empty one takes the line out, lines that are not named stay. Only lines of clients
    in whom they are of L2 or L3: of others Unknown.
    """
    with unit_of_work(by.label):
        summary = _locked(summary_id, by=by, expected_version=expected_version)
        _require_draft(summary)
        ours = {line.pk: line for line in _ours(summary, by)}
        if set(texts) - set(ours):
            raise Unknown(_("line"), field="texts")
        for pk, text in texts.items():
            _rewrite(ours[pk], text, by=by)
        if added is not None:
            _add(summary, added, by=by)
        _save(summary)
    return summary


def write(
    *,
    summary_id: int,
    texts: Mapping[int, str],
    added: NewLine | None,
    publish_now: bool,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> LevelSummary:
    """Edit and, with `publish_now`, publish in the same stroke: both happen or neither does."""
    with unit_of_work(by.label):
        summary = edit(summary_id=summary_id, texts=texts, added=added, by=by, at=at, expected_version=expected_version)
        if publish_now:
            summary = publish(summary_id=summary_id, by=by, at=at)
    return summary


def _rewrite(line: SummaryLine, text: str, *, by: Actor) -> None:
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise Invalid(_("A line has at most %(most)s characters.") % {"most": LONGEST}, field="texts")
    if not text:
        line.delete()
    elif text != line.text:
        line.text, line.written_by_id = text, by.user_id
        line.save(update_fields=["text", "written_by"])


def _add(summary: LevelSummary, new: NewLine, *, by: Actor) -> None:
    text = " ".join(new.text.split())
    if not text or len(text) > LONGEST:
        raise Invalid(_("A line has 1 to %(most)s characters.") % {"most": LONGEST}, field="text")
    if new.section not in SummarySection.values:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(SummarySection.values)}, field="section")
    case = Case.objects.visible_to(by, Right.ASSIGN_L3).filter(pk=new.case_id).first()
    if case is None:
        raise Unknown(_("case"), field="case")
    if SummaryLine.objects.filter(summary=summary, case=case, section=new.section).exists():
        there = _("%(case)s stands there already: change its line.") % {"case": case.reference}
        raise Invalid(there, field="case")
    SummaryLine.objects.create(
        summary=summary,
        case=case,
        tenant_id=case.tenant_id,
        section=new.section,
        text=text,
        written_by_id=by.user_id,
    )


def publish(*, summary_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> LevelSummary:
    """L3 is told: in the inbox and by mail, each of what they may see. By somebody of L2 or L3, or the desk itself."""
    with unit_of_work(by.label):
        summary = _locked(summary_id, by=by, expected_version=expected_version)
        try:
            summary._to_published(at=at, by_id=by.user_id)
        except fsm.TransitionNotAllowed:
            raise TransitionRefused(_("This week was published already."), allowed=[]) from None
        _save(summary, "status", "published_at", "published_by")
        readers = third_level(at=at)
        SummaryReader.objects.bulk_create(SummaryReader(summary=summary, user=user, told_at=at) for user in readers)
        for user in readers:
            summary_mail.send(summary, to=user, actor=actor_of_user(user, at=at), at=at)
        tell(
            name="cadence.summary-published",
            tenant_id=None,
            payload={"summary_id": summary.pk, "week": summary.week.isoformat(), "by": by.label},
            at=at,
        )
    return summary


def publish_due(*, at: datetime) -> list[LevelSummary]:
    """Whatever L2 has not published by its hour goes out as drafted: L3 hears of the week in any case."""
    published = []
    due = LevelSummary.objects.filter(status=SummaryStatus.DRAFT, publish_at__lte=at).order_by("week")
    for summary_id in due.values_list("pk", flat=True):
        try:
            published.append(publish(summary_id=summary_id, by=SYSTEM, at=at))
        except (DatabaseError, DomainError):
            logger.exception("the summary %s could not be published", summary_id)
    return published


def read(*, summary_id: int, by: Actor, at: datetime) -> None:
    """One of L3 has read it; again, or by anybody else, changes nothing."""
    if by.user_id is None:
        return
    with unit_of_work(by.label):
        SummaryReader.objects.filter(summary=summary_id, user_id=by.user_id, read_at=None).update(read_at=at)


def may_publish(by: Actor) -> bool:
    return by == SYSTEM or (by.is_person and by.access.any(Right.ASSIGN_L3))


def third_level(*, at: datetime) -> list[User]:
    """Those of L3 who see cases."""
    people = with_access(User.objects.filter(is_staff=True), at=at)
    return [person for person, access in people if _is_l3(person, access) and access.any(Right.SEE_CASES)]


def _is_l3(person: User, access: Access) -> bool:
    return person.level == Level.L3 or Role.L3 in access.roles


def _ours(summary: LevelSummary, by: Actor) -> list[SummaryLine]:
    return list(SummaryLine.objects.visible_to(by, Right.ASSIGN_L3).filter(summary=summary).order_by("pk"))


def _locked(summary_id: int, *, by: Actor, expected_version: int | None) -> LevelSummary:
    by.require_any(Right.SEE_CASES)
    rows = LevelSummary.objects.select_for_update(of=("self",), no_key=True)
    summary: LevelSummary | None = rows.filter(pk=summary_id).first()
    if summary is None:
        raise Absent(_("There is no such week."))
    if not may_publish(by):
        raise Forbidden(_("L3 reads what L2 publishes: L1 and the CS Lead tell L2."), code="no-way-to-l3")
    if expected_version not in (None, summary.version):
        raise Stale(_("Somebody changed this week meanwhile. Look again before you go on."))
    return summary


def _require_draft(summary: LevelSummary) -> None:
    if summary.status != SummaryStatus.DRAFT:
        raise TransitionRefused(_("A published week stands: it can't be changed."), allowed=[])


def _save(summary: LevelSummary, *fields: str) -> None:
    summary.version += 1
    summary.save(update_fields=[*fields, "version"])
