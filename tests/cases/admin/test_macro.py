"""Macros in the admin: who keeps them, what is refused, and what the list tells of their use."""

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Category, Interaction, Macro
from tests.factories.cases import macro, opened, says
from tests.factories.incidents import RunbookFactory
from tests.factories.tenants import TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
ADD = reverse("admin:cases_macro_add")
LIST = reverse("admin:cases_macro_changelist")
TEXT = "Hello {{ requester.first_name }}"


def browser(role):
    client = Client()
    client.force_login(UserFactory(role=role))
    return client


def change(one):
    return reverse("admin:cases_macro_change", args=[one.pk])


def given(**fields):
    return {"name": "New", "active": "on", "public": "on", "texts_en": TEXT, "texts_de": "", **fields}


def test_the_lead_keeps_macros():
    lead = browser("lead")
    runbook, ingestion = RunbookFactory(), Category.objects.get(slug="ingestion")
    answer = lead.post(
        ADD,
        given(
            texts_de="Hallo",
            send_as="resolved",
            validated="Seen",
            evidence="One\n\nTwo",
            preventive_actions="none needed",
            sets_category=ingestion.pk,
            sets_tags="late\neu-1",
            runbook=runbook.pk,
            docs="https://docs.example/1 The first page\nhttps://docs.example/2",
            for_category=ingestion.pk,
            error_codes="ING-503\nING-429",
            health="red",
            health_of="ingest",
            roles=["l2", "po"],
        ),
    )
    assert answer.status_code == 302, answer.context["errors"]
    one = Macro.objects.get(name="New")
    assert (one.texts, one.send_as, one.validated, one.evidence, one.preventive_actions) == (
        *({"en": TEXT, "de": "Hallo"}, "resolved", "Seen"),
        *(["One", "Two"], ["none needed"]),
    )
    assert (one.sets_category, one.sets_tags, one.for_category, one.error_codes) == (
        *(ingestion, ["late", "eu-1"]),
        *(ingestion, ["ING-503", "ING-429"]),
    )
    assert (one.runbook, one.docs, one.health, one.health_of, one.roles) == (
        runbook,
        [
            {"url": "https://docs.example/1", "title": "The first page"},
            {"url": "https://docs.example/2", "title": ""},
        ],
        *("red", "ingest", ["l2", "po"]),
    )
    assert lead.get(change(one)).status_code == 200
    emptied = ("send_as", "validated", "evidence", "preventive_actions", "sets_tags", "docs", "health", "health_of")
    answer = lead.post(change(one), given(name="Other", texts_de="Hallo", **dict.fromkeys(emptied, "")))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    one.refresh_from_db()
    assert (one.name, one.roles, one.docs, one.version) == ("Other", [], [], 2)


WRONG = [
    ({"texts_en": ""}, "texts"),
    ({"texts_en": "", "texts_de": "Hallo"}, "texts"),
    ({"texts_en": "{{ requester.email }}"}, "texts"),
    ({"texts_de": "{% load x %}{{ x }}"}, "texts"),
    ({"texts_en": "a\x00b"}, "texts"),
    ({"name": ""}, "name"),
    ({"name": "Billing limit: raised"}, "name"),
    ({"public": "", "send_as": "waiting"}, "send_as"),
    ({"send_as": "closed"}, "send_as"),
    ({"validated": "Seen"}, "validated"),
    ({"evidence": "Seen"}, "evidence"),
    ({"health_of": "ingest"}, "health_of"),
    ({"docs": "docs.example The page"}, "docs"),
    ({"docs": "javascript:alert(1) x"}, "docs"),
    ({"error_codes": "a\x00b"}, "error_codes"),
    ({"error_codes": "x" * 201}, "error_codes"),
    ({"sets_tags": "x" * 81}, "sets_tags"),
    ({"roles": ["client"]}, "roles"),
]


@pytest.mark.parametrize(("fields", "name"), WRONG)
def test_what_is_wrong_is_told_on_its_field(fields, name):
    answer = browser("lead").post(ADD, given(**fields))
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, [name])
    assert not Macro.objects.filter(name="New").exists()


def test_an_unknown_variable_is_named():
    answer = browser("lead").post(ADD, given(texts_en="Hi {{ requester.email }}"))
    [message] = answer.context["adminform"].form.errors["texts"]
    assert message.startswith("No such variable: {{ requester.email }}. There are requester.first_name, ")


def test_a_runbook_of_one_client_is_no_choice():
    runbook = RunbookFactory(tenant=TenantFactory())
    answer = browser("po").post(ADD, given(runbook=runbook.pk))
    assert list(answer.context["adminform"].form.errors) == ["runbook"]


@pytest.mark.parametrize(
    ("role", "list_status", "add_status"),
    [
        ("lead", 200, 200),
        ("po", 200, 200),
        ("l1", 200, 403),
        ("l2", 200, 403),
        ("auditor", 403, 403),
        ("admin", 403, 403),
    ],
)
def test_who_may_look_and_who_may_write(role, list_status, add_status):
    one = macro(name="Plain")
    reader = browser(role)
    assert (reader.get(LIST).status_code, reader.get(ADD).status_code) == (list_status, add_status)
    answer = reader.post(change(one), given(name="Other"))
    assert (answer.status_code, Macro.objects.get(pk=one.pk).name) == (
        (302, "Other") if add_status == 200 else (403, "Plain")
    )


def test_a_list_hides_what_one_may_not_use():
    one = macro(name="For engineers", roles=["l2"])
    l1 = browser("l1")
    assert "For engineers" not in l1.get(LIST).content.decode()
    assert l1.get(change(one)).status_code == 302  # to the first page, as for a row that is not there
    assert "For engineers" in browser("l2").get(LIST).content.decode()


def test_the_list_tells_how_often_and_by_whom_last():
    one, by = macro(name="Plain"), actor("l1", first_name="Mira")
    says(opened(), "x", by=by, macro_id=one.pk)
    html = browser("lead").get(LIST, {"q": "Plain"}).content.decode()
    assert ("16 Nov 2026 " in html, ", Mira Last" in html) == (True, True)


def test_one_that_was_used_is_switched_off_and_not_deleted():
    one = macro(name="Plain")
    says(opened(), "x", by=actor("l1"), macro_id=one.pk)
    lead = browser("lead")
    lead.post(reverse("admin:cases_macro_delete", args=[one.pk]), {"post": "yes"})
    assert (Macro.objects.filter(pk=one.pk).exists(), Interaction.objects.filter(macro=one).count()) == (True, 1)
