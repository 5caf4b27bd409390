"""`manage.py sla_replay`: past cases under another policy."""

import json
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.errors import DomainError
from config.progress import telling
from reporting.domain.period import Period
from reporting.domain.replay import replay
from reporting.domain.telling import replay_lines
from reporting.management.commands.metrics import day
from tenants.domain.actors import SYSTEM


class Command(BaseCommand):
    help = (
        "Attainment of the cases opened in a period (days in UTC, both counted), as it was and as it would have been "
        "under another policy. Changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--policy", required=True, metavar="NAME", help="one of the table")
        parser.add_argument("--from", dest="first", required=True, metavar="DATE")
        parser.add_argument("--to", dest="last", required=True, metavar="DATE")
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 2, help="that judge at the same time")

    def handle(
        self, *args: Any, policy: str, first: str, last: str, json: bool, processes: int, **options: Any
    ) -> None:
        if not 1 <= processes <= 64:
            raise CommandError("From 1 to 64 processes.")
        try:
            period = Period(day(first), day(last), "UTC")
            with telling() as told:
                found = replay(
                    policy=policy, period=period, actor=SYSTEM, at=timezone.now(), processes=processes, told=told
                )
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted.", returncode=130) from None
        self.stdout.write(as_json(found.as_json()) if json else "\n".join(replay_lines(found)))


def as_json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
