"""Four more kinds of snapshots, found by kind and time; and what is worth knowing of a client."""

from django.db import migrations, models
from django.db.models import Q

KINDS = ["sli", "error_rate", "error_budget", "alert", "deployment", "config", "flag", "experiment", "usage", "entitlement"]
LABELS = [
    "SLI", "Error rate", "Error budget", "Alert", "Deployment", "Configuration", "Feature flag", "Experiment", "Usage",
    "Entitlement check",
]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_audit_in_one_pass")]
    operations = [
        migrations.RemoveConstraint("healthsnapshot", "snapshot_kind_known"),
        migrations.AlterField(
            "healthsnapshot", "kind", models.CharField(choices=list(zip(KINDS, LABELS)), max_length=16)
        ),
        migrations.AddConstraint(
            "healthsnapshot", models.CheckConstraint(condition=Q(kind__in=KINDS), name="snapshot_kind_known")
        ),
        migrations.AddIndex(
            "healthsnapshot", models.Index(fields=["tenant", "kind", "-taken_at"], name="snapshot_of_kind")
        ),
        migrations.AddField(
            "tenant",
            "notes",
            models.TextField(
                blank=True,
                default="",
                help_text="What whoever works for this client should know; no client sees it.",
            ),
        ),
    ]
