"""Who changed what: the trigger on every table of this room worth it; the two logs are append-only."""

from django.db import migrations

from config.append_only import append_only
from tenants.models.audit_sql import FUNCTION, audited


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial"), ("config", "0001_database_roles")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION public.audit_row()"),
        audited("tenants_user", redact=["password"], ignore=["last_login"]),
        audited("tenants_tenant", tenant_column="id", ignore=["version"]),
        audited("tenants_entitlement", tenant_column="tenant_id"),
        audited("tenants_contact", tenant_column="tenant_id"),
        audited("tenants_tenantperson", tenant_column="tenant_id"),
        audited("tenants_escalationroute", tenant_column="tenant_id"),
        audited("tenants_project", tenant_column="tenant_id"),
        audited("tenants_requester", tenant_column="tenant_id", ignore=["version"]),
        # The snapshots themselves say how health went; a reading a minute would drown the audit.
        audited("tenants_resource", tenant_column="tenant_id", ignore=["health", "health_at", "revision"]),
        audited("tenants_resourcetenant", tenant_column="tenant_id"),
        audited("tenants_resourceedge"),
        audited("tenants_grant", tenant_column="tenant_id"),
        audited("tenants_apitoken", redact=["digest"], ignore=["last_used_at"]),
        audited("tenants_blob", tenant_column="tenant_id"),
        append_only("tenants_auditentry"),
        append_only("tenants_accessentry"),
    ]
