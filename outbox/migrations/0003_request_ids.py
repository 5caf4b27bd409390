"""Events and deliveries keep the request that led to them; the database takes it from the transaction."""

from django.db import migrations, models

from config.request_ids import current_request


class Migration(migrations.Migration):
    dependencies = [("outbox", "0002_frozen_content")]
    operations = [
        migrations.AddField(
            model,
            "request_id",
            models.CharField(blank=True, db_default=current_request(), editable=False, max_length=100),
        )
        for model in ("event", "delivery")
    ]
