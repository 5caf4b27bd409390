"""Who of us is told of what happened on cases: once each, by what they chose, never of what they did themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.utils.text import Truncator

from cases.domain.people import notice_mail
from cases.domain.people.colleagues import with_access
from cases.domain.people.moments import mail_due_at
from cases.enums import NoticeEvent, NoticeScope, ParticipantKind
from cases.models import Case, Notice, NoticeChoice, Participant
from cases.models.notices import BELL, MAIL, cell
from config.inserting import insert
from tenants.domain.access import Access
from tenants.enums import Right
from tenants.models import User

EXCERPT = 200  # characters
LEVEL = NoticeScope.LEVEL.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """`by` is the label of who did it. `named`: whom it names, who hear of it as `naming` instead of as `event`.
    `read_by`: who has read it already.
    """

    event_id: int
    case_id: int
    at: datetime
    event: NoticeEvent
    by: str
    who: str
    words: str
    interaction_id: int | None = None
    side_talk_id: int | None = None
    named: tuple[int, ...] = ()
    naming: NoticeEvent = NoticeEvent.MENTION
    read_by: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Reason:
    event: NoticeEvent
    scope: str


def tell(*, happened: Sequence[Happened], at: datetime) -> list[Notice]:
    """Writes the notices, a fixed number of statements for all of them, and mails what is to be mailed at once."""
    cases = {case.pk: case for case in _cases({one.case_id for one in happened})}
    watching = _watching_levels({case.level for case in cases.values()}, {one.event for one in happened})
    reasons = [_reasons(one, cases[one.case_id], watching) for one in happened]
    people = _people({user_id for found in reasons for user_id in found}, at=at)
    notices = []
    for one, found in zip(happened, reasons, strict=True):
        for user_id, why in found.items():
            person, access = people.get(user_id, (None, None))
            if person is None or access is None or user_id in one.read_by:
                continue
            if access.can(Right.SEE_CASES, cases[one.case_id].tenant_id):
                notices += _notice(one, cases[one.case_id], person, why)
    insert(notices)
    for user_id in sorted({notice.user_id for notice in notices if _is_due(notice, at)}):
        notice_mail.send_to(user_id=user_id, at=at)
    return notices


def choice_of(person: User) -> NoticeChoice:
    """What they chose, or the usual; read along with the person."""
    chosen: NoticeChoice | None = getattr(person, "notice_choice", None)
    return chosen or NoticeChoice(user=person)


def mailed_at(person: User, name: str, *, at: datetime) -> datetime | None:
    """When they get by mail what a cell of their choice names; None: they have no address, or do not want it."""
    choice = choice_of(person)
    wanted = bool(person.email) and name in choice.cells
    return mail_due_at(choice, zone=person.time_zone, at=at) if wanted else None


def _cases(case_ids: Collection[int]) -> list[Any]:
    """As much of each as decides who is told, with `follower_ids`: of the case and of those merged into it."""
    followers = Participant.objects.filter(
        Q(case=OuterRef("pk")) | Q(case__merged_into=OuterRef("pk")), kind=ParticipantKind.FOLLOWER
    )
    told = ArraySubquery(followers.order_by("pk").values("user_id"))
    cases = Case.objects.filter(pk__in=case_ids).only("tenant_id", "owner_id", "level")
    return list(cases.annotate(follower_ids=told))


def _watching_levels(levels: Collection[str], events: Collection[NoticeEvent]) -> Mapping[str, list[int]]:
    """By level, those who want to hear of cases that stand there, though nothing else ties them to one."""
    cells = [cell(event, LEVEL, channel) for event in events for channel in (BELL, MAIL)]
    wanted = NoticeChoice.objects.filter(cells__overlap=cells, user__level__in=levels, user__is_active=True)
    by_level: dict[str, list[int]] = defaultdict(list)
    for user_id, level in wanted.order_by("user_id").values_list("user_id", "user__level"):
        by_level[level].append(user_id)
    return by_level


def _reasons(one: Happened, case: Any, watching: Mapping[str, list[int]]) -> dict[int, list[_Reason]]:
    """By person, the closest first; none for who did it."""
    found: dict[int, list[_Reason]] = defaultdict(list)
    for user_id in one.named:
        found[user_id].append(_Reason(one.naming, ""))
    if one.event != NoticeEvent.ASSIGNED:  # of nobody's business but whom it names
        _add_those_around(found, one, case, watching)
    return {user_id: why for user_id, why in found.items() if one.by != f"user:{user_id}"}


def _add_those_around(
    found: dict[int, list[_Reason]], one: Happened, case: Any, watching: Mapping[str, list[int]]
) -> None:
    if case.owner_id is not None:
        found[case.owner_id].append(_Reason(one.event, NoticeScope.MINE))
    for user_id in case.follower_ids:
        found[user_id].append(_Reason(one.event, NoticeScope.FOLLOWED))
    for user_id in watching.get(case.level, ()):
        found[user_id].append(_Reason(one.event, NoticeScope.LEVEL))


def _people(user_ids: Collection[int], *, at: datetime) -> dict[int, tuple[User, Access]]:
    if not user_ids:
        return {}
    people = User.objects.filter(pk__in=user_ids).select_related("notice_choice")
    return {person.pk: (person, access) for person, access in with_access(people, at=at)}


def _notice(one: Happened, case: Case, person: User, why: Sequence[_Reason]) -> list[Notice]:
    """None where they chose not to hear of it."""
    choice = choice_of(person)
    chosen = set(choice.cells)
    bell = any(cell(reason.event, reason.scope, BELL) in chosen for reason in why)
    mail = bool(person.email) and any(cell(reason.event, reason.scope, MAIL) in chosen for reason in why)
    if not (bell or mail):
        return []
    return [
        Notice(
            user=person,
            case=case,
            tenant_id=case.tenant_id,
            event_id=one.event_id,
            event=why[0].event,
            scope=why[0].scope,
            at=one.at,
            who=one.who[:200],
            words=Truncator(one.words).chars(EXCERPT),
            interaction_id=one.interaction_id,
            side_talk_id=one.side_talk_id,
            in_inbox=bell,
            mail_due_at=mail_due_at(choice, zone=person.time_zone, at=one.at) if mail else None,
        )
    ]


def _is_due(notice: Notice, at: datetime) -> bool:
    return notice.mail_due_at is not None and notice.mail_due_at <= at
