"""What people look at all day, with as many cases as the size says: the standing lists, a case, the Lead's view."""

import itertools

from django.urls import reverse

from cases.domain.desk.queues import QUEUES
from cases.models import SavedView
from tests.bench.full_case import furnish, talk
from tests.bench.visiting import Visit, page_of

OF_A_LIST = {"bar": 120, "statements_bar": 12}
OF_A_CASE = {"bar": 150, "statements_bar": 18}


def main() -> None:
    visit = Visit()
    for name in QUEUES:
        visit.measure(f"queue {name}", itertools.repeat(reverse("desk:queue", args=[name])), **OF_A_LIST)
    mine = itertools.repeat(reverse("desk:queue", args=["mine"]))
    visit.measure("queue mine, its sidebar counted", mine, anew=True, **OF_A_LIST)
    for view in SavedView.objects.filter(owner=None).order_by("position"):
        visit.measure(f"view {view.name}", itertools.repeat(reverse("desk:view", args=[view.pk])), **OF_A_LIST)
    visit.measure("the Lead's view", itertools.repeat(reverse("desk:triage")), bar=200, statements_bar=None)
    visit.measure("case page, as cases are", (page_of(case) for case in visit.cases), **OF_A_CASE)
    short, long = [case for case in visit.cases if case.is_open and case.error_ids][:2]
    talk(short, 50)
    visit.measure("case page, 50 entries", itertools.repeat(page_of(short)), **OF_A_CASE)
    furnish(long, by=visit.reader)
    talk(long, 500)
    visit.measure("case page, 500 entries, all there can be", itertools.repeat(page_of(long)), **OF_A_CASE)
    visit.measure("the same, its sidebar counted", itertools.repeat(page_of(long)), anew=True, **OF_A_CASE)
    everything = f"{page_of(long)}?all=1"
    visit.measure("with older entries", itertools.repeat(everything), bar=None, statements_bar=18)
