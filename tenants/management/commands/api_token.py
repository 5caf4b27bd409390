from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.errors import DomainError
from tenants.domain.reading import user_named
from tenants.domain.tokens import issue
from tenants.enums import TokenScope


class Command(BaseCommand):
    help = "Prints a new API token, once. Without --scopes it may do all that the user may."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--scopes", nargs="+", metavar="SCOPE", help=", ".join(TokenScope.values))
        parser.add_argument("--name", default="command line", help="what it is for")
        parser.add_argument("--automation", action="store_true", help="a program speaks, not a person")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = [scope for part in options["scopes"] or TokenScope.values for scope in part.split(",") if scope]
        try:
            _token, plaintext = issue(
                user=user_named(options["username"]),
                name=options["name"],
                scopes=scopes,
                automation=options["automation"],
                at=timezone.now(),
            )
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(plaintext)
