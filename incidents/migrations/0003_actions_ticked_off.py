"""Who ticked a corrective action off; no door could do so before, so that none is done yet."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_kept_by_the_database")]
    operations = [
        migrations.AddField(
            model_name="action",
            name="done_by_label",
            field=models.CharField(blank=True, default="", max_length=40),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="action",
            name="done_by_name",
            field=models.CharField(blank=True, default="", max_length=150),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                name="action_done_by_somebody",
                condition=Q(Q(done_at__isnull=False), ~Q(done_by_label=""))
                | Q(done_at__isnull=True, done_by_label="", done_by_name=""),
            ),
        ),
    ]
