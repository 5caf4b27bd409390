from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate  # noqa: TID251  privileges follow migrations, they are no domain rule

from config import checks  # noqa: F401  importing registers them
from config.naming import mark_names
from config.roles import grant_tables, roles_exist, works_as_application


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Ground"

    def ready(self) -> None:
        mark_names()
        post_migrate.connect(grant_after_migrate, sender=self)


def grant_after_migrate(*, using: str, **_signal: Any) -> None:
    """This room is the last in INSTALLED_APPS: all tables stand when it hears that migrations are done."""
    connection = connections[using]
    if works_as_application(connection):
        return  # `flush` in tests says post_migrate, too; only the owner may grant
    if roles_exist(connection):  # `migrate <room>` alone may come before our first migration
        grant_tables(connection)
