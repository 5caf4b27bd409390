from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations
from django.db.models import BigIntegerField, ExpressionWrapper, F


class Migration(migrations.Migration):
    dependencies = [("cases", "0034_tagged_unanswered_and_what_can_wait_by_index")]
    operations = [
        migrations.AddIndex(
            model_name="sideword",
            index=GinIndex(
                F("tenant"),
                ExpressionWrapper(F("id").bitrightshift(16), output_field=BigIntegerField()),
                SearchVector("body", config="simple"),
                name="cases_sideword_text",
            ),
        ),
    ]
