from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from sla.domain.sweep import sweep


class Command(BaseCommand):
    help = "One timer tick by hand: warns about and breaches every promise whose moment has come."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", metavar="ISO", help="sweep as of this moment (with an offset); default: now")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now() if options["at"] is None else self._moment(options["at"])
        result = sweep(at=at, budget_ms=None)
        self.stdout.write(f"warned {result.warned}, breached {result.breached}, failed {result.failed}")

    def _moment(self, text: str) -> Any:
        try:
            at = parse_datetime(text)
        except ValueError as error:
            raise CommandError(f"--at: {error}") from error
        if at is None or timezone.is_naive(at):
            raise CommandError("--at wants ISO 8601 with an offset, such as 2026-11-20T17:30:00+01:00")
        return at
