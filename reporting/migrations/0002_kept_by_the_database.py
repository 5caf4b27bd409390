"""What the database itself sees to: emitted feedback is append-only and belongs to its case's tenant."""

from django.db import migrations

from config.append_only import append_only
from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_initial"), ("config", "0001_database_roles"), ("tenants", "0002_audit")]
    operations = [
        append_only("reporting_feedbackevent"),
        same_tenant(child="reporting_feedbackevent", column="case_id", parent="cases_case"),
        audited("reporting_categorybacklog"),
    ]
