import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from config.db import client_address, request_id, unit_of_work
from tenants.models import AccessEntry, AuditEntry, Grant, Tenant, User
from tests.factories.tenants import GrantFactory, TenantFactory, TokenFactory, UserFactory

pytestmark = pytest.mark.django_db


def entries(table):
    return list(AuditEntry.objects.filter(table_name=table).order_by("pk"))


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_change_is_written_with_who_what_when_and_from_where():
    acme = TenantFactory(plan="start")
    marks = request_id.set("req-12345"), client_address.set("192.0.2.7")
    with unit_of_work("user:7"):
        Tenant.objects.filter(pk=acme.pk).update(plan="growth", segment="mid-market")
    request_id.reset(marks[0])
    client_address.reset(marks[1])
    entry = entries("tenants_tenant")[-1]
    assert (entry.op, entry.actor, entry.request_id, entry.ip) == ("UPDATE", "user:7", "req-12345", "192.0.2.7")
    assert (entry.tenant_id, entry.row_id) == (acme.pk, str(acme.pk))
    assert (entry.old, entry.new) == ({"plan": "start"}, {"plan": "growth"})


def test_raw_sql_is_written_too_and_nobody_named_is_nobody():
    acme = TenantFactory(plan="start")
    sql("select set_config('app.actor', '', true)")
    sql("update tenants_tenant set plan = 'x' where id = %s", acme.pk)
    entry = entries("tenants_tenant")[-1]
    assert (entry.actor, entry.ip, entry.new) == ("", None, {"plan": "x"})


def test_inserts_and_deletes_hold_the_whole_row():
    acme = TenantFactory()
    contact = acme.contacts.create(name="Anna", email="a@client.example", role="sponsor")
    contact_id = contact.pk
    contact.delete()
    added, gone = entries("tenants_contact")
    assert (added.op, added.old, added.new["email"], added.tenant_id) == ("INSERT", {}, "a@client.example", acme.pk)
    assert (gone.op, gone.new, gone.old["id"], gone.row_id) == ("DELETE", {}, contact_id, str(contact_id))


def test_an_update_that_changes_nothing_is_not_written():
    acme = TenantFactory()
    before = AuditEntry.objects.count()
    Tenant.objects.update(plan=acme.plan, version=5)
    assert AuditEntry.objects.count() == before


def test_secrets_are_told_to_have_changed_but_never_kept():
    user = UserFactory()
    user.set_password("another-long-word")
    user.save(update_fields=["password"])
    TokenFactory(user=user)
    change = entries("tenants_user")[-1]
    assert (change.old, change.new) == ({"password": "***"}, {"password": "***"})
    kept = [(entry.old, entry.new) for entry in AuditEntry.objects.all()]
    assert "pbkdf2" not in str(kept)
    assert user.api_tokens.get().digest not in str(kept)


def test_signing_in_is_no_change_of_the_user():
    user = UserFactory()
    before = len(entries("tenants_user"))
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    assert len(entries("tenants_user")) == before


def test_every_table_worth_it_is_audited():
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgrelid::regclass::text from pg_trigger where tgfoid = 'public.audit_row'::regproc "
            "and tgrelid::regclass::text like 'tenants_%%'"
        )
        audited = {name for (name,) in cursor.fetchall()}
    everything = {name for name in connection.introspection.django_table_names() if name.startswith("tenants_")}
    # Written once or by the minute, and told elsewhere; the two join tables of Django's own rights are not used.
    assert everything - audited == {
        "tenants_auditentry",
        "tenants_accessentry",
        "tenants_healthsnapshot",
        "tenants_user_groups",
        "tenants_user_user_permissions",
    }


@pytest.mark.parametrize("table", ["tenants_auditentry", "tenants_accessentry"])
@pytest.mark.parametrize(
    "statement", ["update {} set actor = 'x'", "delete from {}", "truncate {}", "alter table {} disable trigger all"]
)
def test_the_logs_are_append_only_for_the_application(table, statement):
    TenantFactory()
    AccessEntry.objects.create(
        at=timezone.now(), actor="user:1", method="GET", path="/", tenant_ids=[1], grant_ids=[], rows=1
    )
    before = list(AuditEntry.objects.values()), list(AccessEntry.objects.values())
    with pytest.raises(ProgrammingError), transaction.atomic():
        sql(statement.format(table))
    assert (list(AuditEntry.objects.values()), list(AccessEntry.objects.values())) == before


def test_a_grant_leaves_its_trace():
    grant = GrantFactory(tenant=TenantFactory())
    Grant.objects.filter(pk=grant.pk).update(revoked_at=timezone.now())
    assert [(entry.op, entry.tenant_id) for entry in entries("tenants_grant")] == [
        ("INSERT", grant.tenant_id),
        ("UPDATE", grant.tenant_id),
    ]
