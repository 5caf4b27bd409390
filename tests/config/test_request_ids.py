import pytest

from config.celery import app
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


def test_a_task_goes_on_under_the_id_of_its_request():
    seen = []

    @app.task(name="tests.seen")
    def look():
        seen.append(request_id.get())

    try:
        token = request_id.set("req-12345678")
        headers = {}
        try:
            look.apply(headers={"request_id": "req-12345678"})
        finally:
            request_id.reset(token)
        look.apply(task_id="started-by-beat")
    finally:
        del app.tasks["tests.seen"]
    assert headers == {}
    assert seen == ["req-12345678", "started-by-beat"]
