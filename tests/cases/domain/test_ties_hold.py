"""Cases merged, split, linked, spoken on and taken apart again in any order: nothing is lost, doubled or bent."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.domain import families, lifecycle, linking, merging, splitting, ties
from cases.models import Case, CaseTie, Interaction
from config.errors import DomainError
from tenants.domain.actors import SYSTEM
from tests.factories.cases import MINUTE, MONDAY, customer, opened, says
from tests.factories.tenants import RequesterFactory, actor
from tests.factories.ties import follow_the_fold, whole

pytestmark = pytest.mark.django_db
WORDS = ("message", "call", "note")
ACTS = ("merge", "merge", "split", "link", "untie", "untie", "hear", "reply", "accept", "wait")


class Desk:
    def __init__(self):
        self.by, self.at = actor("po", at=MONDAY), MONDAY
        ann = RequesterFactory(name="Ann")
        bob = RequesterFactory(name="Bob", tenant=ann.tenant)
        self.cases = [opened(requester=person, by=self.by) for person in (ann, ann, bob)]

    def do(self, name, one, other):
        """What came of it: the cases as they were before, where a tie was made."""
        self.at += MINUTE
        case, second = self.cases[one % len(self.cases)], self.cases[other % len(self.cases)]
        common = {"case_id": case.pk, "by": self.by, "at": self.at}
        try:
            match name:
                case "merge":
                    self.and_back(merging.merge, into=second.pk, **common)
                case "link":
                    self.and_back(linking.relate, other_id=second.pk, **common)
                case "split":
                    self.split(case, common)
                case "untie":
                    standing = list(CaseTie.objects.standing().order_by("-pk"))
                    if standing:
                        tie = standing[other % len(standing)]
                        ties.untie(case_id=tie.case_id, tie_id=tie.pk, by=self.by, at=self.at)
                case "hear":
                    says(case, f"word {self.at:%H:%M}", by=customer(case), at=self.at)
                case "reply":
                    says(case, f"answer {self.at:%H:%M}", by=self.by, at=self.at)
                case "accept":
                    lifecycle.accept(**common)
                case "wait":
                    lifecycle.wait(ask="Which?", send_as=True, **common)
        except DomainError:
            return

    def and_back(self, door, **said):
        """Made, taken back at once, made again: in between all rows are as they were."""
        before = [whole(case) for case in self.cases]
        door(**said)
        made = CaseTie.objects.standing().latest("pk")
        if made.made_at != self.at:
            return
        self.at += MINUTE
        ties.untie(case_id=made.case_id, tie_id=made.pk, by=self.by, at=self.at)
        assert [whole(case) for case in self.cases] == before
        self.at += MINUTE
        door(**{**said, "at": self.at})

    def split(self, case, common):
        words = list(splitting.splittable(Case.objects.get(pk=case.pk), by=self.by))
        before = [whole(one) for one in self.cases]
        chosen = [one.pk for one in words[-2:]]
        new = splitting.split(interaction_ids=chosen, **common)
        assert [whole(one) for one in self.cases] == before
        self.cases.append(new)

    def hold(self):
        roots = {case.pk: families.root_of(case) for case in Case.objects.filter(pk__in=[c.pk for c in self.cases])}
        assert all(roots[root] == root for root in roots.values())
        assert all(Case.objects.get(pk=root).merged_into_id is None for root in roots.values())
        for case in self.cases:
            follow_the_fold(case)
        for root in set(roots.values()):
            shown = self.shown(root)
            assert len(shown) == len(set(shown))
            mine = [pk for pk, its in roots.items() if its == root]
            own = Interaction.objects.filter(case__in=mine, kind__in=WORDS).values_list("pk", flat=True)
            split_off = (
                CaseTie.objects.standing().filter(kind="split", other__in=mine).values_list("entries", flat=True)
            )
            assert set(shown) == {*own, *(pk for entries in split_off for pk in entries)}

    def shown(self, root):
        found = Interaction.objects.filter(families.said_on(Case.objects.get(pk=root), actor=SYSTEM), kind__in=WORDS)
        return list(found.values_list("pk", flat=True))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=12))
def test_whatever_is_done(db, steps):
    desk = Desk()
    for step in steps:
        desk.do(*step)
        desk.hold()
