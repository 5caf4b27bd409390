"""What the database itself sees to: an update's clock is its tenant's, changes are audited."""

from django.db import migrations

from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited


class Migration(migrations.Migration):
    dependencies = [("cadence", "0001_initial"), ("config", "0001_database_roles"), ("tenants", "0002_audit")]
    operations = [
        same_tenant(child="cadence_weeklyupdate", column="clock_id", parent="sla_clock"),
        audited("cadence_weeklyupdate", tenant_column="tenant_id", ignore=["version"]),
        audited("cadence_workitem", tenant_column="tenant_id"),
    ]
