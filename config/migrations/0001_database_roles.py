"""The application's roles, and the trigger function of append-only tables."""

from django.db import migrations

from config.append_only import FUNCTION
from config.roles import create_roles


def forwards(apps, schema_editor):
    create_roles(schema_editor.connection)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunPython(forwards, migrations.RunPython.noop),  # roles belong to the server: other databases use them
        migrations.RunSQL(FUNCTION, "DROP FUNCTION public.append_only()"),
    ]
