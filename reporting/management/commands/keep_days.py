"""`manage.py keep_days`: the worker's round by hand, to its end; with --again from the beginning."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from reporting.domain import keeping


class Command(BaseCommand):
    help = "Sums past days for the figures of a period, as the worker does. Figures are right before, during and after."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="sum every day anew from its cases")

    def handle(self, *args: Any, again: bool, **options: Any) -> None:
        if again:
            keeping.forget()
        kept = keeping.keep_days(at=timezone.now(), budget_ms=None)
        self.stdout.write(f"{kept.new:,} days summed, {kept.again:,} summed again")
