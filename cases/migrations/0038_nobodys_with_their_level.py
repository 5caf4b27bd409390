"""What has nobody is counted by level without a look at its rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0037_side_looks_kept_by_the_database")]

    operations = [
        migrations.RemoveIndex(model_name="case", name="cases_case_nobodys_oldest"),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(models.Q(("status__in", ["resolved", "closed"]), _negated=True), ("owner", None)),
                fields=["opened_at", "id"],
                include=("level",),
                name="cases_case_nobodys_oldest",
            ),
        ),
    ]
