from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of one part that works by itself. Written by `config.heartbeat.beat` alone."""

    name = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField(help_text="when the part last finished a round")
    counters = models.JSONField(default=dict, help_text="figures of that round: numbers by name")

    def __str__(self) -> str:
        return self.name
