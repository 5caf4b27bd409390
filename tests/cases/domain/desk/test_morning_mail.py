"""The lead's page by mail at eight: once a day, on their days, to who wants it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from cases.domain.desk.morning_mail import send_due
from cases.domain.people import choosing
from cases.models import Absence, Case, MorningMail, WorkingTime
from outbox.models import Delivery
from tenants.domain.actors import actor_of_user
from tenants.models import User
from tests.factories.cases import opened
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

EIGHT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # a Monday; 08:00 in Berlin
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def leading(role="lead", zone="Europe/Berlin", **fields):
    return UserFactory(role=role, time_zone=zone, **fields)


def mailed():
    return [(mail.to, mail.created_at) for mail in Delivery.objects.filter(about_kind="morning").order_by("pk")]


@pytest.mark.django_db
def test_each_lead_has_it_at_eight_of_their_zone_once_a_day():
    berlin, new_york = leading(), leading(zone="America/New_York")
    leading("l1"), leading("po"), leading("lead", email=""), leading("lead", is_active=False)
    assert send_due(at=EIGHT - MINUTE) == 0
    assert [send_due(at=EIGHT), send_due(at=EIGHT), send_due(at=EIGHT + HOUR)] == [1, 0, 0]
    assert send_due(at=EIGHT + 6 * HOUR) == 1
    assert send_due(at=EIGHT + DAY) == 1
    assert mailed() == [
        (berlin.email, EIGHT),
        (new_york.email, EIGHT + 6 * HOUR),
        (berlin.email, EIGHT + DAY),
    ]


@pytest.mark.django_db
def test_a_desk_that_was_down_at_eight_tells_them_until_noon():
    leading(), leading(zone="Asia/Kolkata")
    assert send_due(at=EIGHT + 4 * HOUR - MINUTE) == 1
    MorningMail.objects.all().delete()
    assert send_due(at=EIGHT + 4 * HOUR) == 0


@pytest.mark.django_db
def test_it_comes_on_working_days_alone():
    plain, sundays, away = leading(), leading(), leading()
    WorkingTime.objects.create(user=sundays, weekly_hours={"sun": [["10:00", "18:00"]], "mon": []})
    Absence.objects.create(user=away, starts_at=EIGHT - DAY, ends_at=EIGHT + DAY)
    assert send_due(at=EIGHT) == 1
    assert send_due(at=EIGHT - DAY) == 1
    assert [to for to, _at in mailed()] == [plain.email, sundays.email]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "morning", "comes"),
    [("lead", None, 1), ("lead", False, 0), ("lead", True, 1), ("po", None, 0), ("po", True, 1), ("l2", True, 0)],
)
def test_who_leads_a_desk_chooses_and_the_lead_has_it_unless_they_say_no(role, morning, comes):
    person = leading(role)
    by = actor_of_user(User.objects.get(pk=person.pk), at=EIGHT)
    choosing.choose(cells=[], pace="at_once", daily_at=8, morning=morning, by=by, at=EIGHT)
    assert send_due(at=EIGHT) == comes


@pytest.mark.django_db
def test_it_says_what_the_page_says_with_each_list_behind_its_number(settings):
    settings.DESK_URL = "https://desk.example"
    acme = TenantFactory(name="Acme & Sons")
    case = opened(requester=RequesterFactory(tenant=acme), subject="Rows <vanish>", at=EIGHT - DAY)
    opened(requester=RequesterFactory(tenant=TenantFactory()), subject="A secret of theirs", at=EIGHT - DAY)
    Case.objects.filter(pk=case.pk).update(next_due_at=EIGHT + HOUR, breached=True)
    leading(tenant=acme)
    assert send_due(at=EIGHT) == 1
    mail = Delivery.objects.get(about_kind="morning")
    assert mail.subject == "23 Nov 2026: 1 late or due before 18:00, 1 with nobody"
    assert (
        "1 late, or due before 18:00\n  https://desk.example/admin/desk/queues/all/?q=due%3Abefore-18%3A00" in mail.text
    )
    assert f"{case.reference} · Rows <vanish> · Acme & Sons" in mail.text
    assert "Is it one thing?\n\nNothing." in mail.text.replace("\n\n\n", "\n\n")
    assert "Rows &lt;vanish&gt;" in mail.html
    assert "secret" not in mail.text + mail.html


@pytest.mark.django_db
def test_it_comes_in_their_language():
    leading(language="de")
    send_due(at=EIGHT)
    assert Delivery.objects.get(about_kind="morning").html.count('lang="de"') == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one():
    people = [leading() for _n in range(2)]
    barrier = Barrier(4)

    def send():
        barrier.wait()
        try:
            return send_due(at=EIGHT)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(send) for _n in range(4)]
        assert sum(one.result() for one in sent) == 2
    assert sorted(to for to, _at in mailed()) == sorted(person.email for person in people)


@pytest.mark.django_db
def test_one_that_fails_keeps_nobody_from_theirs(caplog):
    broken, fine = leading(), leading()
    User.objects.filter(pk=broken.pk).update(email="no address")
    assert send_due(at=EIGHT) == 1
    assert [to for to, _at in mailed()] == [fine.email]
    assert f"The morning of user {broken.pk} could not be mailed" in caplog.text
    assert list(MorningMail.objects.values_list("user", flat=True)) == [fine.pk]
