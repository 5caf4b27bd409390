"""What people and programs type into the admin's addresses: an answer each time, and never a fault of ours."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.factories.tenants import GrantFactory, UserFactory

pytestmark = pytest.mark.django_db
NULL = "%00"
KEYS = ["nonsense", "9" * 25, "1%00", "%ED%A0%80"]


@pytest.fixture
def desk(client):
    """Somebody who may open everything."""
    user = UserFactory(role="admin")
    for role in ("po", "auditor", "lead"):
        GrantFactory(user=user, role=role)
    client.force_login(user)
    client.raise_request_exception = False
    return client


def base(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def parameters(model_admin):
    """The names under which the filters of a list are asked for."""
    for one in model_admin.list_filter:
        if isinstance(one, str):
            yield from (one, f"{one}__exact", f"{one}__id__exact")
        elif isinstance(one, tuple):
            yield from (f"{one[0]}_from_0", f"{one[0]}__isempty")
        else:
            yield one.parameter_name


@pytest.mark.parametrize(("model", "model_admin"), admin.site._registry.items(), ids=lambda one: str(one))
def test_a_list_answers_any_question(desk, model, model_admin):
    questions = ["q=%00&o=99.-1.abc&p=9999999", "all=1&p=-1", "id__exact=abc", "user__password__startswith=p"]
    questions += [f"{name}={NULL}" for name in parameters(model_admin)]
    questions += ["day__year=99999"] if any(field.name == "day" for field in model._meta.fields) else []
    said = {question: desk.get(f"{base(model)}?{question}").status_code for question in questions}
    assert set(said.values()) <= {200, 302, 400}, said


@pytest.mark.parametrize(("model", "model_admin"), admin.site._registry.items(), ids=lambda one: str(one))
def test_every_address_answers_for_a_row_that_is_not_there(desk, model, model_admin):
    said = {}
    for pattern in (str(one.pattern) for one in model_admin.get_urls()):
        for key in KEYS if "<path" in pattern else ["9" * 25, "987654321"] if "<int" in pattern else []:
            path = base(model) + re.sub(r"<\w+:\w+>", key, pattern)
            said[path] = {desk.get(path).status_code, desk.post(path).status_code}
    faults = {path: codes for path, codes in said.items() if not codes <= {302, 400, 403, 404, 405}}
    assert faults == {}
