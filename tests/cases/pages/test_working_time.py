"""My time: shifts, the switch 'away', and what one still holds."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases.models import Absence, Case, WorkingTime
from tests.cases.pages.conftest import browser
from tests.factories.assignment import ROUND_THE_CLOCK
from tests.factories.pages import ANEW
from tests.factories.tenants import ClientFactory, UserFactory

TIME = reverse("desk:time")


def test_away_and_back_by_oneself(desk):
    WorkingTime.objects.create(user=desk.l1, weekly_hours=ROUND_THE_CLOCK, tags=["sso"])
    Case.objects.filter(pk=desk.case.pk).update(owner=desk.l1)
    page = desk.browser.get(TIME).content.decode()
    assert "on shift" in page
    assert "sso" in page
    answer = desk.browser.post(TIME, {"since": "", "until": "", "reason": "Dentist"}, follow=True).content.decode()
    assert "1 open case: hand over" in answer
    assert list(Absence.objects.values_list("user", "ends_at", "reason")) == [(desk.l1.pk, None, "Dentist")]
    desk.browser.post(TIME, {"until": "2040-01-01T00:00", "reason": ""})
    [absence] = Absence.objects.all()
    assert (absence.ends_at.year, absence.reason) == (2039, "Dentist")  # of the reader in Berlin
    desk.browser.post(TIME, {"back": "1"})
    assert Absence.objects.filter(ends_at__lte=absence.ends_at).count() == 1
    assert "on shift" in desk.browser.get(TIME).content.decode()


def test_an_end_before_the_beginning_is_refused_and_changes_nothing(desk):
    answer = desk.browser.post(TIME, {"since": "2041-01-01T00:00", "until": "2040-01-01T00:00"})
    assert (answer.status_code, Absence.objects.count()) == (422, 0)
    assert "over before it begins" in answer.content.decode()
    assert desk.browser.post(TIME, {"until": "2020-01-01T00:00"}).status_code == 422


def test_of_others_it_is_the_leads(desk):
    lead = browser(desk.person("lead"))
    whose = reverse("desk:time-of", args=[desk.l1.pk])
    assert lead.post(whose, {"until": "", "reason": "Ill"}).status_code == 302
    assert Absence.objects.get().user == desk.l1
    other = browser(desk.person("l1"))
    assert (other.get(whose).status_code, other.post(whose, {"back": "1"}).status_code) == (403, 403)
    assert Absence.objects.get().ends_at is None
    assert browser(desk.person("auditor")).get(TIME).status_code == 403
    theirs = ClientFactory(requester=desk.ana)
    assert lead.get(reverse("desk:time-of", args=[theirs.pk])).status_code == 404
    assert lead.get(reverse("desk:time-of", args=[987654])).status_code == 404
    elsewhere = UserFactory(role="l1", tenant=desk.other.tenant)
    url = reverse("desk:time-of", args=[elsewhere.pk])
    assert (lead.get(url).status_code, lead.post(url, {"reason": "x"}).status_code, Absence.objects.count()) == (
        404,
        404,
        1,
    )


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_one_as_for_three(desk, count, django_assert_num_queries):
    WorkingTime.objects.create(user=desk.l1, weekly_hours=ROUND_THE_CLOCK)
    for n in range(count):
        Absence.objects.create(
            user=desk.l1, starts_at=desk.at + timedelta(days=n), ends_at=desk.at + timedelta(days=n, hours=1)
        )
    desk.more(count)
    Case.objects.update(owner=desk.l1)
    desk.browser.get(TIME)
    with django_assert_num_queries(9):
        desk.browser.get(TIME, headers=ANEW)
