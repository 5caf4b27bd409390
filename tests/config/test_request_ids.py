from types import SimpleNamespace

import pytest
import structlog
from celery.signals import before_task_publish, task_postrun, task_prerun

from config.db import request_id


@pytest.mark.django_db
@pytest.mark.parametrize("offered", ["req-12345678", "a.b_c:d-0123"])
def test_an_offered_id_is_kept_and_told_back(client, offered):
    assert client.get("/nowhere/", headers={"X-Request-ID": offered}).headers["X-Request-ID"] == offered


@pytest.mark.django_db
@pytest.mark.parametrize("offered", ["", "short", "x" * 65, "line\tbreak-123", "häuser-12345"])
def test_an_id_that_does_not_fit_is_replaced(client, offered):
    told = client.get("/nowhere/", headers={"X-Request-ID": offered}).headers["X-Request-ID"]
    assert len(told) == 32
    assert told != offered


def test_an_id_does_not_outlive_its_request(client, db):
    client.get("/nowhere/", headers={"X-Request-ID": "req-12345678"})
    assert request_id.get() == ""


def test_a_task_carries_the_id_of_the_request_that_starts_it():
    headers = {}
    token = request_id.set("req-12345678")
    before_task_publish.send(sender="tests.any", headers=headers)
    request_id.reset(token)
    assert headers == {"request_id": "req-12345678"}


@pytest.mark.parametrize(("headers", "expected"), [({"request_id": "req-12345678"}, "req-12345678"), ({}, "task-1")])
def test_a_task_goes_on_under_that_id_or_its_own(headers, expected):
    task = SimpleNamespace(name="tests.any", request=headers)
    task_prerun.send(sender=None, task_id="task-1", task=task)
    assert (request_id.get(), structlog.contextvars.get_contextvars()) == (
        expected,
        {"request_id": expected, "task": "tests.any"},
    )
    task_postrun.send(sender=None, task_id="task-1", task=task)
    assert (request_id.get(), structlog.contextvars.get_contextvars()) == ("", {})
