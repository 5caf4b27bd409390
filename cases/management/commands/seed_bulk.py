"""`manage.py seed_bulk`: many made cases, for measurements."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cases.domain.bulk.seeding import seed_bulk
from config.errors import DomainError


class Command(BaseCommand):
    help = "Writes N made cases with messages, clocks and moves. Run again, it adds what is missing; a larger N adds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=int, required=True, metavar="N")
        parser.add_argument("--open-share", type=float, default=0.2, metavar="SHARE", help="0 to 1; 0.2 unless told")
        parser.add_argument("--seed", type=int, default=1, help="another seed makes other cases beside these")
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 2, help="that write at the same time")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        try:
            with telling() as told:
                report = seed_bulk(
                    cases=options["cases"],
                    open_share=options["open_share"],
                    seed=options["seed"],
                    processes=options["processes"],
                    at=timezone.now().replace(microsecond=0),
                    told=told,
                )
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. What is written is whole; run it again to go on.", returncode=130
            ) from None
        seconds = time.monotonic() - begun
        self.stdout.write(f"{report.written:,} cases written in {seconds:,.0f} s, {report.known:,} were there before")


@contextmanager
def telling() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; silence elsewhere. Without a thread of its own: one that is forked may hold a lock."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    columns = (TextColumn("Cases"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total, refresh=True)
