"""Words of cases and of what was said in them, by text indexes over expressions: no column holds a copy."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import BtreeGinExtension
from django.contrib.postgres.search import SearchVector
from django.db import migrations
from django.db.models import BigIntegerField, ExpressionWrapper, F, Q

STRETCH = ExpressionWrapper(F("id").bitrightshift(16), output_field=BigIntegerField())


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_one_key_to_case_and_tenant"), ("tenants", "0003_requester_search")]
    operations = [
        BtreeGinExtension(),  # a trusted extension: an ordinary owner may create it
        migrations.AddIndex(
            "case",
            GinIndex(
                F("tenant"), STRETCH, SearchVector("subject", "description", config="simple"), name="cases_case_text"
            ),
        ),
        migrations.AddIndex(
            "interaction",
            GinIndex(
                F("tenant"),
                STRETCH,
                SearchVector("body", config="simple"),
                name="cases_interaction_text",
                condition=Q(kind__in=["message", "note", "action", "call"]),
            ),
        ),
    ]
