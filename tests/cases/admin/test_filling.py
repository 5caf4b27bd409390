"""The desk's own fields and its checklists in the admin: who keeps them, and what is refused."""

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Category, ChecklistTemplate, CustomField
from tenants.models import AuditEntry
from tests.factories.filling import checklist, custom_field
from tests.factories.tenants import UserFactory

pytestmark = pytest.mark.django_db
FIELD, LIST = reverse("admin:cases_customfield_add"), reverse("admin:cases_checklisttemplate_add")


def browser(role):
    client = Client()
    client.force_login(UserFactory(role=role))
    return client


def field(**values):
    return {"label": "Region", "key": "region", "kind": "choice", "choices": "eu\n\nus\neu", "position": 10, **values}


def test_the_lead_keeps_fields():
    lead, billing = browser("lead"), Category.objects.get(slug="billing")
    answer = lead.post(FIELD, field(help="Where", required_to_resolve="on", categories=[billing.pk]))
    assert answer.status_code == 302, answer.context["errors"]
    one = CustomField.objects.get()
    assert (one.key, one.kind, one.choices, one.required_to_resolve, [*one.categories.all()]) == (
        *("region", "choice", ["eu", "us"], True),
        [billing],
    )
    change = reverse("admin:cases_customfield_change", args=[one.pk])
    assert lead.post(change, field(key="other", kind="text", choices="ap", archived="on")).status_code == 302
    one.refresh_from_db()
    assert (one.key, one.kind, one.choices, one.archived) == ("region", "choice", ["ap"], True)
    assert lead.post(reverse("admin:cases_customfield_delete", args=[one.pk]), {"post": "yes"}).status_code == 403
    assert AuditEntry.objects.filter(table_name="cases_customfield").count() == 2


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"key": "Region"}, "key"),
        ({"key": "1st"}, "key"),
        ({"key": "a.b"}, "key"),
        ({"choices": ""}, "choices"),
        ({"kind": "text"}, "choices"),
        ({"choices": "x" * 81}, "choices"),
        ({"kind": "colour"}, "kind"),
        ({"label": ""}, "label"),
    ],
)
def test_a_wrong_field_is_refused(given, wrong):
    answer = browser("po").post(FIELD, field(**given))
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, [wrong])
    assert CustomField.objects.count() == 0


def test_a_key_is_given_once():
    custom_field()
    answer = browser("po").post(FIELD, field())
    assert list(answer.context["adminform"].form.errors) == ["key"]


def test_the_lead_keeps_checklists():
    lead, billing = browser("lead"), Category.objects.get(slug="billing")
    given = {"name": "Refund", "active": "on", "steps": "One\n\nTwo", "for_category": billing.pk}
    answer = lead.post(LIST, given | {"for_priorities": ["P0", "P1"], "by_itself": "on"})
    assert answer.status_code == 302, answer.context["errors"]
    one = ChecklistTemplate.objects.get()
    assert (one.steps, one.for_category, one.for_priorities, one.by_itself, one.holds_resolution) == (
        *(["One", "Two"], billing),
        *(["P0", "P1"], True, False),
    )
    refused = lead.post(LIST, given | {"name": "No steps", "steps": " "})
    assert list(refused.context["adminform"].form.errors) == ["steps"]


def test_others_read_and_change_nothing():
    field_page = reverse("admin:cases_customfield_change", args=[custom_field().pk])
    list_page = reverse("admin:cases_checklisttemplate_change", args=[checklist().pk])
    for role in ("l1", "l2", "auditor"):
        one = browser(role)
        assert [one.get(path).status_code for path in (field_page, list_page)] == [200, 200]
        assert [one.post(path, {}).status_code for path in (field_page, list_page, FIELD, LIST)] == [403] * 4
