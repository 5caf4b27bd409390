from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from config.api.pagination import CursorPagination
from config.errors import Invalid
from tenants.models import ApiToken
from tests.factories.tenants import TokenFactory, UserFactory

pytestmark = pytest.mark.django_db
VIEW = SimpleNamespace(orderings={"id": "pk", "used": "last_used_at", "name": "name"}, default_ordering="-id")
DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def tokens():
    """Seven: two never used, two used at the same moment, some with the same name."""
    user = UserFactory()
    used = [None, DAY, DAY + timedelta(hours=1), DAY + timedelta(hours=1), None, DAY - timedelta(hours=1), DAY]
    return [TokenFactory(user=user, last_used_at=at, name="abcabca"[place]) for place, at in enumerate(used)]


def page(**query):
    paginator = CursorPagination()
    request = Request(APIRequestFactory().get("/x/", query))
    rows = paginator.paginate_queryset(ApiToken.objects.all(), request, VIEW)
    return paginator.get_paginated_response([row.pk for row in rows]).data


def cursor_in(link):
    return parse_qs(urlsplit(link).query)["cursor"][0]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("ordering", ["id", "-id", "used", "-used", "name", "-name"])
def test_every_row_once_forwards_and_back(tokens, ordering, limit):
    whole = page(ordering=ordering)["results"]
    assert sorted(whole) == [token.pk for token in tokens]
    forwards, link = [], None
    while True:
        found = page(ordering=ordering, limit=limit, **({"cursor": cursor_in(link)} if link else {}))
        forwards += found["results"]
        if (link := found["next"]) is None:
            break
    assert forwards == whole
    back = found["results"]
    while found["previous"]:
        found = page(ordering=ordering, limit=limit, cursor=cursor_in(found["previous"]))
        back = found["results"] + back
    assert back == whole


def test_empty_values_are_last_in_both_directions(tokens):
    never = {tokens[0].pk, tokens[4].pk}
    assert set(page(ordering="used")["results"][-2:]) == never
    assert set(page(ordering="-used")["results"][-2:]) == never


def test_rows_that_come_and_go_neither_repeat_nor_hide_others(tokens):
    first = page(limit=3)
    ApiToken.objects.filter(pk=first["results"][-1]).delete()
    newer = TokenFactory()
    second = page(limit=10, cursor=cursor_in(first["next"]))
    assert second["results"] == [token.pk for token in reversed(tokens[:4])]
    assert newer.pk not in second["results"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "", "99999999999", "²"])
def test_a_limit_out_of_range_is_refused(limit):
    with pytest.raises(Invalid):
        page(limit=limit)


@pytest.mark.parametrize("ordering", ["secret", "--id", "", "digest", "-"])
def test_an_unknown_ordering_is_refused(ordering):
    with pytest.raises(Invalid):
        page(ordering=ordering)


def test_a_cursor_that_is_not_ours_or_of_another_ordering_is_refused(tokens):
    ours = cursor_in(page(limit=1)["next"])
    for cursor in ("x", "", ours[:-1] + ("A" if ours[-1] != "A" else "B"), "a:b:c", "😀"):
        if cursor:
            with pytest.raises(Invalid):
                page(limit=1, cursor=cursor)
    with pytest.raises(Invalid):
        page(limit=1, ordering="name", cursor=ours)
