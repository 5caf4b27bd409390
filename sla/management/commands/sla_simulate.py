import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sla.domain.simulate import BadDocument, simulate


class Command(BaseCommand):
    help = "Answers what-if questions to the SLA engine: a JSON document in, one out. It needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="The questions; - reads standard input.")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        try:
            answers = simulate(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
        except BadDocument as fault:
            raise CommandError(str(fault), returncode=2) from fault
        except (OSError, ValueError) as fault:  # ValueError: a name that can be no file's
            raise CommandError(f"{file!a} cannot be read ({type(fault).__name__})", returncode=2) from fault
        self.stdout.write('{"answers": [', ending="")
        separator = "\n"
        for some in batched(answers):
            self.stdout.write(separator + ",\n".join(map(json.dumps, some)), ending="")
            separator = ",\n"
        self.stdout.write("\n]}")


def batched(answers: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """A million answers are written as they come, not held; a write for each would cost more than the answer."""
    while some := list(islice(answers, 1000)):
        yield some
