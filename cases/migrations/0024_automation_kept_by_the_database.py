"""What the database itself holds of automation rules: one tenant a run, and who changed a rule."""

from django.db import migrations

from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited


class Migration(migrations.Migration):
    dependencies = [("cases", "0023_automation_rules")]
    operations = [
        audited("cases_automationrule", tenant_column="tenant_id", ignore=["scanned_to"]),
        same_tenant(child="cases_automationrun", column="case_id", parent="cases_case"),
        same_tenant(child="cases_automationtimer", column="case_id", parent="cases_case"),
    ]
