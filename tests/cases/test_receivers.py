"""What this room answers when a lower one asks."""

import pytest
from django.test import RequestFactory
from django.utils import timezone

from cases.receivers import answer_as_client, files_on_cases
from outbox.models import Delivery
from tests.factories.cases import opened, says
from tests.factories.tenants import TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked_by():
    def ask(user, delivery):
        request = RequestFactory().get("/")
        request.user = user
        return answer_as_client(delivery=delivery, request=request)

    return ask


def test_only_a_demo_lets_one_answer_as_the_client(asked_by, settings):
    case = opened(at=timezone.now())
    says(case, "Which region?", by=actor("l1"), at=timezone.now())
    mail = Delivery.objects.filter(about_kind="case", about_id=case.pk).last()
    staff = UserFactory(role="l1")
    settings.DEMO = False
    assert asked_by(staff, mail) is None
    settings.DEMO = True
    assert asked_by(UserFactory(role="l1", tenant=TenantFactory()), mail) is None
    answer = asked_by(staff, mail)
    assert case.requester.name in answer.label
    assert answer.send(body="eu-central", at=timezone.now()) == f"/admin/desk/cases/{case.pk}/"
    said = case.interactions.last()
    assert (said.body, said.by_kind, said.requester_id) == ("eu-central", "customer", case.requester_id)
    mail.to = "somebody@else.example"
    assert asked_by(staff, mail) is None


def test_no_file_of_ours_is_unused_by_default():
    assert files_on_cases(blob_ids=[1, 2]) == set()
