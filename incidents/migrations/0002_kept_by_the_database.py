"""What the database itself sees to: references start at INC-201, the timeline is append-only, changes are audited."""

from django.db import migrations

from config.append_only import append_only
from tenants.models.audit_sql import audited


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial"), ("config", "0001_database_roles"), ("tenants", "0002_audit")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE incidents_incident ALTER COLUMN id SET START WITH 201 RESTART",
            "ALTER TABLE incidents_incident ALTER COLUMN id SET START WITH 1 RESTART",
        ),
        append_only("incidents_timelineentry"),
        append_only("incidents_incidentupdate"),
        audited("incidents_incident", ignore=["version"]),
        audited("incidents_incidenttenant", tenant_column="tenant_id", ignore=["word_clock_id"]),
        audited("incidents_incidentresource"),
        audited("incidents_action"),
        audited("incidents_runbook", tenant_column="tenant_id"),
        audited("incidents_rotashift"),
        audited("incidents_oncall"),
        audited("incidents_component"),
    ]
