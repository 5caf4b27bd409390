from importlib import import_module

from django.apps import AppConfig


class CadenceConfig(AppConfig):
    name = "cadence"
    verbose_name = "Cadence"

    def ready(self) -> None:
        import_module("cadence.receivers")
