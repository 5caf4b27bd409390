"""What people write and send belongs to the tenant of its case, by the database's word."""

from django.db import migrations

from config.tenancy_sql import same_tenant


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_drafts_and_sendings")]
    operations = [
        same_tenant(child="cases_draft", column="case_id", parent="cases_case"),
        same_tenant(child="cases_sending", column="case_id", parent="cases_case"),
    ]
