"""`manage.py seed_bulk`: many made cases, for measurements."""

import os
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.domain.bulk.seeding import seed_bulk
from config.errors import DomainError
from config.progress import telling


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
