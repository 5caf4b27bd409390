"""What the database itself holds of fields, checklists and time: one tenant each, time append-only, the audit."""

from django.db import migrations

from config.append_only import append_only
from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0020_custom_fields_checklists_and_time"),
        ("config", "0001_database_roles"),
        ("tenants", "0002_audit"),
    ]
    operations = [
        same_tenant(child="cases_checkliststep", column="case_id", parent="cases_case"),
        same_tenant(child="cases_timeentry", column="case_id", parent="cases_case"),
        append_only("cases_timeentry"),
        audited("cases_customfield"),
        audited("cases_customfield_categories"),
        audited("cases_checklisttemplate"),
        audited("cases_checkliststep", tenant_column="tenant_id"),
    ]
