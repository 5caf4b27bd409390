"""What the database itself holds of merged, split and linked cases: one tenant each, and the audit."""

from django.db import migrations

from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_merged_split_and_linked")]
    operations = [
        same_tenant(child="cases_case", column="merged_into_id", parent="cases_case"),
        same_tenant(child="cases_interaction", column="written_to_id", parent="cases_case"),
        same_tenant(child="cases_casetie", column="case_id", parent="cases_case"),
        same_tenant(child="cases_casetie", column="other_id", parent="cases_case"),
        audited("cases_casetie", tenant_column="tenant_id", ignore=["restore_point"]),
    ]
