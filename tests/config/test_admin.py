"""The bases of the admin: what is written, by whom, and what a refusal leaves behind."""

from uuid import UUID, uuid4

import pytest
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import CharField, Form
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from cases.models import Category, TriageRule
from config import login
from config.admin import ActionPage, CappedPaginator, actor_for, blame, changed_columns, user_may
from config.errors import Absent, Forbidden, Invalid, Refused
from config.questions import Question
from tenants.models import AuditEntry, User
from tests.factories.tenants import PASSWORD, ClientFactory, RequesterFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def request_of(user):
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(pk=user.pk)
    return request


def test_a_question_answers_with_everybody_or_with_one():
    question = Question("tests.asked")
    with pytest.raises(LookupError, match="wants one answer and has 0"):
        question.ask_one(n=1)
    question.answered_by(lambda n: n + 1)
    assert (question.ask(n=1), question.ask_one(n=1)) == ([2], 2)
    question.answered_by(lambda n: n + 2)
    assert question.ask(n=1) == [2, 3]
    with pytest.raises(LookupError, match="has 2"):
        question.ask_one(n=1)


def test_rights_are_read_once_a_request(django_assert_num_queries):
    acme, other = TenantFactory(), TenantFactory()
    request = request_of(UserFactory(role="l1", tenant=acme))
    with django_assert_num_queries(1):
        assert [
            user_may(request, "work_cases"),
            user_may(request, "work_cases", acme.pk),
            user_may(request, "work_cases", other.pk),
            user_may(request, "see_audit"),
        ] == [True, True, False, False]
        assert actor_for(request) is actor_for(request)


def test_only_changed_columns_are_written_under_the_persons_name():
    lead = UserFactory(role="lead")
    category = Category.objects.create(slug="seats", name="Seats")
    stale = signed_in(lead).get(reverse("admin:cases_category_change", args=[category.pk]))
    Category.objects.filter(pk=category.pk).update(how_to=True)  # somebody else, meanwhile
    form = stale.context["adminform"].form
    sent = {name: form[name].value() or "" for name in form.fields if name != "how_to"} | {"name": "Seats sold"}
    # The form that was opened before holds the other column as it was; the box is ticked as the database has it.
    answer = signed_in(lead).post(reverse("admin:cases_category_change", args=[category.pk]), sent | {"how_to": "on"})
    assert answer.status_code == 302
    category.refresh_from_db()
    assert (category.name, category.how_to) == ("Seats sold", True)
    written = AuditEntry.objects.filter(table_name="cases_category", op="UPDATE").latest("pk")
    assert written.actor == f"user:{lead.pk}"


def test_changed_columns_leave_out_what_is_no_column_and_raise_the_version():
    class Changed:
        def __init__(self, *names):
            self.changed_data = list(names)

    tenant = TenantFactory()
    assert changed_columns(tenant, Changed("name", "not_a_field")) == ["name", "version"]
    assert changed_columns(tenant, Changed()) == []
    assert changed_columns(TriageRule(), Changed("active")) == ["active"]


def test_a_list_is_counted_no_further_than_people_page():
    held = Category.objects.count()
    assert held > 3
    assert CappedPaginator(Category.objects.all(), 2).count == held
    CappedPaginator.CAP, before = 3, CappedPaginator.CAP
    try:
        assert CappedPaginator(Category.objects.all(), 2).count == 3
    finally:
        CappedPaginator.CAP = before
    assert CappedPaginator([1, 2], 2).count == 2


class Words(Form):
    words = CharField()


class Page(ActionPage):
    form_class = Words
    title = "Say it"
    right = "work_cases"
    outcome: object = "Said."

    def act(self, *, data, by, at):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return f"{self.outcome} {data['words']} {by.label}"

    def back(self):
        return "/admin/desk/triage/"


@pytest.fixture
def posted(rf, monkeypatch):
    def post(user, outcome="Said.", words="hello", **more):
        request = rf.post("/admin/somewhere/", {"words": words, **more})
        request.user = User.objects.get(pk=user.pk)
        request.session = {}
        request._messages = messages.storage.default_storage(request)
        return request, Page.as_view(outcome=outcome)(request)

    return post


def test_an_action_page_ends_in_one_call_a_message_and_a_redirect(posted):
    user = UserFactory(role="l1")
    request, answer = posted(user)
    assert (answer.status_code, answer.url) == (302, "/admin/desk/triage/")
    assert [str(message) for message in request._messages] == [f"Said. hello user:{user.pk}"]


def test_an_action_page_that_is_sent_twice_acts_once(posted):
    user, press = UserFactory(role="l1"), str(uuid4())
    refused = posted(user, Refused("Not now."), press=press)[1]
    assert refused.context_data["press"] == UUID(press)
    twice = [posted(user, words=words, press=press)[0] for words in ("hello", "hello", "other", "hello")]
    again = "It is done already: the same form came twice."
    assert [str(message) for request in twice for message in request._messages] == [
        f"Said. hello user:{user.pk}",
        again,
        f"Said. other user:{user.pk}",
        again,
    ]


