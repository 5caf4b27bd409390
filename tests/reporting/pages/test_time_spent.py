"""Time spent on the reports page and as a file: sums by client, person and category, of one's own tenants."""

import csv
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.domain import time_spent
from tenants.domain.actors import actor_of_user
from tests.factories.cases import opened
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE, FILE = reverse("reporting:metrics"), reverse("reporting:time")


def browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def booked():
    """Two clients, two people; one entry taken back, one too long ago for the usual period."""
    at = timezone.now()
    acme, other = TenantFactory(slug="acme", name="Acme"), TenantFactory(slug="other", name="=Other")
    mira = UserFactory(role="lead", username="mira", first_name="Mira", last_name="")
    ben = UserFactory(role="l2", username="ben", first_name="Ben", last_name="")
    case = opened(requester=RequesterFactory(tenant=acme), category="billing", at=at)
    theirs = opened(requester=RequesterFactory(tenant=other), at=at)

    def book(case, minutes, user, *, days=0):
        by = actor_of_user(user, at=at)
        day = (at - timedelta(days=days)).date()
        return time_spent.book(case_id=case.pk, minutes=minutes, worked_on=day, by=by, at=at)

    book(case, 80, mira)
    book(case, 20, ben, days=2)
    book(theirs, 30, mira)
    book(case, 500, mira, days=60)
    wrong = book(case, 5, ben)
    time_spent.retract(case_id=case.pk, entry_id=wrong.pk, by=actor_of_user(ben, at=at), at=at)
    return acme


def tables(user, **asked):
    shown = browser(user).get(PAGE, asked).context["time"]
    return shown.total, [lines for _title, lines, _more in shown.tables]


def rows(user, **asked):
    answer = browser(user).get(FILE, asked)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.reader(answer.content.decode().splitlines()))[1:]


def test_sums_by_client_person_and_category(booked):
    assert tables(UserFactory(role="auditor")) == (
        "2 h 10",
        [
            [("Acme", "1 h 40"), ("=Other", "30 min")],
            [("Mira", "1 h 50"), ("Ben", "20 min")],
            [("Billing and limits", "1 h 40"), ("none", "30 min")],
        ],
    )


def test_only_what_one_may_see_and_asks_for(booked):
    of_acme = UserFactory(role="l1", tenant=booked)
    mine = (
        "1 h 40",
        [[("Acme", "1 h 40")], [("Mira", "1 h 20"), ("Ben", "20 min")], [("Billing and limits", "1 h 40")]],
    )
    assert (tables(of_acme), tables(UserFactory(role="po"), tenant="acme")) == (mine, mine)
    assert rows(of_acme) == [["Acme", "Ben", "Billing and limits", "20"], ["Acme", "Mira", "Billing and limits", "80"]]


def test_the_file_has_each_person_and_no_formula(booked):
    everybody = rows(UserFactory(role="po"))
    assert sorted(everybody) == [
        ["'=Other", "Mira", "none", "30"],
        ["Acme", "Ben", "Billing and limits", "20"],
        ["Acme", "Mira", "Billing and limits", "80"],
    ]
    today = timezone.now().date()
    longer = rows(UserFactory(role="po"), first=today - timedelta(days=70), last=today)
    assert ["Acme", "Mira", "Billing and limits", "580"] in longer


@pytest.mark.parametrize(
    "asked", [{"first": "soon"}, {"first": "2026-02-01", "last": "2026-01-01"}, {"tenant": "nobody"}]
)
def test_a_period_that_is_none_is_said(booked, asked):
    one = browser(UserFactory(role="po"))
    assert [one.get(path, asked).status_code for path in (PAGE, FILE)] == [200, 422]
    assert "time" not in one.get(PAGE, asked).context


def test_not_for_everybody(booked):
    assert browser(UserFactory(role="admin")).get(FILE).status_code == 403
    assert Client().get(FILE).status_code == 302
