import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from tenants.models import AccessEntry, ApiToken, AuditEntry, Grant, Requester, User
from tests.factories.tenants import (
    ClientFactory,
    GrantFactory,
    RequesterFactory,
    ResourceFactory,
    TenantFactory,
    TokenFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ROOM = [model for model in admin.site._registry if model._meta.app_label == "tenants"]


def page(client, name, *args, **query):
    return client.get(reverse(f"admin:{name}", args=args), query)


def sign_in(client, role, **place):
    user = UserFactory(role=role, **place)
    client.force_login(user)
    return user


@pytest.fixture
def acme():
    return TenantFactory(slug="acme", name="Acme")


@pytest.fixture
def other():
    """The neighbour whose words must never show."""
    tenant = TenantFactory(slug="secretive", name="Secretive")
    RequesterFactory(tenant=tenant, name="Secretive person")
    ResourceFactory(tenant=tenant, key="secretive-service")
    GrantFactory(user=UserFactory(username="insider"), tenant=tenant, reason="Secretive work")
    TokenFactory(name="Secretive token", user=UserFactory(username="robot"))
    AccessEntry.objects.create(
        at=timezone.now(),
        actor="user:1",
        method="GET",
        path="/secretive/",
        tenant_ids=[tenant.pk],
        grant_ids=[],
        rows=1,
    )
    return tenant


# What each role opens of this room's lists; everything else is forbidden.
DESK = {"tenant", "requester", "resource", "healthsnapshot"}
ACCESS = {"user", "grant", "apitoken"}
OPENS = {
    "l1": DESK,
    "lead": DESK,
    "l2": DESK,
    "l3": DESK,
    "po": DESK,
    "auditor": DESK | ACCESS | {"auditentry", "accessentry"},
    "admin": ACCESS | {"tenant"},
}


@pytest.mark.parametrize("role", OPENS)
def test_each_role_opens_its_lists_and_no_other(client, role, acme):
    sign_in(client, role)
    opened = {
        model._meta.model_name
        for model in ROOM
        if page(client, f"tenants_{model._meta.model_name}_changelist").status_code == 200
    }
    assert opened == OPENS[role]


def test_without_a_grant_nothing_opens_whatever_the_flags(client, acme):
    client.force_login(UserFactory(is_superuser=True))
    answers = [page(client, f"tenants_{model._meta.model_name}_changelist").status_code for model in ROOM]
    assert answers == [403] * len(ROOM)


@pytest.mark.parametrize("role", ["l1", "lead", "l2", "l3", "po", "auditor"])
def test_no_page_of_one_tenant_shows_the_neighbour(client, role, acme, other):
    sign_in(client, role, tenant=acme)
    RequesterFactory(tenant=acme)
    ResourceFactory(tenant=acme)
    for model in ROOM:
        name = model._meta.model_name
        if name in ("user", "apitoken"):
            continue  # people and their tokens belong to no tenant
        answer = page(client, f"tenants_{name}_changelist")
        assert "ecretive" not in answer.content.decode(), name
    for row in (other, Requester.objects.get(tenant=other)):
        name = f"tenants_{row._meta.model_name}"
        for kind in ("change", "history", "delete"):
            answer = page(client, f"{name}_{kind}", row.pk)
            assert answer.status_code in (302, 403, 404), (name, kind)
            assert "ecretive" not in answer.content.decode()
    for name in ("tenants_tenant_who_sees_page", "tenants_tenant_health_page"):
        assert page(client, name, other.pk).status_code in (403, 404)


def autocomplete(client, model, field, term):
    query = {"app_label": "tenants", "model_name": model, "field_name": field, "term": term}
    return client.get(reverse("admin:autocomplete"), query)


def test_autocomplete_names_no_neighbour(client, acme, other):
    sign_in(client, "l1", tenant=acme)
    assert "ecretive" not in autocomplete(client, "user", "requester", "Secretive").content.decode()


@pytest.mark.parametrize("role", ["l1", "lead", "po", "auditor"])
def test_who_may_not_edit_a_tenant_changes_nothing(client, role, acme):
    sign_in(client, role)
    url = reverse("admin:tenants_tenant_change", args=[acme.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "Mine"}).status_code == 403
    acme.refresh_from_db()
    assert acme.name == "Acme"


def filled(answer):
    """What the form on a page would send as it is."""
    inlines = [one.formset for one in answer.context["inline_admin_formsets"]]
    forms = [answer.context["adminform"].form]
    for formset in inlines:
        forms += [formset.management_form, *formset.initial_forms]
    data = {}
    for field in (field for form in forms for field in form):
        value = field.value()
        if isinstance(value, list):
            value = ",".join(map(str, value))
        if value is not None and value is not False:
            data[field.html_name] = value
    return data


def test_an_admin_edits_a_tenant_and_only_what_changed_is_written(client, acme):
    user = sign_in(client, "admin")
    acme.contacts.create(name="Anna", email="anna@client.example", role="sponsor")
    url = reverse("admin:tenants_tenant_change", args=[acme.pk])
    data = filled(client.get(url)) | {"plan": "scale"}
    contacts = next(name for name in data if name.startswith("contacts") and name.endswith("0-name"))
    answer = client.post(url, data | {contacts: "Anne"})
    assert answer.status_code == 302, answer.context["errors"]
    acme.refresh_from_db()
    assert (acme.plan, acme.version) == ("scale", 2)
    assert acme.contacts.get().name == "Anne"
    changes = AuditEntry.objects.filter(op="UPDATE", actor=f"user:{user.pk}").order_by("pk")
    assert [(entry.table_name, entry.new) for entry in changes] == [
        ("tenants_tenant", {"plan": "scale"}),
        ("tenants_contact", {"name": "Anne"}),
    ]


def test_a_client_does_not_come_in(client):
    client.force_login(ClientFactory())
    assert page(client, "tenants_tenant_changelist").status_code == 302


def test_granting_and_ending_on_pages(client, acme):
    by = sign_in(client, "admin")
    user = UserFactory()
    url = reverse("admin:tenants_grant_give_page")
    data = {"user": user.pk, "role": "l2", "scope": "tenant", "tenant": acme.pk, "reason": "Project"}
    assert client.post(url, data | {"tenant": ""}).status_code == 422
    assert not user.grants.exists()
    assert client.post(url, data).status_code == 302
    granted = user.grants.get()
    assert (granted.role, granted.tenant, granted.granted_by) == ("l2", acme, by)
    ended = client.post(reverse("admin:tenants_grant_revoke", args=[granted.pk]), {"reason": "Done"})
    assert ended.status_code == 302
    granted.refresh_from_db()
    assert granted.revoked_at is not None


@pytest.mark.parametrize("role", ["l1", "lead", "po", "auditor"])
def test_nobody_else_grants_or_issues(client, role, acme):
    user = sign_in(client, role)
    grant = GrantFactory()
    grants, tokens = Grant.objects.count(), ApiToken.objects.count()
    for name, args in [
        ("tenants_grant_give_page", []),
        ("tenants_grant_revoke", [grant.pk]),
        ("tenants_apitoken_issue_page", []),
        ("tenants_apitoken_revoke", [TokenFactory(user=user).pk]),
    ]:
        url = reverse(f"admin:{name}", args=args)
        data = {"user": user.pk, "role": "admin", "scope": "all", "reason": "x", "name": "x", "scopes": ["admin"]}
        assert (client.get(url).status_code, client.post(url, data).status_code) == (403, 403)
    assert (Grant.objects.count(), ApiToken.objects.count()) == (grants, tokens + 1)
    assert not Grant.objects.exclude(revoked_at=None).exists()


def test_a_token_is_shown_once(client):
    sign_in(client, "admin")
    user = UserFactory(role="l1")
    data = {"user": user.pk, "name": "CI", "scopes": ["cases:read"]}
    answer = client.post(reverse("admin:tenants_apitoken_issue_page"), data)
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    [secret] = re.findall(r"desk_[\w-]{43}", answer.content.decode())
    token = ApiToken.objects.get()
    assert token.prefix == secret[:12]
    for name, args in [("tenants_apitoken_changelist", []), ("tenants_apitoken_change", [token.pk])]:
        shown = page(client, name, *args).content.decode()
        assert secret not in shown
        assert token.digest not in shown
    assert client.post(reverse("admin:tenants_apitoken_revoke", args=[token.pk])).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_person_is_added_and_is_staff_or_client(client, acme):
    sign_in(client, "admin")
    requester = RequesterFactory(tenant=acme)
    url = reverse("admin:tenants_user_add")
    data = {"usable_password": "true", "password1": "a-long-enough-word", "password2": "a-long-enough-word"}
    for username, of in [("ours", ""), ("theirs", requester.pk)]:
        answer = client.post(url, data | {"username": username, "requester": of, "email": f"{username}@x.example"})
        assert answer.status_code == 302, answer.context["errors"]
    assert list(User.objects.filter(username__in=["ours", "theirs"]).values_list("username", "is_staff")) == [
        ("ours", True),
        ("theirs", False),
    ]


def test_a_password_is_set_under_ones_name_and_never_audited(client):
    by, user = sign_in(client, "admin"), UserFactory()
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    word = "quite-another-one"
    answer = client.post(url, {"usable_password": "true", "password1": word, "password2": word})
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.check_password(word)
    entry = AuditEntry.objects.filter(table_name="tenants_user").latest("pk")
    assert (entry.actor, entry.new) == (f"user:{by.pk}", {"password": "***"})


def test_an_admin_of_one_tenant_changes_no_people(client, acme):
    sign_in(client, "admin", tenant=acme)
    user = UserFactory()
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    assert client.post(url, {"password1": "x", "password2": "x"}).status_code == 403


def test_who_sees_a_tenant_since_when_and_last_used(client, acme, other):
    auditor = sign_in(client, "auditor", tenant=acme)
    agent = UserFactory(username="agent", role="l1", tenant=acme)
    GrantFactory(user=UserFactory(username="past"), tenant=acme, until=timezone.now() - timedelta(days=1))
    AccessEntry.objects.create(
        at=timezone.now(),
        actor="user:1",
        method="GET",
        path="/",
        tenant_ids=[acme.pk],
        grant_ids=[agent.grants.get().pk],
        rows=1,
    )
    answer = page(client, "tenants_tenant_who_sees_page", acme.pk)
    used = {one.grant.user.username: one.last_used_at is not None for one in answer.context["holders"]}
    assert used == {"agent": True, auditor.username: False}


def test_the_matrix_is_for_all_staff(client):
    sign_in(client, "l1")
    answer = page(client, "tenants_grant_matrix")
    assert answer.status_code == 200
    assert len(answer.context["rows"]) == 17


def test_what_the_desk_shows_is_logged_once_a_request(client, acme):
    user = sign_in(client, "l1")
    page(client, "tenants_tenant_change", acme.pk)
    entry = AccessEntry.objects.get()
    assert (entry.actor, entry.tenant_ids, entry.rows) == (f"user:{user.pk}", [acme.pk], 1)
    assert entry.grant_ids == [user.grants.get().pk]


def test_audit_pages_filter_by_tenant_table_and_actor(client, acme, other):
    sign_in(client, "auditor")
    shown = page(client, "tenants_auditentry_changelist", tenant=acme.pk, table="tenants_tenant")
    assert {(row.table_name, row.tenant_id) for row in shown.context["cl"].result_list} == {("tenants_tenant", acme.pk)}
    seen = page(client, "tenants_accessentry_changelist", tenant=other.pk)
    assert [row.path for row in seen.context["cl"].result_list] == ["/secretive/"]
    assert page(client, "tenants_auditentry_changelist", tenant="x'").status_code == 200
    assert page(client, "tenants_auditentry_changelist", q="user:1").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("name", "factory"),
    [
        ("requester", RequesterFactory),
        ("resource", ResourceFactory),
        ("tenant", TenantFactory),
        ("grant", GrantFactory),
    ],
)
def test_lists_cost_the_same_for_one_and_three(client, name, factory, count, django_assert_max_num_queries):
    sign_in(client, "auditor")
    if name == "grant":
        factory.create_batch(count, user=UserFactory(), tenant=TenantFactory())
    else:
        factory.create_batch(count)
    page(client, f"tenants_{name}_changelist")
    with django_assert_max_num_queries(QUERIES[name]):
        page(client, f"tenants_{name}_changelist")


# session, user, grants, count, rows, filters' choices, menu, timer, access entry
QUERIES = {"requester": 11, "resource": 11, "tenant": 11, "grant": 11}
