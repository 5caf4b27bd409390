"""Speaking to the REST API as somebody, and telling whether the desk is as it was before."""

import json
from io import BytesIO

from django.db import connection
from django.test import Client

from tests.factories.tenants import TokenFactory

PREFIX = "/api/v1"


class Api:
    """`Api(user).post("/cases/", {…})`: JSON in, and an answer whose `.json()` is the body."""

    def __init__(self, user=None, *, token=None, **token_fields):
        self.token = token or (TokenFactory(user=user, **token_fields) if user is not None else None)
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {self.token.secret}"} if self.token else {}

    def get(self, path, query=None, headers=None):
        return self.client.get(PREFIX + path, query, headers=self.headers | (headers or {}))

    def post(self, path, body=None, headers=None):
        return self.send("POST", path, json.dumps({} if body is None else body), headers)

    def patch(self, path, body, headers=None):
        return self.send("PATCH", path, json.dumps(body), headers)

    def delete(self, path, headers=None):
        return self.client.delete(PREFIX + path, headers=self.headers | (headers or {}))

    def upload(self, path, data, headers=None):
        return self.client.post(PREFIX + path, data, headers=self.headers | (headers or {}))

    def send(self, method, path, raw, headers=None, content_type="application/json", **extra):
        """`extra` are WSGI variables; with a CONTENT_LENGTH of its own the body ends where it ends."""
        if "CONTENT_LENGTH" in extra:
            extra["wsgi.input"] = BytesIO(raw if isinstance(raw, bytes) else raw.encode())
        return self.client.generic(
            method, PREFIX + path, raw, content_type=content_type, headers=self.headers | (headers or {}), **extra
        )


# What a refused request may leave behind: who asked, and the answer that was kept.
TRACES = ("tenants_accessentry", "tenants_apitoken", "tenants_auditentry", "config_idempotencyrecord")


def desk_state():
    """A digest of every table's rows: equal before and after a request that changed nothing."""
    tables = sorted(connection.introspection.django_table_names(only_existing=True))
    parts = [
        f"(select '{name}', md5(coalesce(string_agg(t::text, '' order by t::text), '')) from \"{name}\" t)"
        for name in tables
        if name not in TRACES
    ]
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts))
        return dict(cursor.fetchall())
