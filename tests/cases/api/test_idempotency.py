"""The same request twice, at once, with another body, and after a refusal."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from cases.models import Case, Interaction
from config.api.idempotency import sweep_kept_answers
from config.models import IdempotencyRecord
from tests.cases.api.conftest import moved, opened, opening
from tests.factories.api import Api
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

KEY = {"Idempotency-Key": "0b7f"}


def test_the_same_request_twice_opens_one_case(world):
    first = world.l1.post("/cases/", opening(), KEY)
    again = world.l1.post("/cases/", opening(), KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotent-Replay" not in first
    assert again["Idempotent-Replay"] == "true"
    assert (again.json(), again["ETag"], again["Content-Type"]) == (first.json(), first["ETag"], first["Content-Type"])
    assert Case.objects.count() == 1


def test_a_key_belongs_to_one_token_and_one_path(world):
    case = world.l1.post("/cases/", opening(), KEY).json()
    assert "Idempotent-Replay" not in world.l2.post("/cases/", opening(), KEY)
    assert world.l1.post(f"/cases/{case['reference']}/accept/", {}, KEY).json()["status"] == "triage"
    assert Case.objects.count() == 2


def test_another_body_is_refused(world):
    world.l1.post("/cases/", opening(), KEY)
    answer = world.l1.post("/cases/", opening(subject="Something else"), KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "key-reused")
    assert Case.objects.count() == 1


def test_a_move_is_made_once(world):
    case = opened(world.l1)
    path = f"/cases/{case['reference']}/accept/"
    first, again = world.l1.post(path, {}, KEY), world.l1.post(path, {}, KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert world.l1.post(path, {}).status_code == 409


def test_a_word_is_said_once(world):
    case = opened(world.l1)
    path = f"/cases/{case['reference']}/interactions/"
    assert [world.l1.post(path, {"body": "Hello."}, KEY).status_code for _ in range(3)] == [201, 201, 201]
    assert Interaction.objects.filter(kind="message").count() == 1


def test_refusals_are_kept_too(world):
    case = opened(world.l1)
    path = f"/cases/{case['reference']}/start/"
    first = world.l1.post(path, {}, KEY)
    assert first.status_code == 409
    moved(world.l1, case, "accept")
    again = world.l1.post(path, {}, KEY)
    assert (again.status_code, again["Idempotent-Replay"], again["Content-Type"]) == (
        409,
        "true",
        "application/problem+json",
    )
    assert again.json() == first.json()


def test_unreadable_bodies_are_kept_too(world):
    assert world.l1.send("POST", "/cases/", "{", KEY).status_code == 400
    assert world.l1.send("POST", "/cases/", "{", KEY)["Idempotent-Replay"] == "true"
    assert world.l1.post("/cases/", opening(), KEY).status_code == 422


def test_403_and_429_are_not_kept(world, settings):
    assert world.auditor.post("/cases/", opening(), KEY).status_code == 403
    settings.API_REQUESTS_PER_MINUTE = 0
    assert world.l1.post("/cases/", opening(), KEY).status_code == 429
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "ä", "a\tb"])
def test_a_key_that_is_none(world, key):
    before = world.state()
    answer = world.l1.post("/cases/", opening(), {"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "bad-key")
    assert world.state() == before


def test_after_a_day_a_key_is_new(world, settings):
    world.l1.post("/cases/", opening(), KEY)
    IdempotencyRecord.objects.update(created_at=timezone.now() - settings.IDEMPOTENCY_KEPT - timedelta(seconds=1))
    assert "Idempotent-Replay" not in world.l1.post("/cases/", opening(), KEY)
    assert Case.objects.count() == 2


def test_old_answers_are_swept(world, settings):
    world.l1.post("/cases/", opening(), KEY)
    now = timezone.now()
    assert sweep_kept_answers(at=now) == 0
    assert sweep_kept_answers(at=now + settings.IDEMPOTENCY_KEPT + timedelta(minutes=1)) == 1
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_open_one_case():
    tenant = TenantFactory(slug="acme")
    RequesterFactory(tenant=tenant, email="ada@acme.example")
    token = Api(UserFactory(role="l1")).token
    together = Barrier(16)

    def ask(_number):
        api = Api(token=token)
        together.wait()
        try:
            answer = api.post("/cases/", opening(), KEY)
            return answer.status_code, answer.json().get("reference") or answer.json()["code"]
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        answers = set(threads.map(ask, range(16)))
    case = Case.objects.get()
    assert (201, case.reference) in answers
    assert answers <= {(201, case.reference), (409, "still-running")}
