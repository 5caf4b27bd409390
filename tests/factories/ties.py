"""What tests of merged, split and linked cases look at: whole rows, and the timeline as it is read."""

from django.forms.models import model_to_dict

from cases.domain import families
from cases.models import Case, CaseClock, CaseTie, Interaction
from sla.domain import fold, histories
from sla.domain.rows import state_of
from tenants.domain.actors import SYSTEM


def whole(case):
    """What taking back gives back: every column but the version, and every clock."""
    columns = model_to_dict(Case.objects.get(pk=case.pk))
    del columns["version"], columns["timer_retry_after"]
    links = CaseClock.objects.filter(case_id=case.pk).select_related("clock").order_by("pk")
    return columns, [(link.kind, link.window, state_of(link.clock), link.clock.next_at) for link in links]


def said(case, *, actor=SYSTEM, kinds=("message", "note", "call")):
    """Bodies on the case's timeline, in their order."""
    case = Case.objects.get(pk=case.pk)
    found = Interaction.objects.filter(families.said_on(case, actor=actor), kind__in=kinds)
    found = found.shown_to_client() if actor.is_customer else found
    return list(found.order_by("at", "pk").values_list("body", flat=True))


def ends_of(case):
    """{(kind, window): how its clock stands}"""
    links = CaseClock.objects.filter(case_id=case.pk).select_related("clock")
    return {(link.kind, link.window): link.clock.ended_as or link.clock.phase for link in links}


def follow_the_fold(case):
    """Each clock is what its own history folds to."""
    for link in CaseClock.objects.filter(case_id=case.pk).select_related("clock"):
        events = histories.fold_events(link.clock, link.clock.events.order_by("pk"))
        assert fold.fold(events) == state_of(link.clock)


def tie_between(one, other):
    return CaseTie.objects.standing().get(case=one, other=other)
