"""The audit of who is there and who gets what; an example of a rule, switched off."""

from django.db import migrations

from tenants.models.audit_sql import audited

EXAMPLE = "Everything, to who carries least"


def add(apps, schema_editor):
    apps.get_model("cases", "AssignmentRule").objects.create(
        position=100, name=EXAMPLE, active=False, levels=["L1", "L2"], way="least_loaded"
    )


def remove(apps, schema_editor):
    apps.get_model("cases", "AssignmentRule").objects.filter(name=EXAMPLE).delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0025_assignment"), ("tenants", "0002_audit")]
    operations = [
        audited("cases_workingtime"),
        audited("cases_workingtime_categories"),
        audited("cases_absence"),
        # Whose turn it is changes with every case that is given, and stands on the case.
        audited("cases_assignmentrule", tenant_column="tenant_id", ignore=["last_given_to_id", "last_given_at"]),
        migrations.RunPython(add, remove),
    ]
