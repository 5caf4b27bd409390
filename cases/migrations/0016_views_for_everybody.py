"""Views and bulk results are held to what other rows are; two views that every desk asks for are there from the start."""

from django.db import migrations
from django.utils import timezone

from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited

VIEWS = [
    ("Waiting > 3 days", "waiting:3d", ["tenant", "requester", "spoke", "promise", "owner"]),
    ("Snoozed to today", "snoozed:today", ["tenant", "spoke", "promise", "owner", "level"]),
]


def add(apps, schema_editor):
    SavedView = apps.get_model("cases", "SavedView")
    SavedView.objects.bulk_create(
        SavedView(name=name, line=line, columns=columns, position=10 * place, changed_at=timezone.now())
        for place, (name, line, columns) in enumerate(VIEWS, start=1)
    )


def remove(apps, schema_editor):
    SavedView = apps.get_model("cases", "SavedView")
    SavedView.objects.filter(owner=None, name__in=[name for name, *_ in VIEWS]).delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_views_bulk_and_snooze"), ("tenants", "0002_audit")]
    operations = [
        audited("cases_savedview"),
        same_tenant(child="cases_bulkresult", column="case_id", parent="cases_case"),
        migrations.RunPython(add, remove),
    ]
