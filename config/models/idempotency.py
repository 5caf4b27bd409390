"""What a caller was told the first time, so that the second time is told the same."""

from django.db import models


class IdempotencyRecord(models.Model):
    """One answer to one `Idempotency-Key`, or that a form was pressed. Written in the transaction of its work."""

    token_id = models.BigIntegerField()  # tenants.ApiToken, or at a page's path the person; config knows no room
    path = models.CharField(max_length=500)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the body")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "kept answer"
        constraints = [
            models.UniqueConstraint(fields=["token_id", "path", "key"], name="config_idempotency_once"),
        ]
        indexes = [models.Index(fields=["created_at"], name="config_idempotency_age")]
