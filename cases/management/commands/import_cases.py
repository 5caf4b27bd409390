"""`manage.py import_cases`: other desks' history through the history door."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cases.domain.importing.report import Report
from cases.domain.importing.running import Tell, import_file
from config.errors import DomainError

STEPS = {"rows": "Reading", "cases": "Writing"}


class Command(BaseCommand):
    help = "Imports cases from a CSV of another desk, read as a mapping file says. Importing twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--mapping", metavar="MAP.yaml", type=Path, required=True)
        parser.add_argument("--tenant", metavar="SLUG", required=True)
        parser.add_argument("--dry-run", action="store_true", help="work everything out, write nothing")
        parser.add_argument("--rejects", metavar="OUT.csv", type=Path, help="where rows not taken go, and why")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with telling() as progress:
                report = import_file(
                    options["file"],
                    mapping=options["mapping"],
                    tenant=options["tenant"],
                    rejects=options["rejects"],
                    dry_run=options["dry_run"],
                    progress=progress,
                    at=timezone.now(),
                )
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. What is written is whole; run it again to go on.", returncode=130
            ) from None
        self.stdout.write(json.dumps(report.as_json()))
        self.stderr.write("\n".join(remarks(report)), ending="\n" * bool(remarks(report)))


def remarks(report: Report) -> list[str]:
    lines = [f"{count} rows rejected: {reason}" for reason, count in report.reasons.most_common(10)]
    if report.encoding == "latin-1":
        lines.append("Read as Latin-1.")
    return lines


@contextmanager
def telling() -> Iterator[Tell]:
    """A bar on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks = {what: bars.add_task(words, total=None) for what, words in STEPS.items()}
        yield lambda what, done, total: bars.update(tasks[what], completed=done, total=total)
