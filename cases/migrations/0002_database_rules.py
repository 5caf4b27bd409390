"""What the database itself holds to: numbers, append-only history, one tenant a case, the audit."""

from django.db import migrations

from config.append_only import append_only
from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited

CHILDREN = [
    "interaction",
    "transition",
    "caseclock",
    "caseincident",
    "caseresource",
    "attachment",
    "escalation",
    "survey",
    "externalref",
]


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("config", "0001_database_roles"),
        ("tenants", "0002_audit"),
    ]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE cases_case ALTER COLUMN id SET START WITH 1001 RESTART",
            "ALTER TABLE cases_case ALTER COLUMN id SET START WITH 1 RESTART",
        ),
        append_only("cases_interaction"),
        append_only("cases_transition"),
        append_only("cases_escalation"),
        *[same_tenant(child=f"cases_{child}", column="case_id", parent="cases_case") for child in CHILDREN],
        same_tenant(child="cases_case", column="requester_id", parent="tenants_requester"),
        same_tenant(child="cases_caseclock", column="clock_id", parent="sla_clock"),
        audited(
            "cases_case",
            tenant_column="tenant_id",
            ignore=["version", "next_due_at", "next_due_kind", "next_timer_at", "next_timer", "timer_step"],
        ),
        audited("cases_category"),
        audited("cases_triagerule"),
        audited("cases_knownissue"),
        audited("cases_caseincident", tenant_column="tenant_id"),
        audited("cases_attachment", tenant_column="tenant_id"),
        audited("cases_survey", tenant_column="tenant_id"),
    ]
