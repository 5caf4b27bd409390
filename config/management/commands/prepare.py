"""What stands between an installed desk and a running one, in one process: a start should take seconds."""

from typing import Any

from django.apps import apps
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser

from config.indexes import build_missing


class Command(BaseCommand):
    help = "Migrate, check the database; with --static gather static files, with --demo fill in demo data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--static", action="store_true", help="gather static files")
        parser.add_argument("--demo", action="store_true", help="fill in demo data; adds nothing twice")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        build_missing(apps.get_models())  # a bulk that was killed leaves some away
        call_command("check", databases=["default"], stdout=self.stderr)
        if options["static"]:
            call_command("collectstatic", interactive=False, verbosity=0)
        if options["demo"] and "seed_demo" in get_commands():
            call_command("seed_demo")
