"""What the database itself holds of side talks: one tenant each, words append-only, the audit; and who chose what to be
told of before there were any is told of them as usual.
"""

from django.db import migrations

from config.append_only import append_only
from config.tenancy_sql import same_tenant
from tenants.models.audit_sql import audited

TOLD_AS_USUAL = ["asked.bell", "asked.mail", "side.mine.bell", "side.followed.bell"]


def tell_as_usual(apps, schema_editor):
    for choice in apps.get_model("cases", "NoticeChoice").objects.iterator():
        choice.cells = sorted({*choice.cells, *TOLD_AS_USUAL})
        choice.save(update_fields=["cells"])


def tell_no_more(apps, schema_editor):
    for choice in apps.get_model("cases", "NoticeChoice").objects.iterator():
        choice.cells = [cell for cell in choice.cells if cell not in TOLD_AS_USUAL]
        choice.save(update_fields=["cells"])


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0030_side_talks_and_noters"),
        ("config", "0001_database_roles"),
        ("tenants", "0002_audit"),
    ]
    operations = [
        same_tenant(child="cases_sidetalk", column="case_id", parent="cases_case"),
        same_tenant(child="cases_sideperson", column="talk_id", parent="cases_sidetalk"),
        same_tenant(child="cases_sideword", column="talk_id", parent="cases_sidetalk"),
        append_only("cases_sideword"),
        audited("cases_sidetalk", tenant_column="tenant_id"),
        audited("cases_sideperson", tenant_column="tenant_id"),
        migrations.RunPython(tell_as_usual, tell_no_more, elidable=True),
    ]
