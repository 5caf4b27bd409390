"""A case as its client sees it: the public part, and what they may do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from cases.domain import families, moves, reading
from cases.domain.client.links import ClientLink
from cases.enums import ADDRESSED, InteractionKind, SpokenBy
from cases.models import Case, Interaction, Survey
from config.errors import Absent
from tenants.domain.actors import Actor, actor_of_requester
from tenants.models import Requester


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientView:
    """`openings`: the cases whose first words are read here, this one first, but for what an entry tells.
    `answered_at`: of a merged case that goes on where this reader does not read, when we last answered there.
    """

    case: Case
    requester: Requester
    actor: Actor
    at: datetime
    entries: list[Interaction]
    openings: list[Case]
    can: frozenset[str]
    survey: Survey | None
    survey_open: bool
    answered_at: datetime | None


def client_view(*, link: ClientLink, at: datetime) -> ClientView:
    """Of a merged case the one that it has become. Absent when the requester was removed or may not see it any more."""
    requester = Requester.objects.filter(pk=link.requester_id, anonymised_at=None).first()
    if requester is None:
        raise Absent(_("This link does not open anything any more."))
    actor = actor_of_requester(requester)
    case = _root_if_seen(reading.case_detail(case_id=link.case_id, actor=actor), actor)
    survey = case.surveys.filter(window=case.window).first() if case.status == "closed" else None
    shown = [*ADDRESSED, InteractionKind.ACTION, InteractionKind.CONFIRMATION]
    said = reading.interactions(case=case, actor=actor, at=at)
    entries = list(said.filter(kind__in=[*shown, InteractionKind.AUTOMATION]))
    return ClientView(
        case=case,
        requester=requester,
        actor=actor,
        at=at,
        entries=entries,
        openings=_openings(case, entries, actor=actor),
        can=frozenset(moves.allowed(case, actor)),
        survey=survey if survey is not None and survey.requester_id == requester.pk else None,
        survey_open=survey is not None and (survey.editable_until is None or at <= survey.editable_until),
        answered_at=_answered_at(case, at=at),
    )


def _openings(case: Case, entries: list[Interaction], *, actor: Actor) -> list[Case]:
    cases = [case, *families.merged_into(case, actor=actor)]
    told = {entry.pk for entry in entries}
    # Most cases need no statement: nothing was merged into them, and all that is said there is their own.
    alone = len(cases) == 1 and all(entry.case_id == case.pk for entry in entries)
    split_off = {} if alone else families.split_off_with([one.pk for one in cases])
    return families.first_words_untold(cases, told, split_off=split_off)


def _answered_at(case: Case, *, at: datetime) -> datetime | None:
    """A moment, and nothing of what was said: the answer is to somebody else, and may hold their words."""
    if case.merged_into_id is None:
        return None
    answers = Interaction.objects.filter(
        case=families.root_of(case),
        public=True,
        by_kind=SpokenBy.PERSON,
        kind__in=ADDRESSED,
        retracted_by=None,
        at__gte=case.closed_at,
    )
    answered_at: datetime | None = answers.out_by(at).aggregate(at=Max("at"))["at"]
    return answered_at


def _root_if_seen(case: Case, actor: Actor) -> Case:
    """What the case has become by merging, if that is theirs to read; else the case itself, which says where it is."""
    root_id = families.root_of(case)
    if root_id == case.pk or not Case.objects.visible_to(actor).filter(pk=root_id).exists():
        return case
    return reading.case_detail(case_id=root_id, actor=actor)
