"""What the database itself sees to: history is append-only, a child's tenant is its parent's, changes are audited."""

from django.db import migrations

from config.append_only import append_only
from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial"), ("config", "0001_database_roles"), ("tenants", "0002_audit")]
    operations = [
        append_only("sla_clockevent"),
        append_only("sla_calendarversion"),
        same_tenant(child="sla_clockevent", column="clock_id", parent="sla_clock"),
        same_tenant(child="sla_alert", column="clock_id", parent="sla_clock"),
        audited("sla_calendar"),
        audited("sla_policy", tenant_column="tenant_id"),
        audited("sla_policytarget"),
        audited("sla_causecode"),
        audited("sla_alert", tenant_column="tenant_id", ignore=["addressed_at", "nobody"]),
    ]
