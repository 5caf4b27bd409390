"""What the database itself holds of participants and notices: their case's tenant, and the audit of who takes part."""

from django.db import migrations

from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited


class Migration(migrations.Migration):
    dependencies = [("cases", "0028_participants_and_notices")]
    operations = [
        same_tenant(child="cases_participant", column="case_id", parent="cases_case"),
        same_tenant(child="cases_participant", column="requester_id", parent="tenants_requester"),
        same_tenant(child="cases_notice", column="case_id", parent="cases_case"),
        audited("cases_participant", tenant_column="tenant_id"),
        audited("cases_noticechoice"),
    ]
