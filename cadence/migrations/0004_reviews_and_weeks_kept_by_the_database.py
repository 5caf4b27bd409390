"""What the database itself holds: lines and cases belong to their client, changes are audited; and when a pattern is one."""

from django.db import migrations

from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited


def set_policy(apps, schema_editor):
    apps.get_model("cadence", "ReviewPolicy").objects.create(pk=1)


def unset_policy(apps, schema_editor):
    apps.get_model("cadence", "ReviewPolicy").objects.filter(pk=1).delete()


class Migration(migrations.Migration):
    dependencies = [("cadence", "0003_reviews_and_weeks_of_l2")]
    operations = [
        same_tenant(child="cadence_summaryline", column="case_id", parent="cases_case"),
        same_tenant(child="cadence_chainreviewcase", column="case_id", parent="cases_case"),
        migrations.RunPython(set_policy, unset_policy),
        audited("cadence_slareview", tenant_column="tenant_id"),
        audited("cadence_levelsummary", ignore=["version"]),
        audited("cadence_summaryline", tenant_column="tenant_id"),
        audited("cadence_chainreview", ignore=["version"]),
        audited("cadence_chainreviewcase", tenant_column="tenant_id"),
        audited("cadence_reviewpolicy"),
    ]
