"""Parts of names and addresses are found by their trigrams; without, each search would read every requester."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_audit")]
    operations = [
        TrigramExtension(),  # a trusted extension: an ordinary owner may create it
        migrations.AddIndex("requester", GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="requester_name_parts")),
        migrations.AddIndex(
            "requester", GinIndex(OpClass(Upper("email"), "gin_trgm_ops"), name="requester_email_parts")
        ),
    ]