@pytest.mark.parametrize(
    ("refusal", "status", "field", "said"),
    [
        (Refused("Not now."), 409, None, ["Not now."]),
        (Invalid("Too short.", field="words"), 422, "words", ["Too short."]),
        (Invalid("Elsewhere.", field="other"), 422, None, ["Elsewhere."]),
    ],
)
def test_a_refusal_stays_on_the_form_with_its_text(posted, refusal, status, field, said):
    _request, answer = posted(UserFactory(role="l1"), refusal)
    form = answer.context_data["form"]
    assert (answer.status_code, form["words"].value()) == (status, "hello")
    assert (form.errors.get(field) if field else form.non_field_errors()) == said


def test_an_action_page_asks_for_its_right(posted):
    with pytest.raises(PermissionDenied):
        posted(UserFactory(role="auditor"))
    with pytest.raises(PermissionDenied):
        posted(UserFactory(role="l1"), Forbidden("Not you."))
    with pytest.raises(Exception, match="Gone"):
        posted(UserFactory(role="l1"), Absent("Gone."))


def test_blame_names_fields_that_the_form_has():
    form = Words({"words": "hello"})
    form.is_valid()
    blame(form, Invalid("Wrong.", errors=[{"field": "words", "message": "A."}, {"field": "nowhere", "message": "B."}]))
    assert form.errors == {"words": ["A."]}


@pytest.mark.parametrize(
    ("make", "enters"),
    [
        (lambda: UserFactory(role="l1"), True),
        (lambda: UserFactory(role="admin"), True),
        (lambda: UserFactory(), False),
        (lambda: UserFactory(role="l1", until=timezone.now() - timezone.timedelta(days=1)), False),
        (lambda: UserFactory(role="l1", is_active=False), False),
        (lambda: ClientFactory(), False),
        (lambda: UserFactory(is_superuser=True), False),
    ],
    ids=["l1", "admin", "no grant", "grant ended", "inactive", "client", "superuser without a grant"],
)
def test_who_may_sign_in_to_the_desk(make, enters):
    user = make()
    answer = Client().post(reverse("admin:login"), {"username": user.username, "password": PASSWORD})
    assert answer.status_code == (302 if enters else 200)


@pytest.mark.parametrize("demo", [True, False])
def test_demo_logins_are_named_in_the_demo_only(settings, demo):
    settings.DEMO = demo
    page = Client().get(reverse("admin:login")).content.decode()
    assert ("demo-desk" in page) is demo
    assert all((f"<dt>{name}</dt>" in page) is demo for name, _does in login.DEMO_LOGINS)


@pytest.mark.parametrize(
    ("make", "lands"),
    [
        (lambda: UserFactory(role="l1"), "/admin/desk/queues/mine/"),
        (lambda: UserFactory(role="lead"), "/admin/desk/triage/"),
        (lambda: UserFactory(role="auditor"), "/admin/desk/queues/all/?priority=P0&priority=P1&open=1"),
        (lambda: ClientFactory(requester=RequesterFactory(tenant=TenantFactory(slug="acme"))), "/status/acme/"),
    ],
    ids=["l1", "lead", "auditor", "client"],
)
def test_where_a_day_begins(make, lands):
    answer = signed_in(make()).get("/")
    assert (answer.status_code, answer.url) == (302, lands)


def test_strangers_land_on_the_status_page_and_the_ungranted_are_told():
    assert Client().get("/").url == "/status/"
    answer = signed_in(UserFactory()).get("/")
    assert (answer.status_code, b"No access is granted" in answer.content) == (403, True)


def test_unfold_may_evaluate_and_our_own_pages_may_not():
    client = signed_in(UserFactory(role="lead"))
    theirs = client.get(reverse("admin:cases_category_changelist"))["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in theirs
    assert "style-src 'self'; " in theirs + "; "
    assert theirs.count("unsafe-inline") == 1 == theirs.count("style-src-attr 'unsafe-inline'")
    assert "unsafe" not in client.get(reverse("desk:triage"))["Content-Security-Policy"]
    assert "unsafe" not in client.get("/status/")["Content-Security-Policy"]


def test_every_model_of_ours_is_reachable():
    rooms = ("outbox", "tenants", "sla", "incidents", "cases", "reporting", "cadence")
    assert {model._meta.app_label for model in admin.site._registry} >= set(rooms)


def test_a_link_that_leads_nowhere_says_so_and_leads_home(client):
    client.force_login(UserFactory(role="l1"))
    for path, status, said in (
        ("/admin/desk/cases/987654321/", 404, "There is nothing here"),
        (reverse("admin:tenants_auditentry_changelist"), 403, "You may not open this"),
    ):
        answer = client.get(path)
        assert (answer.status_code, said in answer.content.decode(), 'href="/"' in answer.content.decode()) == (
            status,
            True,
            True,
        )
