from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from config.errors import Absent, Forbidden
from tenants.domain.access import EVERYTHING, SCOPES, TABLE, access_by, access_of, grants_in_force, with_grants
from tenants.domain.actors import SYSTEM, actor_of_requester, actor_of_token, actor_of_user
from tenants.domain.tokens import token_for
from tenants.enums import GrantScope, Right, Role, TokenScope
from tenants.models import Grant, Requester, Resource, ResourceTenant, Tenant, User
from tenants.models.user import name_of
from tests.factories.tenants import (
    ClientFactory,
    GrantFactory,
    RequesterFactory,
    ResourceFactory,
    TenantFactory,
    TokenFactory,
    UserFactory,
    actor,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

# INTERFACES.md, 'Who may do what', row by row, written out a second time: L1 Lead L2 L3 PO Auditor client Admin.
ROLES = ["l1", "lead", "l2", "l3", "po", "auditor", "client", "admin"]
WRITTEN = {
    "see_cases": "● ● ● ● ● ● – –",
    "work_cases": "● ● ● ● ● – – –",
    "lower_p0_p1": "– ● ● ● ● – – –",
    "assign_l1_l2": "● ● ● ● ● – – –",
    "assign_l3": "– – ● ● ● – – –",
    "hand_over": "– ● – – ● – – –",
    "declare_incident": "● ● ● ● ● – – –",
    "run_incidents": "– – ● ● ● – – –",
    "client_words": "– – – – ● – – –",
    "client_words_with_hat": "● ● ● ● – – – –",
    "read_promises": "● ● ● ● ● ● – –",
    "edit_promises": "– – – – ● – – –",
    "send_telemetry": "● ● ● ● ● – – ●",
    "see_audit": "– – – – – ● – –",
    "manage_access": "– – – – – – – ●",
    "manage_desk": "– – – – – – – ●",
    "client_cases": "– – – – – – ● –",
}


def test_the_table_is_the_one_that_was_agreed():
    assert {right: [right in TABLE[Role(role)] for role in ROLES] for right in Right.values} == {
        right: [mark == "●" for mark in marks.split()] for right, marks in WRITTEN.items()
    }
    assert set(ROLES) == set(Role.values)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in ROLES if role != "client"])
def test_a_grant_gives_its_role_in_its_tenant_and_nothing_next_door(role):
    acme, other = TenantFactory(), TenantFactory()
    access = UserFactory(role=role, tenant=acme).access
    held = {right for right in Right if access.can(right, acme.pk)}
    assert held == TABLE[Role(role)]
    assert not any(access.can(right, other.pk) or access.can(right, None) for right in Right)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "seen"),
    [
        ({}, {"one", "two", "three"}),
        ({"segment": "bank"}, {"one", "two"}),
        ({"region": "eu"}, {"one"}),
    ],
)
def test_a_scope_reaches_its_tenants(place, seen):
    TenantFactory(slug="one", segment="bank", region="eu")
    TenantFactory(slug="two", segment="bank", region="us")
    TenantFactory(slug="three", segment="shop", region="us")
    assert {tenant.slug for tenant in Tenant.objects.visible_to(actor("l1", **place))} == seen


@pytest.mark.django_db
def test_a_tenant_that_joins_a_segment_later_is_reached():
    user = UserFactory(role="l1", segment="bank")
    joined = TenantFactory(segment="bank")
    assert access_of(user, at=timezone.now()).can(Right.SEE_CASES, joined.pk)


@pytest.mark.django_db
def test_empty_segment_and_region_reach_nobody():
    TenantFactory(segment="", region="")
    user = UserFactory(role="l1", tenant=TenantFactory())
    assert Tenant.objects.visible_to(user).count() == 1


