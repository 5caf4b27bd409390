from importlib import import_module

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "outbox"
    verbose_name = "Outbox"

    def ready(self) -> None:
        import_module("outbox.domain.mail")  # the first channel registers itself
        import_module("outbox.domain.lag")  # answers for the metrics
