"""A shared view is changed by who shared it, so that is kept. Of those shared before nobody knows."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import deletion


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0032_mornings_and_scores"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="savedview",
            name="shared_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Who shared it",
                null=True,
                on_delete=deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