@pytest.mark.django_db
def test_grants_add_up():
    acme, other = TenantFactory(), TenantFactory()
    user = UserFactory(role="l1", tenant=acme)
    GrantFactory(user=user, role="auditor", tenant=other)
    assert user.access.tenant_ids(Right.SEE_CASES) == {acme.pk, other.pk}
    assert user.access.tenant_ids(Right.WORK_CASES) == {acme.pk}
    assert user.access.tenant_ids(Right.SEE_AUDIT) == {other.pk}
    assert user.access.roles == {Role.L1, Role.AUDITOR}


@pytest.mark.django_db
def test_a_grant_holds_from_its_beginning_up_to_its_end():
    user = UserFactory()
    GrantFactory(user=user, created_at=NOON, until=NOON + timedelta(hours=1))
    moments = [NOON - timedelta(seconds=1), NOON, NOON + timedelta(minutes=59), NOON + timedelta(hours=1)]
    assert [access_of(user, at=at).any(Right.SEE_CASES) for at in moments] == [False, True, True, False]


@pytest.mark.django_db
def test_a_revoked_grant_holds_no_more():
    user = UserFactory()
    GrantFactory(user=user, created_at=NOON, revoked_at=NOON + timedelta(hours=1))
    assert access_of(user, at=NOON).any(Right.SEE_CASES)
    assert access_of(user, at=NOON + timedelta(hours=1)) == access_of(UserFactory(), at=NOON)


@pytest.mark.django_db
def test_superuser_and_staff_flags_give_nothing():
    TenantFactory()
    user = UserFactory(is_superuser=True)
    assert not any(user.access.any(right) for right in Right)
    assert list(Tenant.objects.visible_to(user, right=None)) == []


@pytest.mark.django_db
def test_the_first_admin_of_the_command_line_comes_in_by_a_grant():
    user = User.objects.create_superuser("root", "root@desk.example", "a-long-enough-word")
    assert {right for right in Right if access_of(user, at=timezone.now()).any(right)} == TABLE[Role.ADMIN]
    assert not user.has_perm("tenants.change_tenant")
    assert not user.has_module_perms("tenants")


@pytest.mark.django_db
def test_who_may_not_sign_in_has_no_access():
    user = UserFactory(role="po", is_active=False)
    assert not user.access.any(*Right)


@pytest.mark.django_db
def test_asking_for_somebody_whose_access_was_not_read_is_a_bug():
    with pytest.raises(AttributeError):
        Tenant.objects.visible_to(type(UserFactory())(username="x"))


def test_each_scope_keeps_what_it_says_and_all_scopes_keep_everything():
    assert frozenset().union(*SCOPES.values()) == frozenset(Right)
    assert set(SCOPES) == set(TokenScope)
    reading = {Right.SEE_CASES, Right.READ_PROMISES, Right.CLIENT_CASES}
    assert all(rights <= reading for scope, rights in SCOPES.items() if scope.endswith(":read"))


@pytest.mark.django_db
@pytest.mark.parametrize("scope", TokenScope.values)
def test_a_token_only_narrows(scope):
    user = UserFactory(role="l1")
    access = access_by(grants_in_force(timezone.now()).filter(user=user), scopes=[scope])
    assert {right for right in Right if access.any(right)} == TABLE[Role.L1] & SCOPES[TokenScope(scope)]
    assert [one for one in TokenScope.values if access.has_scope(one)] == [scope]


@pytest.mark.django_db
def test_reading_access_is_one_query(django_assert_num_queries):
    user = UserFactory(role="l1", segment="bank")
    GrantFactory.create_batch(3, user=user, tenant=TenantFactory())
    with django_assert_num_queries(1):
        access_of(user, at=timezone.now())


@pytest.mark.django_db
def test_require_says_absent_next_door_and_forbidden_at_home():
    acme, other = TenantFactory(), TenantFactory()
    agent = actor("l1", tenant=acme)
    agent.require(Right.WORK_CASES, tenant_id=acme.pk)
    with pytest.raises(Forbidden):
        agent.require(Right.ASSIGN_L3, tenant_id=acme.pk)
    with pytest.raises(Absent):
        agent.require(Right.WORK_CASES, tenant_id=other.pk)
    with pytest.raises(Forbidden):
        agent.require(Right.WORK_CASES, tenant_id=None)


