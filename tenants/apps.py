from importlib import import_module

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "People and tenants"

    def ready(self) -> None:
        import_module("tenants.receivers")
