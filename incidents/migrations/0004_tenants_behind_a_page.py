"""Several tenants of an incident may wait behind one call; calls made so far are about the one they name."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_actions_ticked_off"), ("tenants", "0002_audit")]
    operations = [
        migrations.AlterField(
            model_name="page",
            name="tenant",
            field=models.ForeignKey(
                help_text="Whom it is about; empty where several tenants of an incident wait behind one call.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.tenant",
            ),
        ),
        migrations.CreateModel(
            name="PageTenant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tenant_links", to="incidents.page"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
                    ),
                ),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.AddConstraint(
            model_name="pagetenant",
            constraint=models.UniqueConstraint(fields=("page", "tenant"), name="page_tenant_once"),
        ),
    ]
