from importlib import import_module

from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "sla"
    verbose_name = "Promises"

    def ready(self) -> None:
        import_module("sla.receivers")
        import_module("sla.domain.lag")  # answers for the metrics
