"""Writes docs/openapi.yaml from the code, or checks that it is current."""

from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.api.schema import document

FILE = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


class Command(BaseCommand):
    help = "Write docs/openapi.yaml; with --check, only say whether it is current (exit 1 when not)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        text = yaml.dump(document(), Dumper=_NoAliases, sort_keys=False, allow_unicode=True, width=120)
        if not options["check"]:
            FILE.write_text(text, encoding="utf-8")
            self.stdout.write(f"{FILE.name} written")
        elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
            raise CommandError("docs/openapi.yaml is not current; write it with: manage.py openapi")
