"""What a desk refuses to run with. Part of `manage.py check --database default` and of every production start."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

OLDEST_POSTGRESQL = 150000


@register(Tags.database)
def database_is_new_enough(*, databases: Sequence[str] | None, **_framework: Any) -> list[CheckMessage]:
    old = [alias for alias in databases or [] if server_version(alias) < OLDEST_POSTGRESQL]
    return [Error(f"The database {alias!r} is older than PostgreSQL 15", id="desk.E001") for alias in old]


@register(Tags.database)
def no_demo_users_in_production(*, databases: Sequence[str] | None, **_framework: Any) -> list[CheckMessage]:
    if not (settings.PRODUCTION and databases):
        return []
    names = demo_usernames()
    if not names:
        return []
    hint = "Everybody knows their passwords. Delete or disable them; real data belongs into a database of its own."
    return [Error(f"Demo users in production: {', '.join(names)}", hint=hint, id="desk.E002")]


def demo_usernames() -> list[str]:
    users = get_user_model()._default_manager.filter(is_demo=True, is_active=True)
    return list(users.order_by("username").values_list("username", flat=True)[:10])


def refuse_demo_users() -> None:
    """For production's own start, where no `check` runs before."""
    if settings.PRODUCTION and (names := demo_usernames()):
        raise ImproperlyConfigured(f"DESK_ENV=production refuses demo users: {', '.join(names)}")


def server_version(alias: str) -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0])
