"""Two at once, in real threads: one merge wins, a word is never lost, nobody waits for ever."""

from functools import partial

import pytest

from cases.domain import merging, ties
from cases.models import Case, Interaction
from config.errors import DomainError, Refused
from tests.cases.domain.test_races import at_once
from tests.factories.cases import HOUR, MINUTE, MONDAY, opened, says
from tests.factories.tenants import RequesterFactory, actor
from tests.factories.ties import ends_of, follow_the_fold, said, tie_between

pytestmark = pytest.mark.django_db(transaction=True)
LATER = MONDAY + HOUR


@pytest.fixture
def l2():
    return actor("l2", at=MONDAY)


@pytest.fixture
def two():
    ann = RequesterFactory()
    return opened(requester=ann), opened(requester=ann)


def merge(one, other, by):
    return refusing(partial(merging.merge, case_id=one.pk, into=other.pk, by=by, at=LATER))


def refusing(act):
    """Whatever kind of refusal it is."""

    def run():
        try:
            act()
        except DomainError as refusal:
            raise Refused(refusal.message) from refusal

    return run


def test_each_into_the_other(two, l2):
    one, other = two
    outcomes = at_once(merge(one, other, l2), merge(other, one, l2))
    assert sorted(map(str, outcomes)) == sorted(map(str, ["ok", Refused]))
    now = [Case.objects.get(pk=case.pk) for case in two]
    assert sorted(case.closed_as for case in now) == ["", "merged"]
    gone = next(case for case in now if case.closed_as)
    assert ends_of(gone) == {("first_response", 1): "moved"}
    follow_the_fold(gone)


def test_a_word_against_a_merge(two, l2):
    one, other = two
    assert at_once(merge(one, other, l2), lambda: says(one, "Well?", at=LATER)) == ["ok", "ok"]
    assert said(other) == ["Well?"]
    word = Interaction.objects.get(body="Well?")
    assert (word.case_id, word.written_to_id) in ((one.pk, None), (other.pk, one.pk))


def test_a_word_against_taking_it_back(two, l2):
    one, other = two
    merge(one, other, l2)()
    tie = tie_between(one, other)

    def back():
        ties.untie(case_id=one.pk, tie_id=tie.pk, by=l2, at=LATER + MINUTE)

    assert at_once(back, lambda: says(one, "Well?", at=LATER + MINUTE)) == ["ok", "ok"]
    assert Interaction.objects.filter(body="Well?").count() == 1
    assert Case.objects.get(pk=one.pk).merged_into_id is None
    follow_the_fold(one)
    follow_the_fold(other)


def test_taken_back_by_two(two, l2):
    one, other = two
    merge(one, other, l2)()
    tie = tie_between(one, other)
    back = refusing(partial(ties.untie, case_id=one.pk, tie_id=tie.pk, by=l2, at=LATER + MINUTE))
    assert sorted(map(str, at_once(back, back))) == sorted(map(str, ["ok", Refused]))
    follow_the_fold(one)
