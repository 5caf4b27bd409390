"""Lists of the desk by indexes of their own; that of tags holds only cases that have some."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

IS_OPEN = ~models.Q(status__in=["resolved", "closed"])


class Migration(migrations.Migration):
    dependencies = [("cases", "0033_views_keep_who_shared_them")]
    operations = [
        migrations.AddIndex(
            model_name="case",
            index=GinIndex(name="cases_case_tagged", fields=["tags"], condition=~models.Q(tags=[])),
        ),
        migrations.RemoveIndex(model_name="case", name="cases_case_open_tags"),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                name="cases_case_unanswered",
                fields=["customer_waiting_since", "id"],
                condition=models.Q(customer_waiting_since__isnull=False) & ~models.Q(status="closed"),
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                name="cases_case_can_wait",
                fields=["owner", "next_due_at", "id"],
                condition=IS_OPEN & ~models.Q(priority__in=["P0", "P1"]),
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                name="cases_case_reopened_newest",
                fields=["-opened_at"],
                condition=IS_OPEN & models.Q(reopen_count__gt=0),
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(name="cases_case_status_oldest", fields=["status", "opened_at", "id"]),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                name="cases_case_open_about_oldest", fields=["category", "opened_at", "id"], condition=IS_OPEN
            ),
        ),
    ]