@pytest.mark.django_db
def test_actors_are_who_they_are():
    now = timezone.now()
    client = ClientFactory()
    issued = TokenFactory(user=UserFactory(role="l1"), automation=True, name="Bot")
    token = token_for(issued.secret, at=now)
    staff = UserFactory(role="l1", first_name="Ada", last_name="Byron")
    made = [
        actor_of_user(staff, at=now),
        actor_of_user(client, at=now),
        actor_of_token(token),
        actor_of_requester(client.requester),
        SYSTEM,
    ]
    assert [(one.kind, one.label, one.is_person) for one in made] == [
        ("user", f"user:{staff.pk}", True),
        ("customer", f"customer:{client.requester_id}", False),
        ("automation", f"automation:{token.pk}", False),
        ("customer", f"customer:{client.requester_id}", False),
        ("system", "system", False),
    ]
    assert [one.name for one in made[:3]] == ["Ada Byron", client.requester.name, "Bot"]
    assert EVERYTHING.can(Right.MANAGE_ACCESS, None)


@pytest.mark.django_db
def test_a_client_sees_no_row_as_staff_do():
    client = ClientFactory()
    RequesterFactory(tenant=client.requester.tenant)
    ResourceFactory(tenant=client.requester.tenant)
    customer = actor_of_requester(client.requester)
    assert [list(model.objects.visible_to(customer)) for model in (Tenant, Requester, Resource)] == [[], [], []]
    assert Tenant.objects.visible_to(customer, Right.CLIENT_CASES).get() == client.requester.tenant


@pytest.mark.django_db
def test_resources_are_seen_by_owner_and_by_user_of_a_shared_one():
    acme, other = TenantFactory(), TenantFactory()
    own = ResourceFactory(tenant=acme)
    ResourceFactory(tenant=other)
    shared, unused = ResourceFactory(tenant=None), ResourceFactory(tenant=None)
    ResourceTenant.objects.create(resource=shared, tenant=acme)
    ResourceTenant.objects.create(resource=unused, tenant=other)
    assert set(Resource.objects.visible_to(actor("l1", tenant=acme))) == {own, shared}
    assert Resource.objects.visible_to(actor("l1")).count() == 4


@pytest.mark.django_db
@pytest.mark.parametrize("scope", GrantScope.values)
def test_the_database_refuses_a_grant_that_does_not_name_its_place(scope):
    wrong = {"all": {"segment": "bank"}, "tenant": {}, "segment": {"region": "eu"}, "region": {}}[scope]
    with pytest.raises(IntegrityError, match="grant_scope_names_its_place"), transaction.atomic():
        GrantFactory(user=UserFactory(), scope=scope, **wrong)


@pytest.mark.django_db
def test_the_person_comes_with_their_grants_which_are_read_anew_when_asked_again(django_assert_num_queries):
    acme = TenantFactory()
    user = UserFactory(role="l1", tenant=acme, until=timezone.now() + timedelta(hours=1))
    GrantFactory(user=user, role="auditor")
    with django_assert_num_queries(1):
        came = with_grants(user.pk, at=timezone.now())
        access = access_of(came, at=timezone.now())
    assert (came, access) == (user, access_of(user, at=timezone.now()))
    user.grants.update(revoked_at=timezone.now())
    assert not access_of(came, at=timezone.now()).grants
    assert with_grants(UserFactory(is_active=False).pk, at=timezone.now()) is None


@pytest.mark.django_db
@pytest.mark.parametrize("names", [("Mira", "Roy"), ("Mira", ""), ("", "Roy"), ("", "")])
def test_a_name_as_a_column_is_what_the_person_is_called(names):
    first_name, last_name = names
    grant = GrantFactory(user=UserFactory(first_name=first_name, last_name=last_name))
    assert Grant.objects.annotate(name=name_of("user")).get(pk=grant.pk).name == str(grant.user)
